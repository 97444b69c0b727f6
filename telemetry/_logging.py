"""The standard library's logging as JSON lines."""

import logging
import os
from pathlib import Path

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from telemetry import _line, _metrics, names
from telemetry._output import Output

_SEVERITIES = ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"), (20, "INFO"))
_NOT_FIELDS = frozenset({*RESERVED_ATTRS, "taskName"})

output = Output(
    count_written=lambda severity: _metrics.instruments().log_lines_written.add(severity),
    count_dropped=lambda error_type: _metrics.instruments().log_lines_dropped.add(error_type),
)


class LineFormatter(JsonFormatter):
    """python-json-logger with the schema of the telemetry contract."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        return self.encode(record).decode().rstrip("\n")

    def encode(self, record: logging.LogRecord) -> bytes:
        fields = {key: value for key, value in record.__dict__.items() if key not in _NOT_FIELDS}
        if isinstance(record.msg, dict):
            fields.update(record.msg)
        if record.stack_info:
            fields[names.CODE_STACKTRACE] = record.stack_info
        line = _line.build(
            created=record.created,
            severity=severity_of(record.levelno),
            message=_message(record),
            logger=record.name,
            service=self.service,
            fields=fields,
            exc_info=record.exc_info,
        )
        return _line.encode(line)


class LineHandler(logging.Handler):
    """Hands each record to the output as one line. A record that cannot be formatted is no reason to fail."""

    formatter: LineFormatter

    def __init__(self, service: str) -> None:
        super().__init__()
        self.formatter = LineFormatter(service)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.formatter.encode(record)
        except Exception:
            self.handleError(record)
        else:
            output.emit(severity_of(record.levelno), line)


def configure_logging(service_name: str, *, path: str | None = None, level: str | None = None) -> None:
    """Make the root logger write JSON lines.

    `path` is a file to append to (default: TELEMETRY_LOG_FILE, else standard output), `level` the lowest severity
    written (default: TELEMETRY_LOG_LEVEL, else INFO). Calling it again changes the settings and adds no second handler.
    """
    chosen = path or os.environ.get("TELEMETRY_LOG_FILE")
    output.send_to(Path(chosen) if chosen else None)
    root = logging.getLogger()
    ours = next((handler for handler in root.handlers if isinstance(handler, LineHandler)), None)
    if ours is None:
        _remove_plain_handlers(root)
        root.addHandler(LineHandler(service_name))
    else:
        ours.formatter.service = service_name
    root.setLevel(_level(level or os.environ.get("TELEMETRY_LOG_LEVEL") or "INFO"))


def severity_of(level: int) -> str:
    """The name of the highest standard level at or below this one: custom levels and loguru's fit in."""
    return next((name for lowest, name in _SEVERITIES if level >= lowest), "DEBUG")


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.msg, dict):
        return str(record.msg.get(names.MESSAGE, ""))
    try:
        return record.getMessage()
    except Exception:  # the arguments do not fit the format: say what is there rather than nothing
        return f"{record.msg} {record.args}"


def _level(name: str) -> int:
    return logging.getLevelNamesMapping().get(name.upper(), logging.INFO)


def _remove_plain_handlers(root: logging.Logger) -> None:
    """Whoever called basicConfig before would get each line twice. Handlers of other kinds stay (pytest's, files)."""
    for handler in list(root.handlers):
        if type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
