"""The access log: one line per request, made without the detours of `logging` where nobody else listens."""

import logging
from json.encoder import encode_basestring as quoted
from typing import Final, NamedTuple, Protocol

from opentelemetry.trace import SpanContext

from glasshouse_telemetry import names
from glasshouse_telemetry.logs.handler import LineFormatter, LineHandler, records_are_ordinary
from glasshouse_telemetry.logs.line import second
from glasshouse_telemetry.spans.names import span_name

_log = logging.getLogger(names.ACCESS_LOGGER)
_parent = logging.getLogger(names.ACCESS_LOGGER.rpartition(".")[0])
LONGEST_PATH: Final = 8192  # beyond, the line may have to be cut, which `logging` sees to


class Frame(NamedTuple):
    """What the lines of requests with the same outcome have in common, around what is each one's own."""

    head: str
    path: str
    status: str
    tail: str


class Served(Protocol):
    """A request that has been served. Times in nanoseconds."""

    method: str
    path: str
    route: str
    status: int
    failed: bool
    elapsed: int


def send_apart(handler: logging.Handler) -> None:
    """From now on the lines go to this handler alone: the app's own handlers and console see none."""
    _log.handlers, _log.propagate = [handler], False
    _log.setLevel(logging.INFO)


def send_as_others() -> None:
    """Undo `send_apart`."""
    if is_apart():
        _log.handlers, _log.propagate = [], True
        _log.setLevel(logging.NOTSET)


def is_apart() -> bool:
    return not _log.propagate and bool(_log.handlers)


def is_on(failed: bool) -> bool:
    return _log.isEnabledFor(logging.ERROR if failed else logging.INFO)


def nobody_else_listens() -> bool:
    """Whether a record would reach our handler, unchanged, and nothing else. Asked for every request."""
    handlers = logging.root.handlers
    return (
        len(handlers) == 1
        and _is_ours_unchanged(handlers[0])
        and not (_log.handlers or _log.filters or _parent.handlers)
        and _log.propagate
        and _parent.propagate
        and records_are_ordinary()
    )


def _is_ours_unchanged(handler: logging.Handler) -> bool:
    return (
        type(handler) is LineHandler
        and type(handler.formatter) is LineFormatter
        and not handler.filters
        and not handler.level
    )


def log(request: Served) -> None:
    """By `logging`, for whoever listens there."""
    fields: dict[str, object] = {
        names.HTTP_REQUEST_METHOD: request.method,
        names.URL_PATH: request.path,
        names.HTTP_RESPONSE_STATUS_CODE: request.status,
        names.DURATION_MS: _milliseconds(request.elapsed),
    }
    if request.route:
        fields[names.HTTP_ROUTE] = request.route
    level = logging.ERROR if request.failed else logging.INFO
    name = span_name(request.method, request.route)
    _log.log(level, "%s %d", name, request.status, extra=fields)


def line(
    request: Served, frame: Frame, ended: int, context: SpanContext, request_id: str | None, service: str
) -> str:
    """What `logging` would have made of this request. `ended` in nanoseconds since the epoch."""
    seconds, rest = divmod(ended // 1000, 1_000_000)
    timestamp = f"{second(seconds)}.{str(1_000_000 + rest)[1:]}Z"
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


def frame_of(method: str, route: str, status: int, failed: bool) -> Frame:
    severity = "ERROR" if failed else "INFO"
    message = quoted(f"{span_name(method, route)} {status}")
    head = f'","severity":"{severity}","message":{message},"logger":"{names.ACCESS_LOGGER}","service":'
    return Frame(
        head,
        f',"{names.HTTP_REQUEST_METHOD}":{quoted(method)},"{names.URL_PATH}":',
        f',"{names.HTTP_RESPONSE_STATUS_CODE}":{status},"{names.DURATION_MS}":',
        f',"{names.HTTP_ROUTE}":{quoted(route)}}}' if route else "}",
    )


def _milliseconds(nanoseconds: int) -> float:
    return (nanoseconds + 500) // 1000 / 1000
