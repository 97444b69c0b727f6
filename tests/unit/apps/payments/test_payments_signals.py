"""What payments tells of itself: where the money went, and nothing about cards."""

import json

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import REGISTRY
from sqlalchemy import select

from apps.payments.migrations import TABLES
from chassis.database import Database
from chassis.service import resolve
from glasshouse_telemetry.testing import capture_logs, capture_metrics, capture_spans
from stackctl.paths import ROOT
from tests.unit.apps.payments.ledger import LedgerProcessor

TOKENS = ("tok_visa", "tok_declined", "tok_error")


def authorize(client: FlaskClient, order_id: str, card_token: str = "tok_visa") -> str:
    body = {"order_id": order_id, "amount_cents": 4_200, "card_token": card_token}
    return str(
        client.post("/payments", json=body, headers={"Idempotency-Key": order_id}).get_json().get("id")
    )


def test_the_card_processor_is_a_peer_in_the_trace(client: FlaskClient) -> None:
    with capture_spans() as spans:
        authorize(client, "order-1")
    (asked,) = (span for span in spans if "card-processor" in span.name)
    (served,) = (span for span in spans if span.kind is SpanKind.SERVER)
    assert (asked.name, asked.kind) == ("card-processor authorize", SpanKind.CLIENT)
    assert asked.parent == served.context
    assert dict(asked.attributes or {}) == {
        "service.peer.name": "card-processor",
        "card_processor.operation": "authorize",
        "card_processor.outcome": "done",
        "order.id": "order-1",
    }


def test_a_declined_card_is_no_error_of_the_processor_and_its_failure_is(
    client: FlaskClient, processor: LedgerProcessor
) -> None:
    with capture_spans() as spans:
        authorize(client, "order-1", "tok_declined")
        authorize(client, "order-2", "tok_error")
    declined, failed = (span for span in spans if "card-processor" in span.name)
    assert declined.attributes and failed.attributes
    assert declined.attributes["card_processor.outcome"] == "declined"
    assert declined.status.status_code is StatusCode.UNSET
    assert failed.attributes["card_processor.outcome"] == "failed"
    assert failed.attributes["error.type"] == "upstream_failed"
    assert failed.status.status_code is StatusCode.ERROR


def test_no_signal_has_anything_of_a_card(client: FlaskClient) -> None:
    with capture_spans() as spans, capture_logs() as lines:
        for number, token in enumerate((*TOKENS, "4111111111111111")):
            authorize(client, f"order-{number}", token)
    seen = [span.to_json() for span in spans] + [json.dumps(line) for line in lines]
    seen += [
        f"{sample.labels} {sample.exemplar}" for family in REGISTRY.collect() for sample in family.samples
    ]
    assert len(spans) > 8
    for secret in (*TOKENS, "4111111111111111"):
        assert [text for text in seen if secret in text] == []


def test_every_line_is_of_the_schema_and_names_payment_and_order(client: FlaskClient) -> None:
    schema = json.loads((ROOT / "docs/log-line.schema.json").read_text(encoding="utf-8"))
    with capture_logs() as lines:
        payment_id = authorize(client, "order-1")
        client.post(f"/payments/{payment_id}/capture")
        authorize(client, "order-2", "tok_declined")
    for line in lines:
        Draft202012Validator(schema).validate(line)
    told = [line for line in lines if line["logger"] == "apps.payments.payments"]
    assert [(line["message"], line["order.id"]) for line in told] == [
        ("payment authorized", "order-1"),
        ("payment captured", "order-1"),
        ("payment declined", "order-2"),
    ]
    assert (told[0]["payment.id"], told[2]["payment.decline_reason"]) == (payment_id, "card_declined")


def test_payments_and_money_are_counted_once(client: FlaskClient) -> None:
    with capture_metrics() as metrics:
        kept, returned, released = (authorize(client, f"order-{number}") for number in range(3))
        for _ in range(2):
            for payment_id in (kept, returned):
                client.post(f"/payments/{payment_id}/capture")
            for payment_id in (returned, released):
                client.post(f"/payments/{payment_id}/refund")
            client.post("/payments/cancellations", json={"order_id": "order-3"})
            authorize(client, "order-4", "tok_insufficient_funds")
    counted = {
        status: metrics.increase("shop_payments_total", status=status)
        for status in ("AUTHORIZED", "DECLINED", "CAPTURED", "REFUNDED", "VOIDED", "CAPTURING")
    }
    assert counted == {
        "AUTHORIZED": 3,
        "DECLINED": 1,
        "CAPTURED": 2,
        "REFUNDED": 1,
        "VOIDED": 2,
        "CAPTURING": 0,
    }
    assert metrics.increase("shop_payments_total", reason="insufficient_funds") == 1
    assert metrics.increase("shop_payments_captured_cents_total") == 8_400
    assert metrics.increase("shop_payments_refunded_cents_total") == 4_200
    processor = "shop_card_processor_duration_seconds_count"
    assert metrics.increase(processor, operation="capture", outcome="done") == 2
    assert metrics.increase(processor, operation="authorize", outcome="declined") == 1
    assert metrics.increase("shop_idempotent_requests_total", outcome="replayed") == 1


def test_no_card_is_kept(client: FlaskClient, payments_app: Flask) -> None:
    for token in TOKENS:
        authorize(client, f"order-of-{token[4:]}", token)
    with resolve(Database, payments_app).reading() as session:
        rows = [
            repr(tuple(row))
            for metadata in TABLES
            for table in metadata.sorted_tables
            for row in session.execute(select(table))
        ]
    assert len(rows) == 5  # a payment for each card, and an answer for each request that did not fail
    assert [row for row in rows for token in TOKENS if token in row] == []
