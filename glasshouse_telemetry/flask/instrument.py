"""`instrument(app)`: everything at once for a Flask app."""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from wsgiref.types import WSGIApplication

from flask import Flask, Response, got_request_exception
from flask.logging import default_handler
from prometheus_client import CollectorRegistry, make_wsgi_app

from glasshouse_telemetry._current import current_request
from glasshouse_telemetry._resource import describe_service, name_of, target_info
from glasshouse_telemetry._safe_call import report_failure, safe_call
from glasshouse_telemetry.export.pushes import start_log_lines, start_metrics
from glasshouse_telemetry.flask import access_log
from glasshouse_telemetry.flask.middleware import Middleware
from glasshouse_telemetry.flask.recorder import RequestRecorder
from glasshouse_telemetry.libraries import observe_libraries
from glasshouse_telemetry.logs.handler import start_logging
from glasshouse_telemetry.metrics.instruments import Instruments, instruments
from glasshouse_telemetry.spans.operations import Operations, operations_of
from glasshouse_telemetry.spans.provider import Telemetry, provider_for, tracer_of

_ATTRIBUTE: Final = "_glasshouse_telemetry"  # on the app: its extensions may have a key of any name
QUIET_ROUTES: Final = ("/healthz", "/readyz")


def instrument(
    app: Flask,
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    peers: Mapping[str, str] | None = None,
    quiet_routes: Sequence[str] | None = None,
    metrics_path: str | None = "/metrics",
    registry: CollectorRegistry | None = None,
) -> Telemetry:
    """Make a Flask app observable: spans, metrics, JSON log lines, request ids.

    `service_name`, `service_version`: default to OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
    `peers`: base URLs of other services and their names, `{"http://users:5001": "users"}`.
    `quiet_routes`: exact paths that appear in none of the signals; by default GETs of /healthz and /readyz.
    `metrics_path`: where the metrics are served; None for nowhere. A route of the app's own comes first.
    `registry`: of prometheus-client; default its global one.

    A second call returns what the first one did, unless that was made by `opentelemetry-instrument`: then
    what the code says wins.
    """
    access_log.send_as_others()
    return _instrument(app, service_name, service_version, peers, quiet_routes, metrics_path, registry)


def _instrument(
    app: Flask,
    service_name: str | None = None,
    service_version: str | None = None,
    peers: Mapping[str, str] | None = None,
    quiet_routes: Sequence[str] | None = None,
    metrics_path: str | None = "/metrics",
    registry: CollectorRegistry | None = None,
) -> Telemetry:
    present: ObservedApp | None = getattr(app, _ATTRIBUTE, None)
    if present is not None and not present.by_environment:
        return present.telemetry
    resource = describe_service(service_name, service_version)
    record = instruments(registry)
    safe_call(record.registry.set_target_info, target_info(resource))  # refuses when the app has its own
    if not access_log.is_apart():
        start_log_lines(resource)
        start_logging(name_of(resource))
    provider = provider_for(resource)
    start_metrics(record.registry, resource)
    observe_libraries(peers)
    tracer = tracer_of(provider)
    observed = present or ObservedApp(app)
    observed.by_environment = False
    observed.service = name_of(resource)
    observed.telemetry = Telemetry(observed.service, tracer)
    observed.operations = operations_of(tracer)
    observed.instruments = record
    observed.set_paths(quiet_routes, metrics_path)
    if present is None:
        setattr(app, _ATTRIBUTE, observed)
        observed.wrap()
    return observed.telemetry


def instrument_by_environment(app: Flask, metrics_path: str | None = "/metrics") -> None:
    """What `opentelemetry-instrument` does to every app. A later call in code may change the settings."""
    if getattr(app, _ATTRIBUTE, None) is None:
        _instrument(app, metrics_path=metrics_path)
        getattr(app, _ATTRIBUTE).by_environment = True


class ObservedApp:
    """One app, as its middleware sees it."""

    service: str
    operations: Operations
    instruments: Instruments
    telemetry: Telemetry
    special_paths: frozenset[str]

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.by_environment = False

    def set_paths(self, quiet_routes: Sequence[str] | None, metrics_path: str | None) -> None:
        self._always_quiet = frozenset(quiet_routes or ())
        self._quiet_when_read = frozenset(QUIET_ROUTES if quiet_routes is None else ())
        self._metrics_path = metrics_path
        self._metrics_app: WSGIApplication = make_wsgi_app(self.instruments.registry)
        paths = {*self._always_quiet, *self._quiet_when_read, metrics_path}
        self.special_paths = frozenset(path for path in paths if path is not None)

    def logger(self) -> logging.Logger:
        return self._app.logger

    def is_quiet(self, method: str, path: str) -> bool:
        return path in self._always_quiet or (path in self._quiet_when_read and method in ("GET", "HEAD"))

    def serves_metrics(self, method: str, path: str) -> WSGIApplication | None:
        if path != self._metrics_path or method not in ("GET", "HEAD", "OPTIONS"):
            return None
        if any(rule.rule == path for rule in self._app.url_map.iter_rules()):
            return None
        return self._metrics_app

    def wrap(self) -> None:
        """Around the app as a whole, and at the two places where only Flask knows what the signals say."""
        app = self._app
        if "logger" in vars(app):  # else Flask will find our handler and add none
            app.logger.removeHandler(default_handler)
        app.wsgi_app = Middleware(app.wsgi_app, self)  # type: ignore[method-assign]
        app.process_response = _noting_response(app.process_response)  # type: ignore[method-assign]
        app.full_dispatch_request = _noting_route(app.full_dispatch_request)  # type: ignore[method-assign]
        got_request_exception.connect(_note_exception, app)


def _noting_response(process_response: Callable[..., Response]) -> Callable[..., Response]:
    """The app's last step for a response, after which nothing changes it. Cheaper than one more hook."""

    @functools.wraps(process_response)
    def process_and_note(*args: Any, **kwargs: Any) -> Response:
        response: Response = args[-1] if args else next(iter(kwargs.values()))
        try:
            response = process_response(*args, **kwargs)
        finally:  # Flask sends the response that it could not process
            try:
                recorder = current_request.get()
                if type(recorder) is RequestRecorder:
                    # A body that is there in full needs no watching. Werkzeug's errors hide that theirs is.
                    recorder.complete = response.is_sequence or (
                        response.status_code >= 300 and response.content_length is not None
                    )
            except Exception as error:
                report_failure(error)
        return response

    return process_and_note


def _noting_route(dispatch: Callable[..., Response]) -> Callable[..., Response]:
    """Flask knows the route while the app is at work, and forgets it when a server's time-out kills it."""

    @functools.wraps(dispatch)
    def dispatch_and_note(*args: Any, **kwargs: Any) -> Response:
        try:
            return dispatch(*args, **kwargs)
        except BaseException:
            safe_call(_note_route)
            raise

    return dispatch_and_note


def _current() -> RequestRecorder | None:
    found = current_request.get()
    return found if type(found) is RequestRecorder else None


def _note_route() -> None:
    from flask import request

    recorder = _current()
    if recorder is not None:
        recorder.note_route(request.url_rule)


def _note_exception(_: Flask, exception: BaseException, **__: object) -> None:
    recorder = _current()
    if recorder is not None:
        safe_call(recorder.note_exception, exception)
