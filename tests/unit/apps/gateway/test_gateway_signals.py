"""What the gateway tells of itself: enough to follow each request, and a bounded number of series."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from opentelemetry.sdk.trace import ReadableSpan

from chassis.registry import Version
from chassis.tokens import Identity, Tokens
from glasshouse_telemetry.testing import CapturedMetrics, capture_logs, capture_metrics, capture_spans
from tests.unit.apps.gateway.conftest import Headers, OpenGateway, bearer
from tests.unit.apps.serving import served
from tests.unit.chassis.fake_servers import FakeServer


@pytest.fixture
def metrics(client: FlaskClient) -> Iterator[CapturedMetrics]:
    with capture_metrics() as captured:
        yield captured


@pytest.fixture
def spans(client: FlaskClient) -> Iterator[list[ReadableSpan]]:
    with capture_spans() as captured:
        yield captured


@pytest.fixture
def lines(client: FlaskClient) -> Iterator[list[dict[str, Any]]]:
    with capture_logs() as captured:
        yield captured


def test_a_request_is_one_trace_from_the_gateway_into_the_database(
    open_gateway: OpenGateway, tokens: Tokens, users_app: Flask
) -> None:
    user = users_app.test_client().post("/users", json={"email": "a@example.com", "name": "A"}).get_json()
    with served(users_app) as url:
        client = open_gateway(services={"users": {"v1": Version(instances=(url,))}}).test_client()
        with capture_spans() as spans:
            path, headers = f"/users/{user['id']}", bearer(tokens.issue(Identity(user["id"])))
            assert client.get(path, headers=headers).get_json() == user
    database, service, call, root = spans
    assert [span.name for span in (root, call, service, database)] == [
        "GET /users/<user_id>",
        "GET",
        "GET /users/<user_id>",
        "SELECT users",
    ]
    for child, parent in ((call, root), (service, call), (database, service)):
        assert child.parent and parent.context and child.parent.span_id == parent.context.span_id
    assert (call.attributes or {})["service.peer.name"] == "users"


def test_requests_are_counted_by_service_version_and_outcome(
    client: FlaskClient, metrics: CapturedMetrics, products: FakeServer, as_admin: Headers
) -> None:
    for status in (200, 404, 500):
        products.answer = lambda status=status: Response(status=status)  # type: ignore[misc]
        client.post("/products", headers=as_admin)
    labels = {"service": "products", "version": "v1"}
    counted = {
        outcome: metrics.increase("gateway_requests_total", outcome=outcome, **labels)
        for outcome in ("2xx", "4xx", "5xx", "timeout")
    }
    assert counted == {"2xx": 1, "4xx": 1, "5xx": 1, "timeout": 0}
    assert metrics.increase("gateway_request_duration_seconds_count", **labels) == 3


def test_routes_in_metrics_are_templates(
    client: FlaskClient, metrics: CapturedMetrics, as_ada: Headers
) -> None:
    for number in range(3):
        client.get(f"/products/{number}")
        client.get(f"/nowhere/{number}")
    sample = "http_server_request_duration_seconds_count"
    assert metrics.increase(sample, http_route="/products/<product_id>") == 3
    assert metrics.increase(sample, http_route="", http_response_status_code="404") == 3


def test_an_exemplar_leads_from_a_version_to_a_trace(client: FlaskClient, spans: list[ReadableSpan]) -> None:
    client.get("/products")
    accept = {"Accept": "application/openmetrics-text"}
    text = client.get("/metrics", headers=accept).text
    root = spans[-1].context
    assert root is not None
    line = next(
        line
        for line in text.splitlines()
        if line.startswith("gateway_request_duration_seconds_bucket") and f"{root.trace_id:032x}" in line
    )
    assert 'service="products",version="v1"' in line


def test_every_line_of_a_request_has_its_ids(
    open_gateway: OpenGateway, products: FakeServer, lines: list[dict[str, Any]]
) -> None:
    client = open_gateway(
        services={"products": {"v1": Version(instances=("http://127.0.0.1:1",))}}
    ).test_client()
    lines.clear()
    answer = client.get("/products")
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}
    assert len({line["trace_id"] for line in lines}) == 1
    assert [line["message"] for line in lines if line["logger"] != "telemetry.access"] == [
        "instance taken out",
        "call failed, trying again",
        "call failed, trying again",
        "The products service failed.",
    ]


def test_being_refused_is_no_error_of_ours(client: FlaskClient, lines: list[dict[str, Any]]) -> None:
    client.get("/orders")
    assert [(line["severity"], line["message"]) for line in lines] == [("INFO", "GET /orders 401")]


def test_an_open_circuit_is_no_stack_trace_for_each_request(
    client: FlaskClient, products: FakeServer, lines: list[dict[str, Any]]
) -> None:
    products.answer = lambda: Response(status=503)
    for _ in range(5):
        client.get("/products")
    lines.clear()
    client.get("/products")
    assert [(line["severity"], line["message"]) for line in lines] == [("ERROR", "GET /products 503")]
