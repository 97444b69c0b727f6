"""The standard library's logging as JSON lines: the handler, and its place beside the app's own."""

import copy
import functools
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from glasshouse_telemetry import fast, names
from glasshouse_telemetry._current import current_service
from glasshouse_telemetry.logs.line import (
    add_exception,
    add_fields,
    encode,
    head,
    severity_of,
)
from glasshouse_telemetry.logs.output import DELAY, output

_OTEL_FIELDS: Final = ("otelSpanID", "otelTraceID", "otelTraceSampled", "otelServiceName")
NOT_FIELDS: Final = frozenset({*RESERVED_ATTRS, *_OTEL_FIELDS, "taskName", "message", "asctime"})
_STOCK: Final = "_telemetry_stock"  # on a function that replaces another: what it replaced


class LineFormatter(JsonFormatter):
    """python-json-logger with the schema of the telemetry contract."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        given = dict(message_dict)
        stacktrace = given.pop("exc_info", None)
        stack = given.pop("stack_info", None)
        message = str(given.pop(names.MESSAGE, record.message))
        service = current_service() or output.service
        log_data.update(head(record.created, record.levelno, message, record.name, service))
        add_fields(log_data, given)
        add_fields(log_data, {key: value for key, value in vars(record).items() if key not in NOT_FIELDS})
        if stack:
            log_data[names.CODE_STACKTRACE] = stack
        if stacktrace:
            add_exception(log_data, record.exc_info[1] if record.exc_info else None, stacktrace)

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        return encode(log_data)


class LineHandler(logging.Handler):
    """Hands every record on as one line. Even a call whose arguments cannot be formatted makes one."""

    # Makes a line as the formatter does, at less cost; None for a record that it leaves to the formatter.
    quick: Callable[[logging.LogRecord], str | None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(LineFormatter())

    def handle(self, record: logging.LogRecord) -> Any:
        """Without the handler's lock, which would be held while foreign code formats its arguments."""
        accepted: Any = self.filter(record)
        if isinstance(accepted, logging.LogRecord):
            record = accepted
        if accepted:
            self.emit(record)
        return accepted

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._line_of(record)
        except Exception:
            self.handleError(record)
        else:
            output.emit(severity_of(record.levelno), line)

    def flush(self) -> None:
        output.flush()

    def _line_of(self, record: logging.LogRecord) -> str:
        try:
            if self.quick is not None and type(self.formatter) is LineFormatter:
                line = self.quick(record)
                if line is not None:
                    return line
            return self.format(record)
        except Exception:
            return self.format(_unformatted(record))


def configure_logging(
    service_name: str, *, path: str | os.PathLike[str] | None = None, level: str | None = None
) -> None:
    """Make the root logger write JSON lines. A second call changes what it is given and keeps the rest.

    `path`: the file to append to (default TELEMETRY_LOG_FILE, else standard output).
    `level`: the lowest severity written (default TELEMETRY_LOG_LEVEL, else what the app has set, else INFO).
    """
    _settings.path = path or _settings.path
    _settings.level = level or _settings.level
    output.service = service_name
    set_up_root_logger()


def start_logging(service_name: str) -> None:
    """As `instrument()` does: the path and the level that `configure_logging` was told hold.

    Lines within a request name the service that serves it; those outside of one, the service named last.
    """
    output.service = service_name
    set_up_root_logger()


def set_up_root_logger() -> None:
    """The root logger writes lines as it was last told to. The app's own handlers stay as they are."""
    output.delay = _delay()
    path = _settings.path or os.environ.get("TELEMETRY_LOG_FILE")
    output.send_to(Path(path) if path else None, nowhere=_settings.nowhere)
    root = logging.getLogger()
    if line_handler_of(root) is None:
        root.addHandler(LineHandler())
    if fast.is_wanted():
        from glasshouse_telemetry.fast.log_line import line_of

        LineHandler.quick = staticmethod(line_of)
    if not path and not _settings.nowhere:
        _replace_console_handlers(root)
    wanted = _settings.level or os.environ.get("TELEMETRY_LOG_LEVEL")
    if wanted:
        root.setLevel(level_number(wanted))
    elif root.level == logging.WARNING:  # as the standard library leaves it
        root.setLevel(logging.INFO)


