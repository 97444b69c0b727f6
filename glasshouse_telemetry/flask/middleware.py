"""The WSGI middleware around a Flask app: where a request's signals begin and end."""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from opentelemetry.context import Context, get_current
from opentelemetry.instrumentation.utils import suppress_instrumentation

from glasshouse_telemetry import _request_id
from glasshouse_telemetry._safe_call import report_failure, safe_call
from glasshouse_telemetry.flask.recorder import RequestRecorder, is_suppressed, leave
from glasshouse_telemetry.metrics.instruments import Instruments
from glasshouse_telemetry.spans.operations import Operations
from glasshouse_telemetry.spans.provider import deliver_left

_LOWER: Final = _request_id.HEADER.lower()
_LENGTH: Final = len(_LOWER)  # compared first: most headers are out by that
_MOST_MOUNTS: Final = 32  # paths below which one app may be mounted; a client may send any number
_INNERMOST: Final = "glasshouse_telemetry.request"  # in the environment: of nested apps the one at work
Environ = WSGIEnvironment


class Observed(Protocol):
    """What the middleware needs to know about the app. It may change between two requests."""

    service: str
    operations: Operations
    instruments: Instruments
    special_paths: frozenset[str]  # the only ones for which it is worth asking the two questions below

    def logger(self) -> logging.Logger: ...

    def is_quiet(self, method: str, path: str) -> bool:
        """Whether this request is to appear in none of the signals."""
        ...

    def serves_metrics(self, method: str, path: str) -> WSGIApplication | None:
        """The WSGI app that answers with the metrics, where this request asks for them."""
        ...


class Middleware:
    """Wraps the WSGI callable of one app. Whatever fails in here, the request goes on."""

    def __init__(self, wsgi_app: WSGIApplication, observed: Observed) -> None:
        self._wsgi_app = wsgi_app
        self._observed = observed
        self._mounts: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        outer = get_current()
        request_id = _request_id.choose(environ.get("HTTP_X_REQUEST_ID"), _request_id.current.get())
        if environ.get("PATH_INFO") in self._observed.special_paths or is_suppressed(outer):
            answer = safe_call(self._unobserved, environ, start_response, request_id, outer)
            if answer is not None:
                return answer()
        try:
            recorder = self._begin(environ, request_id, outer)
        except Exception as error:
            report_failure(error)
            respond = partial(_respond, start_response, request_id, None, environ)
            return self._pass_on(environ, respond, request_id)
        outside = recorder.enter()
        try:
            body = self._wsgi_app(environ, partial(_respond, start_response, request_id, recorder, environ))
        except BaseException as error:
            safe_call(recorder.note_escaped, error, safe_call(self._observed.logger))
            safe_call(recorder.finish)
            raise
        else:
            if not recorder.complete:
                return _watched(body, recorder, self._observed, environ)
            try:
                recorder.finish()
            except Exception as error:
                report_failure(error)
            return body
        finally:
            leave(outside)

    def _begin(self, environ: Environ, request_id: str, outer: Context) -> RequestRecorder:
        observed = self._observed
        mount: str = environ.get("SCRIPT_NAME", "")
        if mount and mount not in self._mounts:
            # The beginning of every route. A server may take it from a header, so there is a bound.
            if len(self._mounts) < _MOST_MOUNTS:
                self._mounts.add(mount)
            else:
                mount = ""
        recorder = RequestRecorder(
            environ, request_id, observed.service, observed.operations, observed.instruments, outer, mount
        )
        environ[_INNERMOST] = recorder
        return recorder

    def _unobserved(
        self, environ: Environ, start_response: StartResponse, request_id: str, outer: Context
    ) -> Callable[[], Iterable[bytes]] | None:
        """What answers a request that leaves no signals: metrics, a quiet route, under suppression."""
        respond = partial(_respond, start_response, request_id, None, environ)
        method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")
        deliver_left()  # an idle process makes no spans, but it is asked whether it is well
        metrics_app = self._observed.serves_metrics(method, path)
        if metrics_app is not None:
            return partial(metrics_app, environ, respond)
        if is_suppressed(outer) or self._observed.is_quiet(method, path):
            return partial(self._pass_on, environ, respond, request_id)
        return None

    def _pass_on(self, environ: Environ, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        """Observe nothing, but let the lines of this request have its id."""
        outer = _request_id.current.get()
        _request_id.current.set(request_id)
        try:
            with suppress_instrumentation():
                return self._wsgi_app(environ, start_response)
        finally:
            _request_id.current.set(outer)


class _StreamedBody:
    """A body that is still being made: its request lasts until the server closes it, or forgets it."""

    def __init__(self, body: Iterable[bytes], recorder: RequestRecorder, observed: Observed) -> None:
        self._iterator = iter(body)
        self._recorder = recorder
        self._observed = observed
        self._close = getattr(body, "close", None)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        outside = self._recorder.enter()
        try:
            return next(self._iterator)
        except StopIteration:
            raise
        except BaseException as error:
            safe_call(self._recorder.note_escaped, error, safe_call(self._observed.logger))
            raise
        finally:
            leave(outside)

    def close(self) -> None:
        outside = self._recorder.enter()
        try:
            if self._close is not None:
                self._close()
        finally:
            safe_call(self._recorder.finish)
            leave(outside)

    def __del__(self) -> None:
        safe_call(self._recorder.finish)  # nobody closed it: the request is over all the same


def _watched(
    body: Iterable[bytes], recorder: RequestRecorder, observed: Observed, environ: Environ
) -> Iterable[bytes]:
    streamed = _StreamedBody(body, recorder, observed)
    file_wrapper = environ.get("wsgi.file_wrapper")
    if isinstance(file_wrapper, type) and isinstance(body, file_wrapper):
        # The server recognises its own class and hands the file to the kernel: only watch its end.
        body.close = streamed.close  # type: ignore[attr-defined]
        return body
    return streamed


def _respond(
    start_response: StartResponse,
    request_id: str,
    recorder: RequestRecorder | None,
    environ: Environ,
    status: str,
    headers: list[tuple[str, str]],
    *exc_info: Any,
) -> Callable[[bytes], object]:
    """`start_response` that adds the request id, unless the app has one of its own, and notes the status."""
    if recorder is not None:
        try:
            request = environ.get("werkzeug.request") if environ.get(_INNERMOST) is recorder else None
            recorder.note_response(status, getattr(request, "url_rule", None))
        except Exception as error:
            report_failure(error)
    for name, _ in headers:
        if len(name) == _LENGTH and name.lower() == _LOWER:
            return start_response(status, headers, *exc_info)
    return start_response(status, [*headers, (_request_id.HEADER, request_id)], *exc_info)
