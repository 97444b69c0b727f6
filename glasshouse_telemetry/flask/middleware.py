"""The one WSGI middleware: request id, traces, metrics and access log for a Flask app."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from opentelemetry.instrumentation.utils import suppress_instrumentation

from glasshouse_telemetry import _request_id
from glasshouse_telemetry._safe_call import attempt
from glasshouse_telemetry.fast.tracer import Spans
from glasshouse_telemetry.flask.recorder import Exchange
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import Instruments

_LOWER: Final = _request_id.HEADER.lower()
_LENGTH: Final = len(_LOWER)  # compared first: most headers are out by that


class Middleware:
    """Wraps the WSGI callable of one app. Whatever fails in here, the request goes on."""

    def __init__(
        self,
        wsgi_app: WSGIApplication,
        *,
        logger: logging.Logger,
        spans: Spans,
        record: Instruments,
        quiet_routes: frozenset[str],
        metrics_path: str | None,
        metrics_app: WSGIApplication,
    ) -> None:
        self._wsgi_app = wsgi_app
        self._logger = logger
        self._spans = spans
        self._record = record
        record.settle_first(output.settle)
        self._quiet_routes = quiet_routes
        self._metrics_path = metrics_path
        self._metrics_app = metrics_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Each request runs in a context of its own: nothing of it stays behind on the server's thread.
        context = copy_context()
        return context.run(self._respond, context, environ, start_response)

    def _respond(
        self, context: Context, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        request_id = _request_id.adopt_request_id(environ.get("HTTP_X_REQUEST_ID"))
        if path == self._metrics_path:
            return self._metrics_app(environ, _answering(start_response, request_id))
        if path in self._quiet_routes:
            with suppress_instrumentation():
                return self._wsgi_app(environ, _answering(start_response, request_id))
        exchange = attempt(Exchange, environ, request_id, self._spans, self._record)
        answer = _answering(start_response, request_id, exchange, environ)
        if exchange is None:
            return self._wsgi_app(environ, answer)
        try:
            body = self._wsgi_app(environ, answer)
        except BaseException as error:
            exchange.status = 500
            attempt(exchange.note_escaped, error, self._logger, environ)
            attempt(exchange.finish)
            raise
        if exchange.complete:
            attempt(exchange.finish)
            return body
        return _watched(_StreamedBody(body, exchange, context, self._logger), body, environ)


class _StreamedBody:
    """A body that is still being made: its exchange lasts until the server closes it."""

    def __init__(
        self, body: Iterable[bytes], exchange: Exchange, context: Context, logger: logging.Logger
    ) -> None:
        self._iterator = iter(body)
        self._exchange = exchange
        self._context = context
        self._logger = logger
        self._close = getattr(body, "close", None)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return self._context.run(next, self._iterator)
        except StopIteration:
            raise
        except BaseException as error:
            self._context.run(attempt, self._exchange.note_escaped, error, self._logger, None)
            raise

    def close(self) -> None:
        try:
            if self._close is not None:
                self._context.run(self._close)
        finally:
            self._context.run(attempt, self._exchange.finish)


def _watched(streamed: _StreamedBody, body: Iterable[bytes], environ: WSGIEnvironment) -> Iterable[bytes]:
    file_wrapper = environ.get("wsgi.file_wrapper")
    if isinstance(file_wrapper, type) and isinstance(body, file_wrapper):
        # The server recognises its own class and hands the file to the kernel: only watch its end.
        body.close = streamed.close  # type: ignore[attr-defined]
        return body
    return streamed


def _answering(
    start_response: StartResponse,
    request_id: str,
    exchange: Exchange | None = None,
    environ: WSGIEnvironment | None = None,
) -> StartResponse:
    """`start_response` that adds the request id and tells the exchange what the answer is."""
    # A function defined here would have its annotations evaluated for every request.
    return partial(_answer, start_response, request_id, exchange, environ or {})


def _answer(
    start_response: StartResponse,
    request_id: str,
    exchange: Exchange | None,
    environ: WSGIEnvironment,
    status: str,
    headers: list[tuple[str, str]],
    exc_info: Any = None,
    /,
) -> Callable[[bytes], object]:
    if exchange is not None:
        attempt(exchange.note_response, status, environ)
    for name, _ in headers:
        if len(name) == _LENGTH and name.lower() == _LOWER:
            headers = [each for each in headers if each[0].lower() != _LOWER]
            break
    return start_response(status, [*headers, (_request_id.HEADER, request_id)], exc_info)
