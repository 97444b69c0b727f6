import pytest
from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.testing import CapturedMetrics, capture_metrics, capture_spans

COUNT = "http_server_request_duration_seconds_count"
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def test_a_request_is_counted_by_method_route_and_status(app: Flask, metrics: CapturedMetrics) -> None:
    app.test_client().get("/users/17")
    app.test_client().get("/users/18")

    labels = {
        "http_request_method": "GET",
        "http_route": "/users/<user_id>",
        "http_response_status_code": "200",
    }
    assert metrics.increase(COUNT, **labels) == 2


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/nowhere", {"http_route": "", "http_response_status_code": "404"}),
        ("PUT", "/orders", {"http_route": "", "http_response_status_code": "405"}),
        ("BREW", "/orders", {"http_request_method": "_OTHER"}),
        ("GET", "/broken", {"http_route": "/broken", "http_response_status_code": "500"}),
    ],
)
def test_labels_are_bounded_whatever_is_asked(
    app: Flask, metrics: CapturedMetrics, method: str, path: str, labels: dict[str, str]
) -> None:
    app.test_client().open(path, method=method)

    assert metrics.increase(COUNT, **labels) == 1
    assert metrics.increase(COUNT) == 1


def test_requests_being_served_are_counted_while_they_are(app: Flask, metrics: CapturedMetrics) -> None:
    seen = []

    @app.get("/busy")
    def busy() -> str:
        seen.append(metrics.value("http_server_active_requests", http_request_method="GET"))
        return ""

    before = metrics.value("http_server_active_requests")
    app.test_client().get("/busy")

    assert seen == [before + 1]
    assert metrics.value("http_server_active_requests") == before


def test_quiet_routes_are_not_counted(app: Flask, metrics: CapturedMetrics) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        app.test_client().get(path)

    assert metrics.increase(COUNT) == 0


def test_exemplars_lead_to_the_span(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/17")

    text = app.test_client().get("/metrics", headers=OPENMETRICS).text
    context = spans[0].context
    assert context is not None
    exemplars = [
        sample.exemplar.labels
        for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        for sample in family.samples
        if sample.exemplar and sample.labels.get("http_route") == "/users/<user_id>"
    ]
    assert {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"} in exemplars


def test_there_is_no_exemplar_for_a_span_that_is_not_kept() -> None:
    app = Flask("unkept")
    registry = CollectorRegistry()
    telemetry.instrument(app, service_name="unkept", registry=registry)

    app.test_client().get("/x", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-00"})

    text = app.test_client().get("/metrics", headers=OPENMETRICS).text
    assert COUNT in text
    assert "trace_id=" not in text


def test_metrics_come_as_openmetrics_only_when_asked_for(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/metrics").content_type.startswith("text/plain")
    assert client.get("/metrics", headers=OPENMETRICS).content_type.startswith("application/openmetrics-text")


def test_the_target_says_what_it_is_but_not_which_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "OTEL_RESOURCE_ATTRIBUTES",
        "service.namespace=shop,deployment.environment.name=local,service.instance.id=42",
    )
    app = Flask("target")
    telemetry.instrument(app, service_name="t", service_version="9", registry=CollectorRegistry())

    text = app.test_client().get("/metrics").text

    assert (
        'target_info{deployment_environment_name="local",service_namespace="shop",service_version="9"} 1.0'
        in text
    )


def test_metrics_can_be_served_elsewhere_or_nowhere() -> None:
    elsewhere, nowhere = Flask("elsewhere"), Flask("nowhere")
    telemetry.instrument(elsewhere, metrics_path="/internal/metrics")
    telemetry.instrument(nowhere, metrics_path=None)

    assert elsewhere.test_client().get("/internal/metrics").status_code == 200
    assert nowhere.test_client().get("/metrics").status_code == 404


def test_two_apps_of_one_process_share_the_instruments(app: Flask) -> None:
    second = Flask("second")
    telemetry.instrument(second, service_name="second")

    with capture_metrics() as metrics:
        app.test_client().get("/users/17")
        second.test_client().get("/users/17")

    assert metrics.increase(COUNT) == 2


def test_an_app_instrumented_twice_is_observed_once(app: Flask) -> None:
    again = telemetry.instrument(app, service_name="other")

    assert again.service_name == "shop"
    with capture_spans() as spans, capture_metrics() as metrics:
        app.test_client().get("/users/17")
    assert (len(spans), metrics.increase(COUNT)) == (1, 1)
