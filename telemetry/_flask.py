"""`instrument(app)`: everything at once for a Flask app."""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask, Response, got_request_exception, request
from flask.logging import default_handler
from prometheus_client import CollectorRegistry, make_wsgi_app

from telemetry import _requests
from telemetry._exchange import IN_ENVIRON, Exchange
from telemetry._harmless import attempt
from telemetry._logging import configure_logging
from telemetry._metrics import instruments
from telemetry._middleware import Middleware
from telemetry._resource import describe_service, name_of, target_info
from telemetry._tracing import Telemetry, provider_for, tracer_of

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
    _observe_libraries(peers)
    app.wsgi_app = Middleware(  # type: ignore[method-assign]
        app.wsgi_app,
        logger=app.logger,
        tracer=tracer,
        record=record,
        quiet_routes=frozenset(quiet_routes),
        metrics_path=metrics_path,
        metrics_app=make_wsgi_app(record.registry),
    )
    app.after_request_funcs.setdefault(None, []).insert(0, _note_response)  # the first in the list runs last
    got_request_exception.connect(_note_exception, app)
    handle = app.extensions[_EXTENSION] = Telemetry(name_of(resource), tracer)
    return handle


def _observe_libraries(peers: Mapping[str, str] | None) -> None:
    _requests.observe(peers)
    if "sqlalchemy" in sys.modules:  # an app without a database does not pay for the import
        from telemetry import _sqlalchemy

        _sqlalchemy.observe()


def _note_response(response: Response) -> Response:
    """A body that is there in full needs no watching. Werkzeug's own errors hide that theirs is."""
    exchange: Exchange | None = request.environ.get(IN_ENVIRON)
    if exchange is not None:
        error_or_redirect = response.status_code >= 300 and response.content_length is not None
        exchange.complete = response.is_sequence or error_or_redirect
    return response


def _note_exception(_: Flask, exception: BaseException, **__: object) -> None:
    exchange: Exchange | None = request.environ.get(IN_ENVIRON)
    if exchange is not None:
        exchange.note_exception(exception)
