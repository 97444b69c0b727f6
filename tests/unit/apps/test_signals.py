"""What the services tell of themselves: enough to follow an order, and nothing about people."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from opentelemetry.sdk.trace import ReadableSpan

from chassis.errors import UpstreamTimeout
from glasshouse_telemetry.testing import CapturedMetrics, capture_logs, capture_metrics, capture_spans
from tests.databases import NewDatabase
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers
from tests.unit.apps.serving import PATIENT, orders_with, served

SCHEMA = Path(__file__).parents[3] / "docs" / "log-line.schema.json"


@pytest.fixture
def lines(users_app: Flask, orders_app: Flask) -> Iterator[list[dict[str, Any]]]:
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def spans(users_app: Flask, orders_app: Flask) -> Iterator[list[ReadableSpan]]:
    with capture_spans() as captured:
        yield captured


@pytest.fixture
def metrics(users_app: Flask, orders_app: Flask) -> Iterator[CapturedMetrics]:
    with capture_metrics() as captured:
        yield captured


def order_body(customers: FakeCustomers, catalogue: FakeCatalogue) -> dict[str, Any]:
    return {"user_id": customers.one(), "items": [{"product_id": catalogue.one(), "quantity": 2}]}


def edges(spans: list[ReadableSpan]) -> list[tuple[str, str]]:
    """Who called whom, by the names of the spans; the root is called by nobody."""
    names = {span.context.span_id: span.name for span in spans if span.context}
    return sorted((names[span.parent.span_id] if span.parent else "", span.name) for span in spans)


def test_an_order_is_one_trace_through_three_services_and_their_databases(
    new_database: NewDatabase, users_app: Flask, products_app: Flask
) -> None:
    user = users_app.test_client().post("/users", json={"email": "a@example.com", "name": "A"}).get_json()
    book = {"name": "Book", "category": "books", "price_cents": 1}
    product = products_app.test_client().post("/products", json=book).get_json()
    body = {"user_id": user["id"], "items": [{"product_id": product["id"], "quantity": 1}]}
    with ExitStack() as stack:
        users_url, products_url = (stack.enter_context(served(app)) for app in (users_app, products_app))
        app = stack.enter_context(orders_with(new_database("orders"), users_url, products_url, PATIENT))
        spans = stack.enter_context(capture_spans())
        assert app.test_client().post("/orders", json=body).status_code == 201
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    on_sqlite_only = ("POST /orders", "BEGIN")
    assert [edge for edge in edges(spans) if edge != on_sqlite_only] == [
        ("", "POST /orders"),
        ("GET", "GET /products"),
        ("GET", "GET /users/<user_id>"),
        ("GET /products", "SELECT products"),
        ("GET /products", "SELECT products"),
        ("GET /users/<user_id>", "SELECT users"),
        ("POST /orders", "GET"),
        ("POST /orders", "GET"),
        ("POST /orders", "INSERT order_items"),
        ("POST /orders", "INSERT orders"),
    ]


def test_nothing_that_people_told_us_is_in_any_signal(
    users_client: FlaskClient, lines: list[dict[str, Any]], spans: list[ReadableSpan]
) -> None:
    secrets = {"email": "secret.address@example.com", "name": "Secretname"}
    user = users_client.post("/users", json=secrets).get_json()
    path = f"/users/{user['id']}"
    users_client.post("/users", json=secrets)
    users_client.post("/users", json=secrets | {"email": "secret.address@nowhere"})
    users_client.put(path, json=secrets)
    users_client.patch(path, json=secrets)
    users_client.get("/users?email=secret.address@example.com")
    users_client.get(path)
    users_client.delete(path)
    told = [str(lines), *(span.to_json() for span in spans), users_client.get("/metrics").text]
    assert len(spans) > 8
    assert len(lines) > 8
    assert [text for text in told if "secret" in text.lower()] == []


def test_every_line_of_a_request_has_its_trace_and_its_request_id(
    orders_client: FlaskClient,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
    lines: list[dict[str, Any]],
    spans: list[ReadableSpan],
) -> None:
    answer = orders_client.post("/orders", json=order_body(customers, catalogue))
    assert [line["message"] for line in lines] == ["order placed", "POST /orders 201"]
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}
    root = next(span for span in spans if span.parent is None)
    assert root.context is not None
    assert {line["trace_id"] for line in lines} == {f"{root.context.trace_id:032x}"}
    assert lines[0]["order.id"] == answer.get_json()["id"]


def test_every_line_keeps_to_the_schema(
    users_app: Flask,
    orders_client: FlaskClient,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
    lines: list[dict[str, Any]],
) -> None:
    @users_app.get("/broken")
    def broken() -> str:
        raise RuntimeError

    body = order_body(customers, catalogue)
    order = orders_client.post("/orders", json=body).get_json()
    orders_client.patch(f"/orders/{order['id']}", json={"status": "CONFIRMED"})
    catalogue.failure = UpstreamTimeout("products", "ReadTimeout")
    orders_client.post("/orders", json=body)
    users_app.test_client().get("/broken")
    users_app.test_client().get("/nowhere")
    schema = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert len(lines) == 9
    assert [error.message for line in lines for error in schema.iter_errors(line)] == []


def test_a_failing_neighbour_is_one_error_line_with_its_reason(
    orders_client: FlaskClient,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
    lines: list[dict[str, Any]],
) -> None:
    catalogue.failure = UpstreamTimeout("products", "ReadTimeout")
    orders_client.post("/orders", json=order_body(customers, catalogue))
    failure, access = lines
    assert (failure["severity"], failure["message"]) == (
        "ERROR",
        "The products service did not answer in time.",
    )
    assert failure["exception.message"] == "products: ReadTimeout"
    assert failure["trace_id"] == access["trace_id"]
    assert (access["severity"], access["http.response.status_code"]) == ("ERROR", 504)


def test_an_exception_is_logged_in_full_with_its_trace(
    users_app: Flask, lines: list[dict[str, Any]], spans: list[ReadableSpan]
) -> None:
    @users_app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the secret is 42")

    users_app.test_client().get("/broken")
    failure, access = lines
    assert (failure["exception.type"], failure["exception.message"]) == ("RuntimeError", "the secret is 42")
    assert "in broken" in failure["exception.stacktrace"]
    assert failure["trace_id"] == access["trace_id"]
    [span] = spans
    assert [event.name for event in span.events] == ["exception"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_quiet_routes_are_in_no_signal(
    users_client: FlaskClient,
    lines: list[dict[str, Any]],
    spans: list[ReadableSpan],
    metrics: CapturedMetrics,
    path: str,
) -> None:
    assert users_client.get(path).status_code == 200
    assert (lines, spans) == ([], [])
    assert metrics.increase("http_server_request_duration_seconds_count") == 0


def test_orders_are_counted_by_the_status_that_they_reach(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue, metrics: CapturedMetrics
) -> None:
    order = orders_client.post("/orders", json=order_body(customers, catalogue)).get_json()
    for status in ("CONFIRMED", "CANCELLED", "SHIPPED"):
        orders_client.patch(f"/orders/{order['id']}", json={"status": status})
    reached = {
        status: metrics.increase("shop_orders_total", status=status)
        for status in ("PENDING", "CONFIRMED", "CANCELLED", "SHIPPED", "DELIVERED")
    }
    assert reached == {"PENDING": 1, "CONFIRMED": 1, "CANCELLED": 1, "SHIPPED": 0, "DELIVERED": 0}
    assert metrics.increase("shop_order_value_cents_sum") == order["total_cents"]


def test_orders_that_cannot_be_placed_are_counted_by_reason(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue, metrics: CapturedMetrics
) -> None:
    body = order_body(customers, catalogue)
    orders_client.post("/orders", json=body | {"user_id": "nobody"})
    orders_client.post("/orders", json=body | {"items": [{"product_id": "nothing", "quantity": 1}]})
    catalogue.failure = UpstreamTimeout("products", "ReadTimeout")
    orders_client.post("/orders", json=body)
    reasons = {
        reason: metrics.increase("shop_orders_refused_total", reason=reason)
        for reason in ("unknown_user", "unknown_product", "upstream_timeout", "upstream_failed")
    }
    assert reasons == {"unknown_user": 1, "unknown_product": 1, "upstream_timeout": 1, "upstream_failed": 0}
    assert metrics.increase("shop_orders_total") == 0


def test_users_and_products_count_what_they_own(
    users_client: FlaskClient, products_client: FlaskClient, metrics: CapturedMetrics
) -> None:
    user = users_client.post("/users", json={"email": "a@example.com", "name": "A"}).get_json()
    users_client.delete(f"/users/{user['id']}")
    body = {"name": "Book", "category": "books", "price_cents": 1}
    product = products_client.post("/products", json=body).get_json()
    products_client.delete(f"/products/{product['id']}")
    samples = ("users_registered", "users_removed", "products_added", "products_removed")
    assert [metrics.increase(f"shop_{sample}_total") for sample in samples] == [1, 1, 1, 1]
