"""The log line: one schema whichever library logs (docs/log-line.schema.json)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from opentelemetry import trace

from glasshouse_telemetry import names
from glasshouse_telemetry._request_id import request_id

MAX_BYTES: Final = 64 * 1024
_CUTS: Final = (
    8192,
    1024,
    128,
)  # characters kept of each text, tried in turn until the line is within the bound
RESERVED: Final = frozenset(
    {
        names.TIMESTAMP,
        names.SEVERITY,
        names.MESSAGE,
        names.LOGGER,
        names.SERVICE,
        names.TRACE_ID,
        names.SPAN_ID,
        names.REQUEST_ID,
        names.EXCEPTION_TYPE,
        names.EXCEPTION_MESSAGE,
        names.EXCEPTION_STACKTRACE,
    }
)
_SEVERITIES: Final = ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"), (20, "INFO"))
Line = dict[str, object]


def head(created: float, level: int, message: str, logger: str, service: str) -> Line:
    """The fields that every line has, and the ids of the span and the request it belongs to.

    `created` is in seconds since the epoch, `level` a number of the standard library's logging.
    """
    line: Line = {
        names.TIMESTAMP: timestamp(created),
        names.SEVERITY: severity_of(level),
        names.MESSAGE: message,
        names.LOGGER: logger,
        names.SERVICE: service,
    }
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        line[names.TRACE_ID] = trace.format_trace_id(context.trace_id)
        line[names.SPAN_ID] = trace.format_span_id(context.span_id)
    if (current := request_id()) is not None:
        line[names.REQUEST_ID] = current
    return line


def timestamp(created: float) -> str:
    return datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=4)
def second(created: int) -> str:
    """The timestamp as far as it is the same for all lines of one second."""
    return timestamp(created)[:19]


def add_fields(line: Line, fields: Mapping[str, object]) -> None:
    """A caller's field that has the name of one of ours is kept beside it."""
    for key, value in fields.items():
        line[f"extra.{key}" if key in RESERVED else str(key)] = value


def add_exception(line: Line, error: BaseException | None, stacktrace: str) -> None:
    if error is not None:
        line[names.EXCEPTION_TYPE] = qualified_name(type(error))
        line[names.EXCEPTION_MESSAGE] = _text(error)
    line[names.EXCEPTION_STACKTRACE] = stacktrace


def severity_of(level: int) -> str:
    """The highest standard level at or below this one: custom levels and loguru's find their place."""
    return next((name for lowest, name in _SEVERITIES if level >= lowest), "DEBUG")


def qualified_name(kind: type) -> str:
    """`ValueError`, `requests.exceptions.ConnectTimeout`: what OpenTelemetry wants as an exception's type."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def encode(line: Line) -> str:
    """The line as JSON of at most MAX_BYTES: in a longer one texts are cut, then own fields left out."""
    encoded = _dump(line)
    for limit in _CUTS:
        if _fits(encoded):
            return encoded
        encoded = _dump({key: _cut(value, limit) for key, value in line.items()})
    if _fits(encoded):
        return encoded
    return _dump({key: _cut(value, _CUTS[-1]) for key, value in line.items() if key in RESERVED})


def _fits(encoded: str) -> bool:
    return len(encoded) < MAX_BYTES // 4 or len(encoded.encode("utf-8", errors="replace")) < MAX_BYTES


def _text(value: object) -> str:
    try:
        # A subclass of str may do as it likes; what is written is a plain one.
        return str.__str__(value) if isinstance(value, str) else str(str(value))
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_text)


def _dump(line: Line) -> str:
    try:
        return _encoder.encode(line)
    except (
        Exception
    ):  # NaN, a circle, a key or an object that cannot be shown: only that field becomes a text
        return _encoder.encode({_text(key): _encodable(value) for key, value in line.items()})


def _encodable(value: object) -> object:
    try:
        _encoder.encode(value)
    except Exception:
        return _text(value)
    return value


def _cut(value: object, limit: int) -> object:
    """The beginning and the end of a text: a stack trace says most in its last lines."""
    if isinstance(value, int | float | None):
        return value
    text = _text(value)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} … [{len(text) - 2 * half} characters cut] … {text[-half:]}"
