"""`instrument(app)`: everything at once for a Flask app."""

from collections.abc import Mapping, Sequence

from flask import Flask, Response, got_request_exception, request
from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app

from telemetry import _requests
from telemetry._logging import configure_logging
from telemetry._metrics import instruments
from telemetry._middleware import EXCHANGE, Middleware
from telemetry._resource import describe_service, name_of, target_info
from telemetry._tracing import Telemetry, provider_for

_EXTENSION = "telemetry"
QUIET_ROUTES = ("/healthz", "/readyz", "/metrics")


def instrument(
    app: Flask,
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    quiet_routes: Sequence[str] = QUIET_ROUTES,
    metrics_path: str | None = "/metrics",
    peers: Mapping[str, str] | None = None,
    registry: CollectorRegistry = REGISTRY,
) -> Telemetry:
    """Make a Flask app observable: traces, metrics, JSON logs and request ids. A second call for the same app does nothing.

    `service_name` and `service_version` default to the environment (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES).
    `quiet_routes` are exact paths that leave no trace in any signal. `metrics_path` serves the metrics of `registry`
    (None: nowhere). `peers` maps the base URLs of other services to their names: `{"http://users:5001": "users"}`.
    """
    if _EXTENSION in app.extensions:
        present: Telemetry = app.extensions[_EXTENSION]
        return present
    resource = describe_service(service_name, service_version)
    configure_logging(name_of(resource))
    tracer = provider_for(resource).get_tracer("telemetry")
    registry.set_target_info(target_info(resource))
    _requests.observe(peers)
    app.wsgi_app = Middleware(  # type: ignore[method-assign]
        app.wsgi_app,
        tracer=tracer,
        record=instruments(registry),
        quiet_routes=frozenset(quiet_routes),
        metrics_path=metrics_path,
        metrics_app=make_wsgi_app(registry),
    )
    app.after_request_funcs.setdefault(None, []).insert(0, _note_response)
    got_request_exception.connect(_note_exception, app)
    handle = app.extensions[_EXTENSION] = Telemetry(name_of(resource), tracer)
    return handle


def _note_response(response: Response) -> Response:
    """A body that is there in full needs no wrapper to see its end; Werkzeug's own errors and redirects are no sequence."""
    exchange = request.environ.get(EXCHANGE)
    if exchange is not None:
        exchange.complete = response.is_sequence or (response.status_code >= 300 and response.content_length is not None)
    return response


def _note_exception(_: Flask, exception: BaseException, **__: object) -> None:
    exchange = request.environ.get(EXCHANGE)
    if exchange is not None:
        exchange.fail(exception)
