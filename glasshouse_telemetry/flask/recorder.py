"""One request and its response: what the three signals say of it."""

import logging
import time
from contextvars import ContextVar
from typing import Final
from wsgiref.types import WSGIEnvironment

from opentelemetry.context import attach
from opentelemetry.trace import SpanKind, StatusCode

from glasshouse_telemetry.fast.context import with_span
from glasshouse_telemetry.fast.span import finish
from glasshouse_telemetry.fast.tracer import Spans
from glasshouse_telemetry.flask import access_log as _access_log
from glasshouse_telemetry.flask.descriptions import Answer, answer_of, caller_of, path_attributes
from glasshouse_telemetry.logs.line import qualified_name
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import Instruments
from glasshouse_telemetry.spans.propagation import extract

# The exchange that this code is part of; a context of its own has set it.
current: Final[ContextVar["Exchange | None"]] = ContextVar("telemetry_exchange", default=None)


class Exchange:
    """Begins when it is made, in the context of the request; ends with `finish`, once.

    It keeps neither the request's environment nor, once it is settled, an exception: it outlives them.
    """

    status = 500
    complete = False  # the whole body is there when the app returns
    failed = False
    route = ""
    elapsed = 0  # nanoseconds
    _error: BaseException | None = None
    _finished = False

    def __init__(self, environ: WSGIEnvironment, request_id: str, spans: Spans, record: Instruments) -> None:
        self.path = _path(environ)
        self._request_id = request_id
        self._spans = spans
        self._record = record
        self._started = time.perf_counter_ns()
        self._start_time = time.time_ns()
        caller = caller_of(
            environ.get("REQUEST_METHOD", ""),
            environ.get("wsgi.url_scheme", "http"),
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_USER_AGENT", ""),
        )
        self.method = caller.method
        parent, context = extract(environ)
        groups = caller.attributes, path_attributes(self.path)
        span = spans.begin(caller.name, SpanKind.SERVER, groups, parent, context, self._start_time)
        self._span = span
        attach(with_span(context, span))
        record.active_requests.begin(self, self.method)
        current.set(self)

    def note_response(self, status: str, environ: WSGIEnvironment) -> None:
        """Called as the response starts, which is as long as Flask's request is in the environment."""
        self.status = int(status[:3])
        self._note_route(environ)

    def note_exception(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """The exception that made this request fail."""
        if self._error is not error:
            self._error = error
            if environ is not None:
                self._note_route(environ)
            self._span.record_exception(error)

    def note_escaped(
        self, error: BaseException, logger: logging.Logger, environ: WSGIEnvironment | None
    ) -> None:
        """An exception that Flask did not turn into a response, and so did not log either."""
        self.note_exception(error, environ)
        if isinstance(error, Exception):
            logger.error("Exception on %s [%s]", self.path, self.method, exc_info=error)

    def finish(self) -> None:
        """Note all three signals: later, with those of other requests, unless somebody would notice."""
        if self._finished:
            return
        self._finished = True
        self.elapsed = time.perf_counter_ns() - self._started
        self._record.active_requests.end(self)
        # A 4xx is the client's failure; a body that broke off is ours, whatever status it began with.
        self.failed = self.status >= 500 or self._error is not None
        level = logging.ERROR if self.failed else logging.INFO
        if self._is_for_later():
            output.add("ERROR" if self.failed else "INFO", self)
        else:
            self._note_span_and_duration()
            _access_log.log(self, level)

    def settle(self, service: str) -> str | None:
        answer = self._note_span_and_duration()
        if not _access_log.is_on(logging.ERROR if self.failed else logging.INFO):
            return None
        context = self._span.get_span_context()
        ended = self._start_time + self.elapsed
        return _access_log.line(self, answer.frame, ended, context, self._request_id, service)

    def _is_for_later(self) -> bool:
        return (
            output.tap is None
            and self._spans.may_end_later
            and len(self.path) <= _access_log.LONGEST_PATH
            and _access_log.nobody_else_listens()
        )

    def _note_span_and_duration(self) -> Answer:
        span, error_type = self._span, ""
        if self.failed:
            error_type = qualified_name(type(self._error)) if self._error else str(self.status)
            span.set_status(StatusCode.ERROR)
            self._error = None
        answer = answer_of(self.method, self.route, self.status, error_type)
        ended = self._start_time + self.elapsed
        finish(span, answer.name, answer.attributes, ended)
        durations = self._record.server_durations
        durations.record(answer.labels, self.elapsed / 1e9, span.get_span_context(), ended / 1e9)
        return answer

    def _note_route(self, environ: WSGIEnvironment) -> None:
        rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            self.route = rule.rule


def _path(environ: WSGIEnvironment) -> str:
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # WSGI hands over bytes as latin-1 (PEP 3333).
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")
