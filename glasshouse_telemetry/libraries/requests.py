"""`requests` observed: a CLIENT span and a duration for each; trace context and request id handed on."""

import functools
import time
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

import requests
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import SpanKind, StatusCode

from glasshouse_telemetry import names
from glasshouse_telemetry._request_id import HEADER, request_id
from glasshouse_telemetry._safe_call import attempt
from glasshouse_telemetry.fast.attributes import Attributes
from glasshouse_telemetry.fast.context import holds_span_alone, with_span
from glasshouse_telemetry.fast.span import finish, may_end_later
from glasshouse_telemetry.fast.tracer import begin_within
from glasshouse_telemetry.flask.access_log import span_name
from glasshouse_telemetry.flask.methods import bounded
from glasshouse_telemetry.logs.line import qualified_name
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import instruments
from glasshouse_telemetry.spans.propagation import inject

_STOCK: Final = "_telemetry_stock_send"  # what our `send` replaced, kept on it
_peers: dict[tuple[str, int], str] = {}


def observe(peers: Mapping[str, str] | None = None) -> None:
    """Observe every session of this process. `peers`: base URLs and the names of the services behind them.

    At `Session.send`, which all ways to make a request meet, whatever adapter is mounted.
    """
    _peers.update({_address(urlsplit(url)): name for url, name in (peers or {}).items()})
    _callee.cache_clear()
    instruments().settle_first(output.settle)
    if not hasattr(requests.Session.send, _STOCK):
        requests.Session.send = _observed(requests.Session.send)  # type: ignore[method-assign]


def stop_observing() -> None:
    _peers.clear()
    _callee.cache_clear()
    stock = getattr(requests.Session.send, _STOCK, None)
    if stock is not None:
        requests.Session.send = stock  # type: ignore[method-assign]


def _observed(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    @functools.wraps(send)
    def observed(
        session: requests.Session, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        context = get_current()
        if not holds_span_alone(context) and not is_http_instrumentation_enabled():
            return send(session, request, **kwargs)
        call = attempt(_Call, request, context)
        if call is None:
            return send(session, request, **kwargs)
        token = attach(call.context)
        try:
            response = send(session, request, **kwargs)
        except Exception as error:
            attempt(call.note_exception, error)
            raise
        else:
            call.status = response.status_code or 0
            return response
        finally:
            detach(token)
            attempt(call.finish)

    setattr(observed, _STOCK, send)
    return observed


class _Callee(NamedTuple):
    """What all requests to one URL have in common."""

    name: str
    attributes: tuple[Attributes, ...]
    labels: tuple[str, ...]


class _Call:
    """One request while it is made; a redirect that is followed is a call within it."""

    status = 0
    _error = ""
    _elapsed = 0  # nanoseconds

    def __init__(self, request: requests.PreparedRequest, context: Context) -> None:
        url, _, _ = str(request.url).partition("?")
        self._callee = callee = _callee(request.method or "", url)
        self._span = begin_within(context, callee.name, SpanKind.CLIENT, callee.attributes)
        self.context = with_span(context, self._span)
        attempt(self._hand_on, request.headers)
        self._start_time = time.time_ns()
        self._started = time.perf_counter_ns()

    def _hand_on(self, headers: MutableMapping[str, str]) -> None:
        inject(headers, self._span.get_span_context(), self.context)
        if (current := request_id()) is not None:
            headers.setdefault(HEADER, current)

    def note_exception(self, error: Exception) -> None:
        self._error = qualified_name(type(error))
        self._span.record_exception(error)
        self._span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")

    def finish(self) -> None:
        self._elapsed = time.perf_counter_ns() - self._started
        if output.tap is None and may_end_later(self._span):
            output.add("INFO", self)
        else:
            self.settle()

    def settle(self, service: str = "") -> None:
        if self.status >= 400:  # for a client, unlike for a server, a 4xx is a failure too
            self._error = str(self.status)
            self._span.set_status(StatusCode.ERROR)
        answer = _answer(self._callee.labels, self.status, self._error)
        ended = self._start_time + self._elapsed
        finish(self._span, self._callee.name, answer.attributes, ended)
        context = self._span.get_span_context()
        instruments().client_durations.record(answer.labels, self._elapsed / 1e9, context, ended / 1e9)


@lru_cache(maxsize=1024)
def _callee(method: str, address: str) -> _Callee:
    """No user information: it carries secrets. Nor does `address` have a query."""
    url = urlsplit(address)
    host, port = _address(url)
    peer = _peers.get((host, port), "")
    known = bounded(method)
    attributes: dict[str, str | int] = {
        names.HTTP_REQUEST_METHOD: known,
        names.SERVER_ADDRESS: host,
        names.SERVER_PORT: port,
    }
    if peer:
        attributes[names.SERVICE_PEER_NAME] = peer
    attributes[names.URL_FULL] = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
    labels = (known, host, str(port), peer)
    return _Callee(span_name(known, ""), (Attributes(attributes),), labels)


class _Answer(NamedTuple):
    attributes: Attributes
    labels: tuple[str, ...]


@lru_cache(maxsize=1024)
def _answer(callee: tuple[str, ...], status: int, error: str) -> _Answer:
    found: dict[str, str | int] = {names.HTTP_RESPONSE_STATUS_CODE: status} if status else {}
    if error:
        found[names.ERROR_TYPE] = error
    return _Answer(Attributes(found), (*callee, str(status) if status else "", error))


def _address(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
