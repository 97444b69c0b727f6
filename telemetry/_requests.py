"""`requests` observed: a CLIENT span and a duration for each; trace context and request id handed on."""

import functools
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import requests
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import names
from telemetry._access_log import span_name
from telemetry._attributes import Attributes
from telemetry._harmless import attempt
from telemetry._line import qualified_name
from telemetry._methods import bounded
from telemetry._metrics import instruments
from telemetry._propagation import inject
from telemetry._request_id import HEADER, request_id
from telemetry._span import complete
from telemetry._tracer import begin_within

_STOCK: Final = "_telemetry_stock_send"  # what our `send` replaced, kept on it
_peers: dict[tuple[str, int], str] = {}


def observe(peers: Mapping[str, str] | None = None) -> None:
    """Observe every session of this process. `peers`: base URLs and the names of the services behind them.

    At `Session.send`, which all ways to make a request meet, whatever adapter is mounted.
    """
    _peers.update({_address(urlsplit(url)): name for url, name in (peers or {}).items()})
    if not hasattr(requests.Session.send, _STOCK):
        requests.Session.send = _observed(requests.Session.send)  # type: ignore[method-assign]


def stop_observing() -> None:
    _peers.clear()
    stock = getattr(requests.Session.send, _STOCK, None)
    if stock is not None:
        requests.Session.send = stock  # type: ignore[method-assign]


def _observed(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    @functools.wraps(send)
    def observed(
        session: requests.Session, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        if not is_http_instrumentation_enabled():
            return send(session, request, **kwargs)
        call = attempt(_Call, request)
        if call is None:
            return send(session, request, **kwargs)
        return call.make(lambda: send(session, request, **kwargs))

    setattr(observed, _STOCK, send)
    return observed


class _Call:
    """One request while it is made; a redirect that is followed is a call within it."""

    def __init__(self, request: requests.PreparedRequest) -> None:
        url = urlsplit(str(request.url))
        self._headers = request.headers
        self._host, self._port = _address(url)
        self._peer = _peers.get((self._host, self._port), "")
        self._method = bounded(request.method or "")
        self._status = ""
        self._error = ""
        callee = _callee(self._method, self._host, self._port, self._peer)
        # No user information and no query: both carry secrets and personal data.
        place = _url(f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}")
        self._span = begin_within(span_name(self._method, ""), SpanKind.CLIENT, (callee, place))

    def make(self, send: Callable[[], requests.Response]) -> requests.Response:
        started = time.perf_counter()
        token = otel_context.attach(trace.set_span_in_context(self._span))
        try:
            attempt(self._hand_on)
            response = send()
        except Exception as error:
            attempt(self._note_exception, error)
            raise
        else:
            attempt(self._note_status, response.status_code)
            return response
        finally:
            otel_context.detach(token)
            attempt(self._finish, time.perf_counter() - started)

    def _hand_on(self) -> None:
        inject(self._headers, self._span.get_span_context())
        if (current := request_id()) is not None:
            self._headers.setdefault(HEADER, current)

    def _note_status(self, status: int) -> None:
        self._status = str(status)
        if status >= 400:  # for a client, unlike for a server, a 4xx is a failure too
            self._error = self._status
            self._span.set_status(StatusCode.ERROR)

    def _note_exception(self, error: Exception) -> None:
        self._error = qualified_name(type(error))
        self._span.record_exception(error)
        self._span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")

    def _finish(self, seconds: float) -> None:
        complete(self._span, span_name(self._method, ""), _answer(self._status, self._error))
        self._span.end()
        labels = (self._method, self._host, str(self._port), self._peer, self._status, self._error)
        instruments().client_durations.record(labels, seconds, self._span.get_span_context(), time.time())


@lru_cache(maxsize=256)
def _callee(method: str, host: str, port: int, peer: str) -> Attributes:
    found: dict[str, str | int] = {
        names.HTTP_REQUEST_METHOD: method,
        names.SERVER_ADDRESS: host,
        names.SERVER_PORT: port,
    }
    if peer:
        found[names.PEER_SERVICE] = peer
    return Attributes(found)


@lru_cache(maxsize=256)
def _url(url: str) -> Attributes:
    return Attributes({names.URL_FULL: url})


@lru_cache(maxsize=256)
def _answer(status: str, error: str) -> Attributes:
    found: dict[str, str | int] = {names.HTTP_RESPONSE_STATUS_CODE: int(status)} if status else {}
    if error:
        found[names.ERROR_TYPE] = error
    return Attributes(found)


def _address(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
