"""loguru with the same lines as the standard library's logging."""

import traceback
from typing import TYPE_CHECKING

from glasshouse_telemetry.logs import line as _line
from glasshouse_telemetry.logs.handler import level_name
from glasshouse_telemetry.logs.output import output

if TYPE_CHECKING:
    from loguru import Message


def use_loguru(level: str | None = None) -> None:
    """Make loguru write the lines of the telemetry contract, in place of whatever it wrote before.

    `level`: the lowest severity written (default TELEMETRY_LOG_LEVEL, else INFO).
    Service and file are those of `instrument()` or `configure_logging()`.
    """
    from loguru import logger

    try:
        lowest = logger.level(level_name(level)).no
    except ValueError:
        lowest = logger.level("INFO").no
    logger.remove()
    logger.add(_write, level=lowest, format=lambda _: "")


def _write(message: "Message") -> None:
    record = message.record
    level = record["level"].no
    created = record["time"].timestamp()
    line = _line.head(created, level, record["message"], record["name"] or "root", output.service)
    _line.add_fields(line, record["extra"])
    if (error := record["exception"]) is not None:
        trace = traceback.format_exception(error.type, error.value, error.traceback)
        _line.add_exception(line, error.value, "".join(trace).rstrip("\n"))
    output.emit(_line.severity_of(level), _line.encode(line))