def write_nowhere() -> None:
    """No line goes to a file or to standard output: they are pushed, or not wanted."""
    _settings.nowhere = True


def line_handler_of(logger: logging.Logger) -> LineHandler | None:
    return next((each for each in logger.handlers if isinstance(each, LineHandler)), None)


def let_the_app_configure_logging() -> None:
    """`logging.basicConfig` works as if our handler were not there: for apps that know nothing of it."""
    stock = logging.basicConfig
    if hasattr(stock, _STOCK):
        return

    @functools.wraps(stock)
    def basic_config(**kwargs: Any) -> None:
        root = logging.getLogger()
        ours = line_handler_of(root)
        if ours is not None:
            root.removeHandler(ours)
        try:
            stock(**kwargs)
        finally:
            if ours is not None:
                root.addHandler(ours)
                set_up_root_logger()

    setattr(basic_config, _STOCK, stock)
    logging.basicConfig = basic_config


def add_opentelemetry_fields() -> None:
    """Give every record the fields that OpenTelemetry's logging instrumentation gives it."""
    stock = logging.getLogRecordFactory()
    if hasattr(stock, _STOCK):
        return

    def make_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = stock(*args, **kwargs)
        context = get_current_span().get_span_context()
        record.otelTraceID = format_trace_id(context.trace_id) if context.is_valid else "0"
        record.otelSpanID = format_span_id(context.span_id) if context.is_valid else "0"
        record.otelTraceSampled = bool(context.trace_flags.sampled)
        record.otelServiceName = current_service() or output.service
        return record

    setattr(make_record, _STOCK, stock)
    logging.setLogRecordFactory(make_record)


def records_are_ordinary() -> bool:
    """Whether no factory but the standard one, and perhaps ours around it, makes log records."""
    factory = logging.getLogRecordFactory()
    return getattr(factory, _STOCK, factory) is logging.LogRecord


def level_number(level: str | None) -> int:
    name = (level or os.environ.get("TELEMETRY_LOG_LEVEL") or "INFO").upper()
    return logging.getLevelNamesMapping().get(name, logging.INFO)


class _Settings:
    """What was said in code, which a later call that says nothing about it does not undo."""

    path: str | os.PathLike[str] | None = None
    level: str | None = None
    nowhere = False


_settings: Final = _Settings()


def forget_settings() -> None:
    """As if nothing had been configured in code: for the tests of this library."""
    for name in ("path", "level", "nowhere"):
        vars(_settings).pop(name, None)


def _delay() -> float:
    """Seconds; 0 has each line written at once."""
    text = os.environ.get("OTEL_BLRP_SCHEDULE_DELAY", "").strip()
    return int(text) / 1000 if text.isdecimal() else DELAY


def _unformatted(record: logging.LogRecord) -> logging.LogRecord:
    """The same call with its arguments beside the message: they could not be formatted."""
    plain = copy.copy(record)
    plain.msg, plain.args = f"{_shown(record.msg)} {_shown(record.args)}", None
    if record.exc_info and record.exc_info[1] is not None and not _can_be_shown(record.exc_info[1]):
        kind = type(record.exc_info[1])
        plain.exc_info, plain.exc_text = None, f"{kind.__module__}.{kind.__qualname__} that cannot be shown"
    return plain


def _shown(value: object) -> str:
    if value is None or value == ():
        return ""
    try:
        return str(value) if isinstance(value, str) else repr(value)
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"


def _can_be_shown(error: BaseException) -> bool:
    try:
        str(error)
    except Exception:
        return False
    return True


def _replace_console_handlers(root: logging.Logger) -> None:
    """Who called basicConfig before would see each line twice. Other handlers stay: files, sockets."""
    console = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    for handler in list(root.handlers):
        if type(handler) is logging.StreamHandler and handler.stream in console:
            root.removeHandler(handler)
