"""Where requests come in from outside: their trace begins here, whatever their senders say of it.

A client's `traceparent` could leave its requests out of all traces, or add spans to somebody else's; its
baggage would go through every service. So the trace is a new one, linked to the client's span, and the
baggage ends here. Only who sends the key (X-Trace-Key), as ./stack traffic does, continues its own trace.
"""

import hmac
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

KEY_HEADER = "X-Trace-Key"
_ALWAYS = frozenset({"traceparent", "tracestate", "baggage"})
_CLIENTS = "shop.client_traceparent"


class TraceBoundary:
    def __init__(self, wsgi_app: WSGIApplication, key: str) -> None:
        self._wsgi_app = wsgi_app
        self._key = key.encode()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        offered = environ.pop(_variable(KEY_HEADER), "").encode("latin-1")
        if not (self._key and hmac.compare_digest(offered, self._key)):
            environ[_CLIENTS] = environ.get(_variable("traceparent"), "")
            for header in _ALWAYS | propagate.get_global_textmap().fields:
                environ.pop(_variable(header), None)
        return self._wsgi_app(environ, start_response)


def begin_traces_here(app: Flask, key: str) -> None:
    """After telemetry has wrapped the app: this has to come before it."""
    app.wsgi_app = TraceBoundary(app.wsgi_app, key)  # type: ignore[method-assign]
    app.before_request(_link_client)


def _link_client() -> None:
    traceparent = request.environ.get(_CLIENTS)
    if traceparent:
        context = TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())
        client = trace.get_current_span(context).get_span_context()
        if client.is_valid:
            trace.get_current_span().add_link(client, {"link.kind": "client"})


def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
