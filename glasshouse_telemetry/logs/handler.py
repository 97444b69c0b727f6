"""The standard library's logging as JSON lines."""

import copy
import logging
import os
from pathlib import Path
from typing import Any, Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from glasshouse_telemetry import names
from glasshouse_telemetry.logs import line as _line
from glasshouse_telemetry.logs.output import DELAY, output

_NOT_FIELDS: Final = frozenset({*RESERVED_ATTRS, "taskName"})


class LineFormatter(JsonFormatter):
    """python-json-logger with the schema of the telemetry contract."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        given = dict(message_dict)
        stacktrace = given.pop("exc_info", None)
        stack = given.pop("stack_info", None)
        message = str(given.pop(names.MESSAGE, record.message))
        log_data.update(_line.head(record.created, record.levelno, message, record.name, output.service))
        _line.add_fields(log_data, given)
        _line.add_fields(
            log_data, {key: value for key, value in vars(record).items() if key not in _NOT_FIELDS}
        )
        if stack:
            log_data[names.CODE_STACKTRACE] = stack
        if stacktrace:
            _line.add_exception(log_data, record.exc_info[1] if record.exc_info else None, stacktrace)

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        return _line.encode(log_data)


class LineHandler(logging.Handler):
    """Hands every record on as one line. Even a call whose arguments do not fit its format makes one."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(LineFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._line_of(record)
        except Exception:
            self.handleError(record)
        else:
            output.emit(_line.severity_of(record.levelno), line)

    def flush(self) -> None:
        output.flush()

    def _line_of(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except Exception:
            return self.format(_unformatted(record))


def configure_logging(
    service_name: str, *, path: str | os.PathLike[str] | None = None, level: str | None = None
) -> None:
    """Make the root logger write JSON lines. A second call changes the settings and adds no second handler.

    `path`: the file to append to (default TELEMETRY_LOG_FILE, else standard output).
    `level`: the lowest severity written (default TELEMETRY_LOG_LEVEL, else INFO).
    """
    output.service = service_name
    output.delay = _delay()
    chosen = path or os.environ.get("TELEMETRY_LOG_FILE")
    output.send_to(Path(chosen) if chosen else None)
    root = logging.getLogger()
    if not any(isinstance(handler, LineHandler) for handler in root.handlers):
        _remove_plain_handlers(root)
        root.addHandler(LineHandler())
    root.setLevel(logging.getLevelNamesMapping().get(level_name(level), logging.INFO))


def _delay() -> float:
    """Seconds; 0 has each line written at once."""
    text = os.environ.get("OTEL_BLRP_SCHEDULE_DELAY", "").strip()
    return int(text) / 1000 if text.isdecimal() else DELAY


def level_name(level: str | None) -> str:
    return (level or os.environ.get("TELEMETRY_LOG_LEVEL") or "INFO").upper()


def _unformatted(record: logging.LogRecord) -> logging.LogRecord:
    """The same call with its arguments beside the message: they did not fit its format."""
    plain = copy.copy(record)
    plain.msg, plain.args = "%s %r", (str(record.msg), record.args)
    return plain


def _remove_plain_handlers(root: logging.Logger) -> None:
    """Who called basicConfig before would get each line twice. Other handlers stay: pytest's, files."""
    for handler in list(root.handlers):
        if type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
