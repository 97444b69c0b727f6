"""One request and its response: what the three signals say of it."""

import logging
import time
from typing import Final
from wsgiref.types import WSGIEnvironment

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import names
from telemetry._line import qualified_name
from telemetry._methods import bounded
from telemetry._metrics import Instruments, exemplar

IN_ENVIRON: Final = "telemetry.exchange"
_access = logging.getLogger(names.ACCESS_LOGGER)


class Exchange:
    """Begins when it is made, in the context of the request; `finish` writes all three signals, once."""

    def __init__(self, environ: WSGIEnvironment, tracer: trace.Tracer, record: Instruments) -> None:
        self.status = 500
        self.complete = False  # the whole body is there when the app returns
        self._environ = environ
        self._record = record
        self._method = bounded(environ.get("REQUEST_METHOD", ""))
        self._path = _path(environ)
        self._route = ""
        self._error: BaseException | None = None
        self._finished = False
        self._started = time.perf_counter_ns()
        self._start_time = time.time_ns()
        self._span = self._start_span(tracer)
        record.active_requests(self._method).inc()
        environ[IN_ENVIRON] = self

    def note_response(self, status: str) -> None:
        """Called as the response starts, which is as long as Flask's request is in the environment."""
        self.status = int(status[:3])
        self._note_route()

    def note_exception(self, error: BaseException) -> None:
        """The exception that made this request fail."""
        if self._error is not error:
            self._error = error
            self._note_route()
            self._span.record_exception(error)

    def note_escaped(self, error: BaseException, logger: logging.Logger) -> None:
        """An exception that Flask did not turn into a response, and so did not log either."""
        self.note_exception(error)
        if isinstance(error, Exception):
            logger.error("Exception on %s [%s]", self._path, self._method, exc_info=error)

    def finish(self) -> None:
        if self._finished:
            return
        self._finished = True
        elapsed = time.perf_counter_ns() - self._started
        self._record.active_requests(self._method).dec()
        self._end_span(self._start_time + elapsed)
        labels = (self._method, self._route, str(self.status))
        self._record.server_durations.record(labels, elapsed / 1e9, exemplar(self._span))
        self._log(elapsed / 1e6)

    def _start_span(self, tracer: trace.Tracer) -> trace.Span:
        parent = propagate.extract(self._environ, getter=_HEADERS)
        span = tracer.start_span(
            self._span_name(),
            context=parent,
            kind=SpanKind.SERVER,
            attributes=self._request_attributes(),
            start_time=self._start_time,
        )
        otel_context.attach(trace.set_span_in_context(span, parent))
        return span

    def _end_span(self, end_time: int) -> None:
        span = self._span
        if self._route:
            span.update_name(self._span_name())
            span.set_attribute(names.HTTP_ROUTE, self._route)
        span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, self.status)
        if self._failed():
            span.set_attribute(
                names.ERROR_TYPE, qualified_name(type(self._error)) if self._error else str(self.status)
            )
            span.set_status(StatusCode.ERROR)
        span.end(end_time)

    def _log(self, duration_ms: float) -> None:
        fields: dict[str, object] = {
            names.HTTP_REQUEST_METHOD: self._method,
            names.URL_PATH: self._path,
            names.HTTP_RESPONSE_STATUS_CODE: self.status,
            names.DURATION_MS: round(duration_ms, 3),
        }
        if self._route:
            fields[names.HTTP_ROUTE] = self._route
        level = logging.ERROR if self._failed() else logging.INFO
        _access.log(level, "%s %d", self._span_name(), self.status, extra=fields)

    def _failed(self) -> bool:
        """A 4xx is the client's failure; a body that broke off is ours, whatever status it began with."""
        return self.status >= 500 or self._error is not None

    def _note_route(self) -> None:
        rule = getattr(self._environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            self._route = rule.rule

    def _span_name(self) -> str:
        method = "HTTP" if self._method == names.OTHER_METHOD else self._method
        return f"{method} {self._route}" if self._route else method

    def _request_attributes(self) -> dict[str, str | int]:
        """Neither the query nor the client's address: both carry personal data."""
        environ = self._environ
        found: dict[str, str | int] = {
            names.HTTP_REQUEST_METHOD: self._method,
            names.URL_SCHEME: environ.get("wsgi.url_scheme", "http"),
            names.URL_PATH: self._path,
        }
        if self._method == names.OTHER_METHOD:
            found[names.HTTP_REQUEST_METHOD_ORIGINAL] = environ.get("REQUEST_METHOD", "")
        host, separator, port = environ.get("HTTP_HOST", "").rpartition(":")
        if port.isdecimal() and not host.endswith(":"):
            found[names.SERVER_PORT] = int(port)
        else:
            host = f"{host}{separator}{port}"
        if host:
            found[names.SERVER_ADDRESS] = host.strip("[]")
        if agent := environ.get("HTTP_USER_AGENT"):
            found[names.USER_AGENT_ORIGINAL] = agent
        return found


class _Headers(Getter[WSGIEnvironment]):
    def get(self, carrier: WSGIEnvironment, key: str) -> list[str] | None:
        value = carrier.get("HTTP_" + key.upper().replace("-", "_"))
        return None if value is None else [value]

    def keys(self, carrier: WSGIEnvironment) -> list[str]:
        return [key[5:].lower().replace("_", "-") for key in carrier if key.startswith("HTTP_")]


_HEADERS: Final = _Headers()


def _path(environ: WSGIEnvironment) -> str:
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # WSGI hands over bytes as latin-1 (PEP 3333).
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")
