"""What inventory tells of itself: enough to follow an order, and no product as a label."""

import json
from contextvars import copy_context

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from opentelemetry import trace
from prometheus_client import REGISTRY

import glasshouse_telemetry as telemetry
from apps.inventory import metrics
from apps.inventory.client import InventoryClient, OutOfStock
from apps.inventory.stock import StockTotals
from chassis.errors import DatabaseUnavailable
from glasshouse_telemetry.testing import capture_logs, capture_metrics, capture_spans
from stackctl.paths import ROOT

SERVICE = "glasshouse.inventory.v1.InventoryService"


def test_a_reservation_is_one_trace_down_to_the_database(client: InventoryClient) -> None:
    client.set_available("compass", 10)
    with capture_spans() as spans, trace.get_tracer("test").start_as_current_span("place order"):
        client.reserve("order-1", {"compass": 3})
    names = {span.context.span_id: span.name for span in spans if span.context}
    edges = {(names[span.parent.span_id], span.name) for span in spans if span.parent}
    method = f"{SERVICE}/Reserve"
    assert edges >= {("place order", method), (method, method), (method, "INSERT reservations")}
    assert {"UPDATE stock", "SELECT stock"} <= {name for caller, name in edges if caller == method}
    assert len({span.context.trace_id for span in spans if span.context}) == 1


def test_every_line_is_of_the_schema_and_of_the_request_that_the_caller_serves(
    client: InventoryClient,
) -> None:
    schema = json.loads((ROOT / "docs/log-line.schema.json").read_text(encoding="utf-8"))

    def serve() -> None:
        telemetry.adopt_request_id("request-7")
        client.set_available("compass", 1)
        client.reserve("order-1", {"compass": 1})
        with pytest.raises(OutOfStock):
            client.reserve("order-2", {"compass": 1})

    with capture_logs() as lines:
        copy_context().run(serve)
    for line in lines:
        Draft202012Validator(schema).validate(line)
    assert [(line["request_id"], line["message"]) for line in lines] == [
        ("request-7", "stock level set"),
        ("request-7", f"{SERVICE}/SetStock OK"),
        ("request-7", "stock reserved"),
        ("request-7", f"{SERVICE}/Reserve OK"),
        ("request-7", "stock rejected"),
        ("request-7", f"{SERVICE}/Reserve FAILED_PRECONDITION"),
    ]
    assert lines[4]["reservation.lacking"] == {"compass": "1 wanted, 0 available"}


def test_reservations_are_counted_by_what_became_of_them_and_once(client: InventoryClient) -> None:
    client.set_available("compass", 10)
    with capture_metrics() as counted:
        for order_id in ("order-1", "order-2"):
            for _ in range(2):
                client.reserve(order_id, {"compass": 3})
        with pytest.raises(OutOfStock):
            client.reserve("order-3", {"compass": 5})
        for _ in range(2):
            client.confirm("order-1")
            client.release("order-2")
    increases = {
        status: counted.increase("shop_reservations_total", status=status)
        for status in ("RESERVED", "REJECTED", "CONFIRMED", "RELEASED")
    }
    assert increases == {"RESERVED": 2, "REJECTED": 1, "CONFIRMED": 1, "RELEASED": 1}


def test_the_stock_of_all_products_is_there_to_be_scraped(
    client: InventoryClient, inventory_app: Flask
) -> None:
    for product_id, available in (("compass", 10), ("hammock", 5), ("lamp", 0)):
        client.set_available(product_id, available)
    client.reserve("order-1", {"compass": 3, "hammock": 5})
    client.reserve("order-2", {"compass": 1})
    client.confirm("order-2")
    with capture_spans() as spans, capture_logs() as lines:
        text = inventory_app.test_client().get("/metrics").get_data(as_text=True)
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("shop_stock"))
    assert {name: float(value) for name, value in samples.items()} == {
        'shop_stock_units{pool="available"}': 6,
        'shop_stock_units{pool="reserved"}': 8,
        'shop_stock_units{pool="sold"}': 1,
        "shop_stock_products": 3,
        "shop_stock_products_out": 2,
    }
    assert (spans, lines) == ([], [])


def test_a_database_that_is_away_leaves_a_gap_in_the_stock_and_the_other_metrics(
    inventory_app: Flask,
) -> None:
    def fail() -> StockTotals:
        raise DatabaseUnavailable("The database is not available.")

    metrics.stock.read_from(fail)
    answer = inventory_app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "shop_stock_units{" not in answer.get_data(as_text=True)
    assert "shop_reservations_total{" in answer.get_data(as_text=True)


def test_no_metric_has_an_id_for_a_label(client: InventoryClient) -> None:
    client.set_available("compass", 10)
    client.reserve("order-1", {"compass": 3})
    values = {
        value
        for family in REGISTRY.collect()
        for sample in family.samples
        for value in sample.labels.values()
    }
    assert not values & {"compass", "order-1"}
