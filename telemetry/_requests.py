"""`requests` observed: a CLIENT span, a duration, the trace context and the request id for each request made."""

import functools
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import names
from telemetry._line import qualified_name
from telemetry._methods import bounded
from telemetry._metrics import exemplar_of, instruments
from telemetry._request_id import HEADER, request_id

_peers: dict[tuple[str, int], str] = {}


def observe(peers: Mapping[str, str] | None = None) -> None:
    """Observe every session of this process. `peers` maps base URLs to the names of the services behind them."""
    _peers.update({_address(urlsplit(url)): name for url, name in (peers or {}).items()})
    if not hasattr(requests.Session.send, "__telemetry__"):
        requests.Session.send = _observed(requests.Session.send)  # type: ignore[method-assign]


def stop_observing() -> None:
    _peers.clear()
    if hasattr(requests.Session.send, "__telemetry__"):
        requests.Session.send = requests.Session.send.__wrapped__  # type: ignore[method-assign]


def _observed(send: Any) -> Any:
    @functools.wraps(send)
    def observed(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if not is_http_instrumentation_enabled() or request.url is None:
            return send(session, request, **kwargs)  # type: ignore[no-any-return]
        return _Call(request).make(lambda: send(session, request, **kwargs))

    observed.__telemetry__ = True  # type: ignore[attr-defined]
    return observed


class _Call:
    def __init__(self, request: requests.PreparedRequest) -> None:
        self.request = request
        url = urlsplit(str(request.url))
        self.host, self.port = _address(url)
        self.peer = _peers.get((self.host, self.port), "")
        self.method = bounded(request.method or "GET")
        self.span = trace.get_tracer("telemetry").start_span(
            "HTTP" if self.method == names.OTHER_METHOD else self.method,
            kind=SpanKind.CLIENT,
            attributes=self._attributes(url),
        )
        self.error = ""
        self.status = ""

    def make(self, send: Any) -> requests.Response:
        started = time.perf_counter()
        try:
            with trace.use_span(self.span, record_exception=True, set_status_on_exception=True):
                self._pass_on()
                response: requests.Response = send()
        except Exception as error:
            self.error = qualified_name(type(error))
            raise
        else:
            self._note(response.status_code)
            return response
        finally:
            self._finish(time.perf_counter() - started)

    def _attributes(self, url: SplitResult) -> dict[str, str | int]:
        found: dict[str, str | int] = {
            names.HTTP_REQUEST_METHOD: self.method,
            names.SERVER_ADDRESS: self.host,
            names.SERVER_PORT: self.port,
            # Neither user information nor a query: both carry secrets and personal data.
            names.URL_FULL: f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}",
        }
        if self.peer:
            found[names.PEER_SERVICE] = self.peer
        return found

    def _pass_on(self) -> None:
        propagate.inject(self.request.headers)
        current = request_id()
        if current is not None:
            self.request.headers.setdefault(HEADER, current)

    def _note(self, status: int) -> None:
        self.status = str(status)
        self.span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, status)
        if status >= 400:  # for a client, unlike for a server, a 4xx is a failure too
            self.error = self.status
            self.span.set_status(StatusCode.ERROR)

    def _finish(self, seconds: float) -> None:
        if self.error:
            self.span.set_attribute(names.ERROR_TYPE, self.error)
        self.span.end()
        labels = (self.method, self.host, str(self.port), self.peer, self.status, self.error)
        instruments().client_durations.record(labels, seconds, exemplar_of(self.span))


def _address(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
