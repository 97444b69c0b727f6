"""`instrument(app)`: everything at once for a Flask app."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Flask, Response, got_request_exception, request
from flask.logging import default_handler
from prometheus_client import CollectorRegistry, make_wsgi_app

from glasshouse_telemetry import libraries as _libraries
from glasshouse_telemetry._resource import describe_service, name_of, target_info
from glasshouse_telemetry._safe_call import attempt
from glasshouse_telemetry.fast.tracer import spans_of
from glasshouse_telemetry.flask.middleware import Middleware
from glasshouse_telemetry.flask.recorder import current
from glasshouse_telemetry.logs.handler import configure_logging
from glasshouse_telemetry.metrics.instruments import instruments
from glasshouse_telemetry.spans.provider import Telemetry, provider_for, tracer_of

_EXTENSION: Final = "telemetry"
QUIET_ROUTES: Final = ("/healthz", "/readyz", "/metrics")


def instrument(
    app: Flask,
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    peers: Mapping[str, str] | None = None,
    quiet_routes: Sequence[str] = QUIET_ROUTES,
    metrics_path: str | None = "/metrics",
    registry: CollectorRegistry | None = None,
) -> Telemetry:
    """Make a Flask app observable: spans, metrics, JSON log lines, request ids. A second call does nothing.

    `service_name`, `service_version`: default to OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
    `peers`: base URLs of other services and their names, `{"http://users:5001": "users"}`.
    `quiet_routes`: exact paths that appear in none of the signals.
    `metrics_path`: where the metrics are served; None for nowhere.
    `registry`: of prometheus-client; default its global one.
    """
    if _EXTENSION in app.extensions:
        present: Telemetry = app.extensions[_EXTENSION]
        return present
    record = instruments(registry)
    resource = describe_service(service_name, service_version)
    attempt(record.registry.set_target_info, target_info(resource))  # refuses when the app has its own
    configure_logging(name_of(resource))
    app.logger.removeHandler(default_handler)
    tracer = tracer_of(provider_for(resource))
    _libraries.observe(peers)
    app.wsgi_app = Middleware(  # type: ignore[method-assign]
        app.wsgi_app,
        logger=app.logger,
        spans=spans_of(tracer),
        record=record,
        quiet_routes=frozenset(quiet_routes),
        metrics_path=metrics_path,
        metrics_app=make_wsgi_app(record.registry),
    )
    app.process_response = _noting(app.process_response)  # type: ignore[method-assign]
    got_request_exception.connect(_note_exception, app)
    handle = app.extensions[_EXTENSION] = Telemetry(name_of(resource), tracer)
    return handle


def _noting(process_response: Callable[..., Response]) -> Callable[..., Response]:
    """The app's last step for a response, after which nothing changes it. Cheaper than one more hook."""

    @functools.wraps(process_response)
    def process_and_note(*args: Any, **kwargs: Any) -> Response:
        response: Response = args[-1]
        try:
            response = process_response(*args, **kwargs)
        finally:  # Flask sends the response that it could not process
            _note_response(response)
        return response

    return process_and_note


def _note_response(response: Response) -> None:
    """A body that is there in full needs no watching. Werkzeug's own errors hide that theirs is."""
    exchange = current.get()
    if exchange is not None:
        exchange.complete = response.is_sequence or (
            response.status_code >= 300 and response.content_length is not None
        )


def _note_exception(_: Flask, exception: BaseException, **__: object) -> None:
    exchange = current.get()
    if exchange is not None:
        exchange.note_exception(exception, request.environ)
