"""The access log: one line per request, made without the detours of `logging` where nobody else listens."""

import logging
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Final, NamedTuple, Protocol

from opentelemetry.trace import SpanContext

from glasshouse_telemetry import names
from glasshouse_telemetry.logs import line as _line
from glasshouse_telemetry.logs.handler import LineFormatter, LineHandler

_log = logging.getLogger(names.ACCESS_LOGGER)
_parent = logging.getLogger(names.ACCESS_LOGGER.rpartition(".")[0])
LONGEST_PATH: Final = 8192  # beyond, the line may have to be cut, which `logging` sees to


class Frame(NamedTuple):
    """What the lines of requests with the same outcome have in common, around what is each one's own."""

    head: str
    path: str
    status: str
    tail: str


class Answered(Protocol):
    """A request that has been answered. Times in nanoseconds."""

    method: str
    path: str
    route: str
    status: int
    failed: bool
    elapsed: int


def is_on(level: int) -> bool:
    return _log.isEnabledFor(level)


def nobody_else_listens() -> bool:
    """Whether a record would reach our handler, unchanged, and nothing else. Asked for every request."""
    handlers = logging.root.handlers
    return (
        len(handlers) == 1
        and _is_ours_unchanged(handlers[0])
        and not (_log.handlers or _log.filters or _parent.handlers)
        and _log.propagate
        and _parent.propagate
        and logging.getLogRecordFactory() is logging.LogRecord
    )


def _is_ours_unchanged(handler: logging.Handler) -> bool:
    return (
        type(handler) is LineHandler
        and type(handler.formatter) is LineFormatter
        and not handler.filters
        and not handler.level
    )


def log(request: Answered, level: int) -> None:
    """By `logging`, for whoever listens there."""
    fields: dict[str, object] = {
        names.HTTP_REQUEST_METHOD: request.method,
        names.URL_PATH: request.path,
        names.HTTP_RESPONSE_STATUS_CODE: request.status,
        names.DURATION_MS: _milliseconds(request.elapsed),
    }
    if request.route:
        fields[names.HTTP_ROUTE] = request.route
    _log.log(level, "%s %d", span_name(request.method, request.route), request.status, extra=fields)


def line(
    request: Answered, frame: Frame, ended: int, context: SpanContext, request_id: str | None, service: str
) -> str:
    """What `logging` would have made of this request. `ended` in nanoseconds since the epoch."""
    seconds, rest = divmod(ended // 1000, 1_000_000)
    timestamp = f"{_line.second(seconds)}.{str(1_000_000 + rest)[1:]}Z"
    ids = ""
    trace_id, span_id, _, _, _, valid = context
    if valid:
        trace, span = trace_id.to_bytes(16, "big").hex(), span_id.to_bytes(8, "big").hex()
        ids = f',"trace_id":"{trace}","span_id":"{span}"'
    if request_id is not None:
        ids += f',"request_id":"{request_id}"'
    head, path, status, tail = frame
    return (
        f'{{"timestamp":"{timestamp}{head}{quoted(service)}{ids}{path}'
        f"{quoted(request.path)}{status}{_milliseconds(request.elapsed)}{tail}"
    )


@lru_cache(maxsize=1024)
def span_name(method: str, route: str) -> str:
    known = "HTTP" if method == names.OTHER_METHOD else method
    return f"{known} {route}" if route else known


def frame_of(method: str, route: str, status: int, failed: bool) -> Frame:
    severity = "ERROR" if failed else "INFO"
    message = quoted(f"{span_name(method, route)} {status}")
    head = f'","severity":"{severity}","message":{message},"logger":"{names.ACCESS_LOGGER}","service":'
    return Frame(
        head,
        f',"{names.HTTP_REQUEST_METHOD}":"{method}","{names.URL_PATH}":',
        f',"{names.HTTP_RESPONSE_STATUS_CODE}":{status},"{names.DURATION_MS}":',
        f',"{names.HTTP_ROUTE}":{quoted(route)}}}' if route else "}",
    )


def _milliseconds(nanoseconds: int) -> float:
    return (nanoseconds + 500) // 1000 / 1000
