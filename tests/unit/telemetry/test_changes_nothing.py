"""What the app does, says and has set up stays as it is when it is observed."""

import logging
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from flask import Flask, Response, request, stream_with_context
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Counter
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, create_environ

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.testing import CapturedMetrics, capture_metrics

COUNT = "http_server_request_duration_seconds_count"


def ignore(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
    return lambda _: None


def test_a_name_that_the_view_gives_its_span_stays(app: Flask, spans: list[ReadableSpan]) -> None:
    app.add_url_rule("/graphql", view_func=lambda: trace.get_current_span().update_name("query cart") or "ok")

    app.test_client().get("/graphql")

    assert spans[0].name == "query cart"


def test_attributes_and_a_status_that_the_view_sets_stay(app: Flask, spans: list[ReadableSpan]) -> None:
    @app.get("/down")
    def down() -> tuple[str, int]:
        span = trace.get_current_span()
        span.set_attribute("http.route", "/of/the/view")
        span.set_status(Status(StatusCode.ERROR, "payment provider is down"))
        return "sorry", 503

    app.test_client().get("/down")

    assert (spans[0].attributes or {})["http.route"] == "/of/the/view"
    assert spans[0].status.description == "payment provider is down"


def test_a_span_and_baggage_of_an_outer_layer_hold_within(app: Flask, spans: list[ReadableSpan]) -> None:
    app.add_url_rule("/tenant", view_func=lambda: str(baggage.get_baggage("tenant")))
    token = context.attach(baggage.set_baggage("tenant", "acme"))
    try:
        with trace.get_tracer("host").start_as_current_span("host") as outer:
            assert app.test_client().get("/tenant").text == "acme"
    finally:
        context.detach(token)

    server = next(span for span in spans if span.name == "GET /tenant")
    assert server.parent == outer.get_span_context()


def test_a_layer_that_suppresses_is_obeyed(
    app: Flask, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    with suppress_instrumentation():
        assert app.test_client().get("/users/1").status_code == 200

    assert (spans, metrics.increase(COUNT)) == ([], 0)


def test_outer_layers_see_the_context_variables_that_the_app_sets(app: Flask) -> None:
    tenant: ContextVar[str | None] = ContextVar("tenant", default=None)
    app.add_url_rule("/set", view_func=lambda: tenant.set("acme") and "ok")

    app.test_client().get("/set").close()

    assert tenant.get() == "acme"
    assert (telemetry.request_id(), dict(context.get_current())) == (None, {}), "and nothing of ours is left"


def test_an_app_within_an_app_is_one_trace_with_two_routes(
    app: Flask, spans: list[ReadableSpan], lines: list[dict[str, Any]]
) -> None:
    inner = Flask("inner")
    telemetry.instrument(inner, service_name="shop")
    inner.add_url_rule("/users", view_func=lambda: "users")
    mounted = app.wsgi_app
    shell = Flask("shell")
    shell.wsgi_app = DispatcherMiddleware(shell.wsgi_app, {"/admin": inner})  # type: ignore[method-assign]
    telemetry.instrument(shell, service_name="shop")

    Client(shell).get("/admin/users", buffered=True)

    assert mounted is app.wsgi_app
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    assert [(span.attributes or {}).get("http.route") for span in spans] == ["/admin/users", None]
    assert len({line["request_id"] for line in lines}) == 1


def test_mounted_apps_have_routes_of_their_own(spans: list[ReadableSpan]) -> None:
    apps: dict[str, Any] = {}
    for name in ("/v1", "/v2"):
        apps[name] = Flask(name[1:])
        apps[name].add_url_rule("/items/<item>", view_func=lambda item: item)
        telemetry.instrument(apps[name], service_name="shop")
    served = DispatcherMiddleware(Flask("main").wsgi_app, apps)

    for name in apps:
        Client(served).get(f"{name}/items/1")

    assert [span.name for span in spans] == ["GET /v1/items/<item>", "GET /v2/items/<item>"]


def test_a_client_cannot_make_up_any_number_of_mounts(app: Flask, spans: list[ReadableSpan]) -> None:
    for number in range(40):
        Client(app).get("/users/1", base_url=f"http://localhost/m{number}")

    assert len({span.name for span in spans}) == 33, "32 of them, and the route alone"


def test_streams_work_within_a_client_that_preserves_its_context(app: Flask) -> None:
    @app.get("/export")
    def export() -> Response:
        return Response(stream_with_context(f"{request.path} {n}\n" for n in range(2)))

    with app.test_client() as client:
        assert client.get("/export").get_data(as_text=True) == "/export 0\n/export 1\n"
        assert request.path == "/export"


def test_a_body_that_nobody_closes_leaves_its_signals(
    app: Flask, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    app.add_url_rule("/stream", view_func=lambda: Response(iter(["a", "b"])))

    body = app(create_environ("/stream"), ignore)
    del body

    assert [span.name for span in spans] == ["GET /stream"]
    assert metrics.value("http_server_active_requests") == 0


@pytest.mark.parametrize("farewell", [StopIteration, ConnectionError])
def test_a_websocket_that_ends_in_order_is_no_failure(
    app: Flask, spans: list[ReadableSpan], farewell: type[Exception]
) -> None:
    class Ended(Response):
        def __call__(self, *_: object) -> Any:
            raise farewell  # as flask-sock tells its server that there is nothing to respond

    app.add_url_rule("/socket", view_func=lambda: Ended())

    with pytest.raises(farewell):
        app(create_environ("/socket", headers={"Upgrade": "websocket"}), ignore)

    assert (spans[0].attributes or {})["http.response.status_code"] == 101
    assert spans[0].status.status_code is StatusCode.UNSET


def test_a_request_that_its_server_kills_has_its_route(app: Flask, spans: list[ReadableSpan]) -> None:
    def killed() -> str:
        raise SystemExit(1)

    app.add_url_rule("/slow", view_func=killed)

    with pytest.raises(SystemExit):
        app.test_client().get("/slow")

    assert spans[0].name == "GET /slow"
    assert (spans[0].attributes or {})["error.type"] == "SystemExit"


def test_a_start_response_that_takes_two_arguments_is_given_two(app: Flask) -> None:
    given: list[tuple[object, ...]] = []

    def start_response(*arguments: object) -> Callable[[bytes], object]:
        given.append(arguments)
        return lambda _: None

    app(create_environ("/users/1"), start_response)

    assert [len(arguments) for arguments in given] == [2]


class Broken(TraceContextTextMapPropagator):
    def extract(self, *_: object, **__: object) -> Context:
        raise RuntimeError("broken")


class Nothing(TraceContextTextMapPropagator):
    def extract(self, *_: object, **__: object) -> Context:
        return None  # type: ignore[return-value]


@pytest.mark.parametrize("propagator", [Broken(), Nothing()])
def test_a_propagator_that_fails_costs_its_context_alone(
    app: Flask, spans: list[ReadableSpan], propagator: TraceContextTextMapPropagator
) -> None:
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(propagator)
    try:
        assert app.test_client().get("/users/1").status_code == 200
    finally:
        propagate.set_global_textmap(before)

    assert [span.parent for span in spans] == [None]


def test_an_exception_that_cannot_be_shown_is_named(
    app: Flask, spans: list[ReadableSpan], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Evil(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    def boom() -> str:
        raise Evil

    app.add_url_rule("/evil", view_func=boom)
    monkeypatch.setattr(app.logger, "disabled", True)

    assert app.test_client().get("/evil").status_code == 500
    assert "Evil" in str((spans[0].events[0].attributes or {})["exception.type"])


def test_a_metrics_route_of_the_app_comes_first(spans: list[ReadableSpan]) -> None:
    app = Flask("own")
    app.add_url_rule("/metrics", view_func=lambda: "mine", methods=["GET", "POST"])
    telemetry.instrument(app, service_name="own")

    assert [app.test_client().open("/metrics", method=method).text for method in ("GET", "POST")] == [
        "mine",
        "mine",
    ]


def test_a_post_to_a_quiet_route_is_seen(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/healthz")
    app.test_client().post("/healthz")

    assert [span.name for span in spans] == ["POST"]


def test_a_metric_of_the_same_name_stays_the_apps_own() -> None:
    registry = CollectorRegistry()
    own = Counter("http_server_active_requests", "of the app", registry=registry)
    app = Flask("metrics")
    telemetry.instrument(app, service_name="metrics", registry=registry)
    own.inc()

    with capture_metrics(registry) as metrics:
        assert app.test_client().get("/").status_code == 404
        assert metrics.increase(COUNT) == 1
    assert registry.get_sample_value("http_server_active_requests_total") == 1


def greet() -> str:
    logging.getLogger("view").info("seen")
    return "ok"


def test_two_apps_in_one_process_are_two_services(lines: list[dict[str, Any]]) -> None:
    for name in ("alpha", "beta"):
        app = Flask(name)
        telemetry.instrument(app, service_name=name)
        app.add_url_rule("/", view_func=greet)
        app.test_client().get("/").close()

    assert [line["service"] for line in lines] == ["alpha", "alpha", "beta", "beta"]


@pytest.fixture
def level() -> Iterator[Callable[[int], None]]:
    root = logging.getLogger()
    yield root.setLevel
    root.setLevel(logging.WARNING)


@pytest.mark.parametrize(
    ("chosen", "kept"), [(logging.ERROR, logging.ERROR), (logging.WARNING, logging.INFO)]
)
def test_a_level_that_the_app_has_chosen_stays(level: Callable[[int], None], chosen: int, kept: int) -> None:
    level(chosen)

    telemetry.instrument(Flask("level"), service_name="level")

    assert logging.getLogger().level == kept


def test_one_odd_field_leaves_the_others_as_they_are(lines: list[dict[str, Any]]) -> None:
    loop: list[object] = []
    loop.append(loop)

    logging.getLogger("odd").info(
        "fields", extra={"n": 1, "ratio": float("nan"), "loop": loop, "list": [1, 2]}
    )

    assert (lines[0]["n"], lines[0]["list"], lines[0]["ratio"]) == (1, [1, 2], "nan")
