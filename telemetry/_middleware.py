"""One WSGI middleware for all three signals: server span, duration with exemplar, access log line, request id."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import _request_id, names
from telemetry._line import qualified_name
from telemetry._methods import bounded
from telemetry._metrics import Instruments, exemplar_of

EXCHANGE: Final = "telemetry.exchange"  # in the WSGI environment
_access = logging.getLogger(names.ACCESS_LOGGER)
_own = logging.getLogger("telemetry")
ExcInfo = Any


class _Headers(Getter[WSGIEnvironment]):
    def get(self, carrier: WSGIEnvironment, key: str) -> list[str] | None:
        value = carrier.get("HTTP_" + key.upper().replace("-", "_"))
        return None if value is None else [value]

    def keys(self, carrier: WSGIEnvironment) -> list[str]:
        return [key[5:].lower().replace("_", "-") for key in carrier if key.startswith("HTTP_")]


_headers = _Headers()


class Exchange:
    """One request and its response, while they last."""

    def __init__(self, environ: WSGIEnvironment, tracer: trace.Tracer, record: Instruments) -> None:
        self.environ = environ
        self.record = record
        self.method = bounded(environ.get("REQUEST_METHOD", ""))
        self.status = 500
        self.complete = False
        self.route = ""
        self.error: BaseException | None = None
        self.finished = False
        self.started = time.perf_counter_ns()
        self.start_time = time.time_ns()
        parent = propagate.extract(environ, getter=_headers)
        self.span = tracer.start_span(
            self._span_name(""), parent, SpanKind.SERVER, _request_attributes(environ, self.method), (), self.start_time
        )
        otel_context.attach(trace.set_span_in_context(self.span, parent))
        record.active_requests.labels(self.method).inc()
        environ[EXCHANGE] = self

    def fail(self, error: BaseException) -> None:
        """Note the exception that made this a 500."""
        self.note_route()
        if self.error is not error:
            self.error = error
            self.span.record_exception(error)

    def finish(self) -> None:
        """Write all three signals, once."""
        if self.finished:
            return
        self.finished = True
        elapsed = time.perf_counter_ns() - self.started
        route = self.route
        self.record.active_requests.labels(self.method).dec()
        self._end_span(route, self.start_time + elapsed)
        self.record.server_durations.record(
            (self.method, route, str(self.status)), elapsed / 1e9, exemplar_of(self.span)
        )
        self._log(route, elapsed / 1e6)

    def note_route(self) -> None:
        """Flask keeps its request here until the response has started; what it matched is the route."""
        rule = getattr(self.environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            self.route = rule.rule

    def _span_name(self, route: str) -> str:
        method = "HTTP" if self.method == names.OTHER_METHOD else self.method
        return f"{method} {route}" if route else method

    def _end_span(self, route: str, end_time: int) -> None:
        span = self.span
        if span.is_recording():
            if route:
                span.update_name(self._span_name(route))
                span.set_attribute(names.HTTP_ROUTE, route)
            span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, self.status)
            if self.status >= 500:
                span.set_status(StatusCode.ERROR)
                error = qualified_name(type(self.error)) if self.error else str(self.status)
                span.set_attribute(names.ERROR_TYPE, error)
        span.end(end_time)

    def _log(self, route: str, duration_ms: float) -> None:
        fields: dict[str, object] = {
            names.HTTP_REQUEST_METHOD: self.method,
            names.URL_PATH: self.environ.get("PATH_INFO", ""),
            names.HTTP_RESPONSE_STATUS_CODE: self.status,
            names.DURATION_MS: round(duration_ms, 3),
        }
        if route:
            fields[names.HTTP_ROUTE] = route
        level = logging.ERROR if self.status >= 500 else logging.INFO
        _access.log(level, "%s %d", self._span_name(route), self.status, extra=fields)


def _request_attributes(environ: WSGIEnvironment, method: str) -> dict[str, str | int]:
    # Neither the query nor the client's address: both are, or carry, personal data.
    found: dict[str, str | int] = {
        names.HTTP_REQUEST_METHOD: method,
        names.URL_SCHEME: environ.get("wsgi.url_scheme", "http"),
        names.URL_PATH: environ.get("PATH_INFO", ""),
    }
    host, _, port = environ.get("HTTP_HOST", "").partition(":")
    if host:
        found[names.SERVER_ADDRESS] = host
        if port.isdecimal():
            found[names.SERVER_PORT] = int(port)
    if agent := environ.get("HTTP_USER_AGENT"):
        found[names.USER_AGENT_ORIGINAL] = agent
    return found


class Middleware:
    """Wraps the WSGI callable of one Flask app."""

    def __init__(
        self,
        wsgi_app: WSGIApplication,
        *,
        tracer: trace.Tracer,
        record: Instruments,
        quiet_routes: frozenset[str],
        metrics_path: str | None,
        metrics_app: WSGIApplication,
    ) -> None:
        self._wsgi_app = wsgi_app
        self._tracer = tracer
        self._record = record
        self._quiet_routes = quiet_routes
        self._metrics_path = metrics_path
        self._metrics_app = metrics_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # A context of its own for each request: nothing of it is left on the server's thread, whatever happens.
        context = copy_context()
        return context.run(self._respond, context, environ, start_response)

    def _respond(
        self, context: Context, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        request_id = _request_id.adopt(environ.get("HTTP_X_REQUEST_ID"))
        if path == self._metrics_path:
            return self._metrics_app(environ, _with_request_id(start_response, request_id))
        if path in self._quiet_routes:
            with suppress_instrumentation():
                return self._wsgi_app(environ, _with_request_id(start_response, request_id))
        exchange = Exchange(environ, self._tracer, self._record)
        return self._observe(exchange, context, _with_request_id(start_response, request_id, exchange))

    def _observe(self, exchange: Exchange, context: Context, start_response: StartResponse) -> Iterable[bytes]:
        try:
            body = self._wsgi_app(exchange.environ, start_response)
        except BaseException as error:
            exchange.fail(error)
            exchange.finish()
            raise
        if exchange.complete:
            exchange.finish()
            return body
        return _StreamedBody(body, exchange, context)


class _StreamedBody:
    """A response still being made: its span ends when the server closes it."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange, context: Context) -> None:
        self._body = body
        self._iterator = iter(body)
        self._exchange = exchange
        self._context = context

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return self._context.run(next, self._iterator)
        except StopIteration:
            raise
        except BaseException as error:
            self._exchange.fail(error)
            raise

    def close(self) -> None:
        try:
            if (close := getattr(self._body, "close", None)) is not None:
                self._context.run(close)
        finally:
            self._context.run(self._exchange.finish)


def _with_request_id(
    start_response: StartResponse, request_id: str, exchange: Exchange | None = None
) -> StartResponse:
    def started(
        status: str, headers: list[tuple[str, str]], exc_info: ExcInfo = None, /
    ) -> Callable[[bytes], object]:
        if exchange is not None:
            exchange.status = int(status[:3])
            exchange.note_route()
        others = [(name, value) for name, value in headers if name.lower() != "x-request-id"]
        return start_response(status, [*others, (_request_id.HEADER, request_id)], exc_info)

    return started
