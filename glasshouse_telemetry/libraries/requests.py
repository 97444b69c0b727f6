"""`requests` observed at `Session.send`, where all ways to make a request meet, whatever the adapter."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

import requests
from opentelemetry.context import get_current
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from requests.adapters import HTTPAdapter

from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.libraries.http_call import HttpCall, is_observed
from glasshouse_telemetry.libraries.patching import Patch

# OpenTelemetry's own instrumentation, where an app uses it, observes instead: one span for each call.
_STOCK: Final = "opentelemetry_instrumentation_requests_applied"
_Send = Callable[..., requests.Response]


class _Sending:
    """A request that is being sent by a session, redirects included."""

    resends = 0

    def __init__(self, session: requests.Session) -> None:
        self.session = session


_current: Final[ContextVar[_Sending | None]] = ContextVar("telemetry_sending", default=None)


def observe() -> None:
    """Observe every session of this process."""
    for patch in _PATCHES:
        patch.apply()


def stop_observing() -> None:
    for patch in _PATCHES:
        patch.undo()


def _send(
    send: _Send, session: requests.Session, request: requests.PreparedRequest, **kwargs: Any
) -> requests.Response:
    call = None if hasattr(send, _STOCK) else safe_call(_begin, session, request, kwargs)
    if call is None:
        return send(session, request, **kwargs)
    sent = safe_call(_with_headers, request, call) or request
    outer = _current.get()
    _current.set(_Sending(session))
    try:
        response = call.run(send, session, sent, **kwargs)
    except BaseException as error:
        safe_call(_show_own_request, error, request, sent)
        raise
    finally:
        _current.set(outer)  # not reset: see leave() in flask/recorder.py
    safe_call(_show_own_request, response, request, sent)
    return response


def _begin(
    session: requests.Session, request: requests.PreparedRequest, kwargs: dict[str, Any]
) -> HttpCall | None:
    context = get_current()
    if not is_observed(context):
        return None
    return HttpCall(str(request.method or ""), str(request.url), context, _resends(session, kwargs))


def _resends(session: requests.Session, kwargs: dict[str, Any]) -> int:
    """A redirect that is followed is sent by the same session, within the first request."""
    outer = _current.get()
    if outer is None or outer.session is not session or kwargs.get("allow_redirects") is not False:
        return 0
    outer.resends += 1
    return outer.resends


def _with_headers(request: requests.PreparedRequest, call: HttpCall) -> requests.PreparedRequest:
    """A copy, since the app may send its request again, and at the same time in several threads."""
    made = object.__new__(type(request))
    made.__dict__.update(request.__dict__)
    made.headers = request.headers.copy()
    call.hand_on(made.headers)
    return made


def _show_own_request(result: Any, own: requests.PreparedRequest, sent: requests.PreparedRequest) -> None:
    """Let a response, those before it, or an exception lead to the request that the app has sent."""
    for each in (result, *getattr(result, "history", ())):
        if getattr(each, "request", None) is sent:
            each.request = own


def _send_by_urllib3(send: _Send, *args: Any, **kwargs: Any) -> requests.Response:
    """What urllib3 does for an observed request is part of it."""
    if _current.get() is None:
        return send(*args, **kwargs)
    with suppress_http_instrumentation():
        return send(*args, **kwargs)


_PATCHES: Final = (
    Patch(requests.Session, "send", _send),
    Patch(HTTPAdapter, "send", _send_by_urllib3),
)
