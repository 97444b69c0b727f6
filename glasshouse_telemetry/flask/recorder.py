"""One request and its response: what the three signals say about it, and when."""

import logging
import time
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

from opentelemetry.context import Context, attach, get_current
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import SpanContext, SpanKind

from glasshouse_telemetry import _request_id, names
from glasshouse_telemetry._current import CurrentRequest, current_request
from glasshouse_telemetry.flask import access_log
from glasshouse_telemetry.flask.descriptions import (
    LONGEST_HEADER,
    Outcome,
    caller_of,
    outcome_of,
    path_attributes,
)
from glasshouse_telemetry.libraries.failures import event_attributes, is_of_a_call
from glasshouse_telemetry.logs.line import qualified_name
from glasshouse_telemetry.metrics.instruments import Instruments
from glasshouse_telemetry.spans.operations import Operations
from glasshouse_telemetry.spans.propagation import extract

Outer = tuple[Context, CurrentRequest | None, str | None]
_SWITCHING_PROTOCOLS: Final = 101


def is_suppressed(outer: Context) -> bool:
    """Whether an outer layer asks that nothing be observed. `outer` is the current context."""
    return bool(outer) and not is_instrumentation_enabled()


def leave(outer: Outer) -> None:
    """The app has returned: what was current before is so again.

    Set, not reset: CPython may hand out a freed object when a finalizer reads a context variable while it is
    being reset to having no value (a segmentation fault within minutes of the stress test, on 3.11.7).
    """
    context, request, request_id = outer
    _request_id.current.set(request_id)
    current_request.set(request)
    attach(context)


class RequestRecorder:
    """Begins when it is made and ends with `finish`, once. In between `enter` and `leave` the app is at work.

    It keeps neither the request's environment nor, once it has finished, an exception: it may outlive them.
    """

    status = 500
    complete = False  # the whole body is there when the app returns
    failed = False
    route = ""
    elapsed = 0  # nanoseconds
    _started_response = False
    _error_type = ""
    _error: BaseException | None = None
    _finished = False

    def __init__(
        self,
        environ: WSGIEnvironment,
        request_id: str,
        service: str,
        operations: Operations,
        instruments: Instruments,
        outer: Context,
        mount: str = "",
    ) -> None:
        """`outer`: the context around the app. `mount`: the path below which it is mounted."""
        self.path = path_of(environ)
        self.service = service
        self.operations = operations
        self._mount = mount
        self._request_id = request_id
        self._instruments = instruments
        self._upgrades = "HTTP_UPGRADE" in environ
        self._started = time.perf_counter_ns()
        self._start_time = time.time_ns()
        caller = caller_of(
            environ.get("REQUEST_METHOD", "")[:LONGEST_HEADER],
            environ.get("wsgi.url_scheme", "http"),
            environ.get("HTTP_HOST", "")[:LONGEST_HEADER],
            environ.get("HTTP_USER_AGENT", "")[:LONGEST_HEADER],
            environ.get("SERVER_PROTOCOL", ""),
        )
        self.method = caller.method
        self.scheme = caller.scheme
        attributes = caller.attributes, path_attributes(self.path)
        context = extract(environ, outer)
        self._operation = operations.begin(
            SpanKind.SERVER, caller.name, attributes, context, self._start_time
        )
        instruments.active_requests.begin(self, caller.method)

    def enter(self) -> Outer:
        """From here on, log lines and calls of this thread belong to the request. Ends with `leave`."""
        outer = get_current(), current_request.get(), _request_id.current.get()
        attach(self._operation.context)
        current_request.set(self)
        _request_id.current.set(self._request_id)
        return outer

    def note_response(self, status: str, rule: Any) -> None:
        """`rule`: werkzeug's, that matched; None where none did."""
        self._started_response = True
        self.status = int(status[:3])
        if rule is not None:
            self.route = self._mount + rule.rule

    def note_route(self, rule: Any) -> None:
        """The rule of werkzeug that matched; None where none did."""
        if rule is not None:
            self.route = self._mount + rule.rule

    def note_exception(self, error: BaseException) -> None:
        """The exception that made this request fail."""
        if self._error is not error:
            self._error = error
            self._error_type = qualified_name(type(error))
            span = self._operation.span
            try:
                if is_of_a_call(error):
                    span.add_event("exception", event_attributes(error))
                else:
                    span.record_exception(error)
            except Exception:  # one that cannot be shown
                span.add_event("exception", {names.EXCEPTION_TYPE: self._error_type})

    def note_escaped(self, error: BaseException, logger: logging.Logger | None) -> None:
        """An exception that left the app: not turned into a response, and so not logged by the app either."""
        if self._has_switched_protocols():
            return  # how a WebSocket takes leave of its server
        if not self._started_response:
            self.status = 500
        self.note_exception(error)
        if isinstance(error, Exception) and logger is not None:
            logger.error("Exception on %s [%s]", self.path, self.method, exc_info=error)

    def finish(self) -> None:
        """Report the request in all three signals."""
        if self._finished:
            return
        self._finished = True
        self.elapsed = time.perf_counter_ns() - self._started
        self._instruments.active_requests.end(self)
        if self._has_switched_protocols():
            self.status = _SWITCHING_PROTOCOLS
        # A 4xx is the client's failure; a body that broke off is ours, whatever status it began with.
        self.failed = self.status >= 500 or self._error is not None
        self._error_type = (self._error_type or str(self.status)) if self.failed else ""
        self._error = None
        operation = self._operation
        wants_line = access_log.is_on(self.failed)
        makes_line = (
            wants_line
            and operation.takes_line
            and len(self.path) <= access_log.LONGEST_PATH
            and access_log.nobody_else_listens()
        )
        durations = self._instruments.server_durations
        operation.finish(self, self.failed, durations, self.elapsed, self if makes_line else None)
        if wants_line and not makes_line:
            access_log.log(self)

    def describe(self) -> Outcome:
        return outcome_of(self.method, self.scheme, self.route, self.status, self._error_type)

    def line(self, context: SpanContext) -> str:
        ended = self._start_time + self.elapsed
        return access_log.line(self, self.describe().frame, ended, context, self._request_id, self.service)

    def _has_switched_protocols(self) -> bool:
        """A WebSocket that ended in order: the view has returned, and nobody wants a response any more."""
        return self._upgrades and self.complete and not self._started_response and self._error is None


def path_of(environ: WSGIEnvironment) -> str:
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # WSGI hands over bytes as latin-1 (PEP 3333).
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")
