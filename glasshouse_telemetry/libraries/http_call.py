"""One HTTP request that this process makes, by whatever library: its span, duration and added headers."""

import time
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

from opentelemetry.context import Context, attach, get_current
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import SpanKind, StatusCode

from glasshouse_telemetry import names
from glasshouse_telemetry._request_id import HEADER, request_id
from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.flask.methods import bounded
from glasshouse_telemetry.libraries import failures as _failures
from glasshouse_telemetry.logs.line import qualified_name
from glasshouse_telemetry.metrics.instruments import instruments
from glasshouse_telemetry.spans.attributes import Attributes
from glasshouse_telemetry.spans.context import holds_span_alone
from glasshouse_telemetry.spans.names import span_name
from glasshouse_telemetry.spans.operations import current_operations
from glasshouse_telemetry.spans.propagation import inject

T = TypeVar("T")
_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_KEPT: Final = 512  # characters of a URL that is worth keeping
_REDACTED: Final = "REDACTED"  # as the semantic conventions have it
_peers: dict[tuple[str, int], str] = {}


def name_peers(peers: Mapping[str, str]) -> None:
    """`peers`: base URLs and the names of the services behind them."""
    _peers.update({_address(urlsplit(url)): name for url, name in peers.items()})
    _kept_callee.cache_clear()


def forget_peers() -> None:
    _peers.clear()
    _kept_callee.cache_clear()


def is_observed(context: Context) -> bool:
    """Unless somebody has suppressed it; a library that observes itself does so for those beneath it."""
    return holds_span_alone(context) or is_http_instrumentation_enabled()


class HttpCall:
    """One request while it is made."""

    _status = 0
    _error = ""

    def __init__(self, method: str, url: str, context: Context, resends: int = 0) -> None:
        """`resends`: how many requests this one follows: redirects, retries."""
        self._callee = callee = _callee_of(method, url.partition("?")[0].partition("#")[0])
        groups = (callee.attributes, _resent(resends)) if resends else (callee.attributes,)
        self._started = time.perf_counter_ns()
        self._operation = current_operations().begin(
            SpanKind.CLIENT, callee.name, groups, context, time.time_ns()
        )

    def hand_on(self, headers: MutableMapping[str, str]) -> None:
        """Add trace context and request id. An id that the app has chosen stays."""
        added: dict[str, str] = {}
        safe_call(inject, added, self._operation.span.get_span_context(), self._operation.context)
        present = {name.lower(): name for name in headers}
        if (current := request_id()) is not None and HEADER.lower() not in present:
            added[HEADER] = current
        for name, value in added.items():
            spelled = present.get(name.lower(), name)
            if spelled != name:
                del headers[spelled]
            headers[name] = value

    def run(self, send: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Make the request, once, whatever becomes of observing it."""
        outer = get_current()
        attach(self._operation.context)
        try:
            response = send(*args, **kwargs)
        except BaseException as error:
            safe_call(self._note_exception, error)
            raise
        else:
            safe_call(self._note_response, response)
            return response
        finally:
            attach(outer)  # not detach: see leave() in flask/recorder.py
            safe_call(self._finish)

    def _note_response(self, response: Any) -> None:
        status = getattr(response, "status_code", None) or getattr(response, "status", None)
        self._status = status if isinstance(status, int) else 0

    def _note_exception(self, error: BaseException) -> None:
        self._error = qualified_name(type(error))
        span = self._operation.span
        span.set_status(StatusCode.ERROR, _failures.description(error))
        span.add_event("exception", _failures.event_attributes(error))

    def _finish(self) -> None:
        elapsed = time.perf_counter_ns() - self._started
        if self._status >= 400:  # for a client, unlike for a server, a 4xx is a failure too
            self._error = str(self._status)
        self._operation.finish(self, bool(self._error), instruments().client_durations, elapsed)

    def describe(self) -> "_Answer":
        return _answer(self._callee.name, self._callee.labels, self._status, self._error)


class _Callee(NamedTuple):
    """What all requests to one URL have in common."""

    name: str
    attributes: Attributes
    labels: tuple[str, ...]


def _callee_of(method: str, address: str) -> _Callee:
    """`address`: a URL without its query, which carries personal data and secrets."""
    if len(address) > _LONGEST_KEPT:
        return _kept_callee.__wrapped__(method, address)
    return _kept_callee(method, address)


@lru_cache(maxsize=1024)
def _kept_callee(method: str, address: str) -> _Callee:
    url = urlsplit(address)
    host, port = _address(url)
    peer = _peers.get((host, port), "")
    known = bounded(method)
    attributes: dict[str, str | int] = {names.HTTP_REQUEST_METHOD: known, names.SERVER_ADDRESS: host}
    if known != method:
        attributes[names.HTTP_REQUEST_METHOD_ORIGINAL] = method
    if port:
        attributes[names.SERVER_PORT] = port
    if peer:
        attributes[names.SERVICE_PEER_NAME] = peer
    attributes[names.URL_FULL] = f"{url.scheme}://{_without_credentials(url.netloc)}{url.path}"
    return _Callee(span_name(known, ""), Attributes(attributes), (known, host, str(port or ""), peer))


def _without_credentials(netloc: str) -> str:
    credentials, at, place = netloc.rpartition("@")
    hidden = ":".join(_REDACTED for _ in credentials.split(":", 1))
    return f"{hidden}{at}{place}" if at else place


def _address(url: SplitResult) -> tuple[str, int]:
    try:
        port = url.port
    except ValueError:
        port = None
    return url.hostname or "", port or _PORTS.get(url.scheme, 0)


@lru_cache(maxsize=32)
def _resent(times: int) -> Attributes:
    return Attributes({names.HTTP_REQUEST_RESEND_COUNT: times})


class _Answer(NamedTuple):
    """What all requests to one callee that ended alike have in common."""

    name: str
    attributes: Attributes
    labels: tuple[str, ...]


@lru_cache(maxsize=1024)
def _answer(name: str, callee: tuple[str, ...], status: int, error: str) -> _Answer:
    found: dict[str, str | int] = {names.HTTP_RESPONSE_STATUS_CODE: status} if status else {}
    if error:
        found[names.ERROR_TYPE] = error
    return _Answer(name, Attributes(found), (*callee, str(status) if status else "", error))
