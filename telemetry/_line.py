"""The log line: one schema for every logging library (docs/log-line.schema.json)."""

import json
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from opentelemetry import trace

from telemetry import names
from telemetry._request_id import request_id

MAX_BYTES: Final = 64 * 1024
_CUTS = (8192, 1024, 128)  # tried in turn until the line is within the bound
_OWN = frozenset(
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
ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def build(
    *,
    created: float,
    severity: str,
    message: str,
    logger: str,
    service: str,
    fields: Mapping[str, object],
    exc_info: ExcInfo | None = None,
) -> dict[str, object]:
    """The line as a dict, in the order of the schema. `created` is in seconds since the epoch."""
    line: dict[str, object] = {
        names.TIMESTAMP: datetime.fromtimestamp(created, UTC).isoformat(timespec="microseconds")[:-6] + "Z",
        names.SEVERITY: severity,
        names.MESSAGE: message,
        names.LOGGER: logger,
        names.SERVICE: service,
    }
    line.update(_correlation())
    for key, value in fields.items():
        line[f"extra.{key}" if key in _OWN else key] = value
    if exc_info and exc_info[0]:
        line.update(_describe(exc_info))
    return line


def encode(line: dict[str, object]) -> bytes:
    """One line of JSON, newline included, never longer than MAX_BYTES."""
    encoded = _dump(line)
    if len(encoded) <= MAX_BYTES:
        return encoded
    for limit in _CUTS:
        encoded = _dump({key: _cut(value, limit) for key, value in line.items()})
        if len(encoded) <= MAX_BYTES:
            return encoded
    return _dump({key: _cut(value, _CUTS[-1]) for key, value in line.items() if key in _OWN})


def _correlation() -> dict[str, object]:
    found: dict[str, object] = {}
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        found[names.TRACE_ID] = format(context.trace_id, "032x")
        found[names.SPAN_ID] = format(context.span_id, "016x")
    if (current := request_id()) is not None:
        found[names.REQUEST_ID] = current
    return found


def _describe(exc_info: ExcInfo) -> dict[str, object]:
    kind, error, _ = exc_info
    return {
        names.EXCEPTION_TYPE: qualified_name(kind) if kind else "",
        names.EXCEPTION_MESSAGE: _text(error),
        names.EXCEPTION_STACKTRACE: "".join(traceback.format_exception(*exc_info)),
    }


def qualified_name(kind: type[BaseException]) -> str:
    """`ValueError`, `requests.exceptions.ConnectTimeout`: as OpenTelemetry writes exception.type and error.type."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return f"<unprintable {type(value).__name__}>"


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_text)


def _dump(line: dict[str, object]) -> bytes:
    try:
        text = _encoder.encode(line)
    except (ValueError, TypeError, RecursionError):  # NaN, a circular structure, a key that is no string
        text = _encoder.encode({str(key): _plain(value) for key, value in line.items()})
    return text.encode("utf-8", errors="replace") + b"\n"


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | None) else _text(value)


def _cut(value: object, limit: int) -> object:
    """Keep the beginning and the end: a stack trace says most in its last lines."""
    if isinstance(value, int | float | None):
        return value
    text = value if isinstance(value, str) else _text(value)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} … [{len(text) - 2 * half} characters cut] … {text[-half:]}"
