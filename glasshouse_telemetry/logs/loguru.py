"""loguru with the same lines as the standard library's logging."""

import logging
import sys
import traceback
from typing import TYPE_CHECKING, Final

from glasshouse_telemetry._current import current_service
from glasshouse_telemetry._extras import from_extra
from glasshouse_telemetry.logs.handler import level_number, line_handler_of
from glasshouse_telemetry.logs.line import add_exception, add_fields, encode, head, severity_of
from glasshouse_telemetry.logs.output import output

if TYPE_CHECKING:
    from loguru import Message

_DISPATCH: Final = logging.Logger.callHandlers.__code__
_DEEPEST: Final = 16  # frames between this sink and the record that an InterceptHandler forwards


def use_loguru(level: str | None = None) -> None:
    """Make loguru write the lines of the telemetry contract, in place of whatever it wrote before.

    `level`: the lowest severity written (default TELEMETRY_LOG_LEVEL, else INFO).
    Service and file are those of `instrument()` or `configure_logging()`.
    """
    with from_extra("loguru"):
        from loguru import logger
    try:
        lowest = logger.level((level or "").upper()).no
    except ValueError:
        lowest = level_number(level)
    logger.remove()
    logger.add(_write, level=lowest, format=lambda _: "")


def _write(message: "Message") -> None:
    if _is_forwarded():
        return
    record = message.record
    level = record["level"].no
    created = record["time"].timestamp()
    service = current_service() or output.service
    line = head(created, level, record["message"], record["name"] or "root", service)
    add_fields(line, record["extra"])
    if (error := record["exception"]) is not None:
        trace = traceback.format_exception(error.type, error.value, error.traceback)
        add_exception(line, error.value, "".join(trace).rstrip("\n"))
    output.emit(severity_of(level), encode(line))


def _is_forwarded() -> bool:
    """Whether a handler of the root logger (loguru's InterceptHandler) hands on what ours writes itself."""
    root = logging.getLogger()
    if line_handler_of(root) is None or len(root.handlers) < 2:
        return False
    frame, depth = sys._getframe(1), 0
    while frame is not None and depth < _DEEPEST:
        if frame.f_code is _DISPATCH:
            return True
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return False
