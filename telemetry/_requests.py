"""`requests` observed: a CLIENT span and a duration for each; trace context and request id handed on."""

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import requests
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import names
from telemetry._harmless import attempt
from telemetry._line import qualified_name
from telemetry._methods import bounded
from telemetry._metrics import exemplar, instruments
from telemetry._request_id import HEADER, request_id

_STOCK: Final = "_telemetry_stock_send"  # what our `send` replaced, kept on it
_tracer = trace.get_tracer(names.SCOPE)
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
        self._span = _tracer.start_span(
            "HTTP" if self._method == names.OTHER_METHOD else self._method,
            kind=SpanKind.CLIENT,
            attributes=self._attributes(url),
        )

    def make(self, send: Callable[[], requests.Response]) -> requests.Response:
        started = time.perf_counter()
        try:
            with trace.use_span(self._span):
                attempt(self._hand_on)
                response = send()
        except Exception as error:
            self._error = qualified_name(type(error))
            raise
        else:
            attempt(self._note_status, response.status_code)
            return response
        finally:
            attempt(self._finish, time.perf_counter() - started)

    def _attributes(self, url: SplitResult) -> dict[str, str | int]:
        found: dict[str, str | int] = {
            names.HTTP_REQUEST_METHOD: self._method,
            names.SERVER_ADDRESS: self._host,
            names.SERVER_PORT: self._port,
            # No user information and no query: both carry secrets and personal data.
            names.URL_FULL: f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}",
        }
        if self._peer:
            found[names.PEER_SERVICE] = self._peer
        return found

    def _hand_on(self) -> None:
        propagate.inject(self._headers)
        if (current := request_id()) is not None:
            self._headers.setdefault(HEADER, current)

    def _note_status(self, status: int) -> None:
        self._status = str(status)
        self._span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, status)
        if status >= 400:  # for a client, unlike for a server, a 4xx is a failure too
            self._error = self._status
            self._span.set_status(StatusCode.ERROR)

    def _finish(self, seconds: float) -> None:
        if self._error:
            self._span.set_attribute(names.ERROR_TYPE, self._error)
        self._span.end()
        labels = (self._method, self._host, str(self._port), self._peer, self._status, self._error)
        instruments().client_durations.record(labels, seconds, exemplar(self._span))


def _address(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
