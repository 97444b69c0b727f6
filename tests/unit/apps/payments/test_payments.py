"""The payments service through its HTTP interface."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.apps.payments.ledger import LedgerProcessor

UNKNOWN = str(uuid4())


def ask(client: FlaskClient, **changes: Any) -> TestResponse:
    body = {"order_id": str(uuid4()), "amount_cents": 4_200, "card_token": "tok_visa"} | changes
    return client.post("/payments", json=body)


def authorize(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = ask(client, **changes)
    assert answer.status_code == 201, answer.get_json()
    payment: dict[str, Any] = answer.get_json()
    return payment


def bring(client: FlaskClient, payment: dict[str, Any], *actions: str) -> dict[str, Any]:
    for action in actions:
        answer = client.post(f"/payments/{payment['id']}/{action}")
        assert answer.status_code == 200, answer.get_json()
        payment = answer.get_json()
    return payment


def test_an_authorized_payment_is_found_where_the_answer_says(client: FlaskClient) -> None:
    order_id = str(uuid4())
    answer = ask(client, order_id=order_id)
    assert answer.status_code == 201
    assert answer.get_json() == {
        "id": str(UUID(answer.get_json()["id"])),
        "order_id": order_id,
        "amount_cents": 4_200,
        "captured_cents": 0,
        "refunded_cents": 0,
        "status": "AUTHORIZED",
        "decline_reason": None,
        "created_at": answer.get_json()["created_at"],
    }
    assert client.get(answer.headers["Location"]).get_json() == answer.get_json()


@pytest.mark.parametrize(
    ("card_token", "reason"),
    [
        ("tok_declined", "card_declined"),
        ("tok_insufficient_funds", "insufficient_funds"),
        ("tok_expired", "expired_card"),
        ("tok_never_seen", "invalid_card"),
    ],
)
def test_a_card_that_is_declined_says_why(client: FlaskClient, card_token: str, reason: str) -> None:
    payment = authorize(client, card_token=card_token)
    assert (payment["status"], payment["decline_reason"]) == ("DECLINED", reason)


def test_money_that_is_captured_and_refunded_is_counted_in_the_payment(client: FlaskClient) -> None:
    payment = authorize(client)
    captured = bring(client, payment, "capture")
    assert captured == payment | {"status": "CAPTURED", "captured_cents": 4_200}
    refunded = bring(client, payment, "refund")
    assert refunded == payment | {"status": "REFUNDED", "captured_cents": 4_200, "refunded_cents": 4_200}


def test_an_authorization_that_is_not_captured_is_released(
    client: FlaskClient, processor: LedgerProcessor
) -> None:
    payment = bring(client, authorize(client), "refund")
    assert (payment["status"], payment["captured_cents"], payment["refunded_cents"]) == ("VOIDED", 0, 0)
    assert processor.held(payment["order_id"]) == 0


@pytest.mark.parametrize(
    "actions", [("capture", "capture"), ("refund", "refund"), ("capture", "refund", "refund")]
)
def test_what_is_asked_for_twice_happens_once(
    client: FlaskClient, processor: LedgerProcessor, actions: tuple[str, ...]
) -> None:
    bring(client, authorize(client), *actions)
    assert processor.calls.total() == 1 + len(set(actions))


@pytest.mark.parametrize(
    ("card_token", "before", "action"),
    [
        ("tok_visa", ("refund",), "capture"),
        ("tok_visa", ("capture", "refund"), "capture"),
        ("tok_declined", (), "capture"),
        ("tok_declined", (), "refund"),
    ],
)
def test_what_cannot_follow_is_a_conflict(
    client: FlaskClient, card_token: str, before: tuple[str, ...], action: str
) -> None:
    payment = bring(client, authorize(client, card_token=card_token), *before)
    answer = client.post(f"/payments/{payment['id']}/{action}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "invalid_transition")
    assert client.get(f"/payments/{payment['id']}").get_json() == payment


def test_an_order_pays_once_however_often_it_asks(client: FlaskClient, processor: LedgerProcessor) -> None:
    order_id = str(uuid4())
    first = authorize(client, order_id=order_id)
    assert authorize(client, order_id=order_id) == first
    assert authorize(client, order_id=order_id, card_token="tok_declined") == first
    assert processor.calls["authorize"] == 1


def test_an_order_cannot_ask_again_for_another_amount(client: FlaskClient) -> None:
    payment = authorize(client)
    answer = ask(client, order_id=payment["order_id"], amount_cents=1)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "amount_differs")


def test_an_order_whose_payment_was_given_back_pays_no_more(client: FlaskClient) -> None:
    payment = bring(client, authorize(client), "refund")
    answer = ask(client, order_id=payment["order_id"])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "order_cancelled")


@pytest.mark.parametrize(
    ("before", "status"), [((), "VOIDED"), (("capture",), "REFUNDED"), (("capture", "refund"), "REFUNDED")]
)
def test_cancelling_gives_back_whatever_the_order_has_paid(
    client: FlaskClient, before: tuple[str, ...], status: str
) -> None:
    payment = bring(client, authorize(client), *before)
    answer = client.post("/payments/cancellations", json={"order_id": payment["order_id"]})
    assert (answer.status_code, answer.get_json()["id"], answer.get_json()["status"]) == (
        200,
        payment["id"],
        status,
    )


def test_a_cancellation_that_comes_first_stands(client: FlaskClient, processor: LedgerProcessor) -> None:
    order_id = str(uuid4())
    tombstones = [
        client.post("/payments/cancellations", json={"order_id": order_id}).get_json() for _ in range(2)
    ]
    assert [(each["status"], each["amount_cents"]) for each in tombstones] == [("VOIDED", 0), ("VOIDED", 0)]
    answer = ask(client, order_id=order_id)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "order_cancelled")
    assert processor.calls["authorize"] == 0


def test_there_is_nothing_to_give_back_of_a_declined_payment(client: FlaskClient) -> None:
    payment = authorize(client, card_token="tok_declined")
    answer = client.post("/payments/cancellations", json={"order_id": payment["order_id"]})
    assert (answer.status_code, answer.get_json()) == (200, payment)


def test_a_processor_that_fails_may_be_asked_again(client: FlaskClient, processor: LedgerProcessor) -> None:
    order_id = str(uuid4())
    processor.failures = ["before", "after"]
    for _ in range(2):
        answer = ask(client, order_id=order_id)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (502, "upstream_failed")
    payment = authorize(client, order_id=order_id)
    assert processor.authorized == {payment["order_id"]: 4_200}


def test_a_card_whose_processor_always_fails_is_a_failure_not_a_refusal(client: FlaskClient) -> None:
    answer = ask(client, card_token="tok_error")
    assert answer.status_code == 502
    assert answer.get_json()["error"]["message"] == "The card processor failed. Try again."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_cents": 0}, "amount_cents"),
        ({"amount_cents": -1}, "amount_cents"),
        ({"amount_cents": 10**13}, "amount_cents"),
        ({"amount_cents": "1"}, "amount_cents"),
        ({"amount_cents": 1.5}, "amount_cents"),
        ({"card_token": "4111111111111111"}, "card_token"),
        ({"card_token": "tok_4111111111111111"}, "card_token"),
        ({"card_token": "tok_" + "x" * 61}, "card_token"),
        ({"card_token": None}, "card_token"),
        ({"order_id": "../x"}, "order_id"),
        ({"cvc": "123"}, "cvc"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(
    client: FlaskClient, processor: LedgerProcessor, changes: dict[str, Any], field: str
) -> None:
    answer = ask(client, **changes)
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, [field])
    assert processor.calls.total() == 0


def test_what_is_refused_is_not_quoted(client: FlaskClient) -> None:
    assert "41111111" not in ask(client, card_token="4111111111111111").text


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("post", "/capture"), ("post", "/refund")],
)
def test_an_unknown_payment_is_not_found(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(f"/payments/{UNKNOWN}{path}", method=method)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "payment_not_found")


def test_payments_are_found_by_their_order_newest_first(client: FlaskClient) -> None:
    first, second = authorize(client), authorize(client)
    assert client.get(f"/payments?order_id={first['order_id']}").get_json()["items"] == [first]
    assert client.get("/payments").get_json() == {
        "items": [second, first],
        "page": 1,
        "limit": 20,
        "total": 2,
    }
    assert client.get(f"/payments?order_id={UNKNOWN}").get_json()["items"] == []


def test_of_many_who_authorize_an_order_at_once_all_get_the_one_payment(
    payments_app: Flask, processor: LedgerProcessor
) -> None:
    order_id = str(uuid4())
    with ThreadPoolExecutor(8) as pool:
        payments = list(
            pool.map(lambda _: authorize(payments_app.test_client(), order_id=order_id), range(24))
        )
    assert all(payment == payments[0] for payment in payments)
    assert processor.authorized == {order_id: 4_200}


def test_capture_and_cancellation_at_once_leave_money_and_payment_in_agreement(
    payments_app: Flask, processor: LedgerProcessor
) -> None:
    def act(number: int) -> int:
        client = payments_app.test_client()
        if number % 2:
            return client.post(f"/payments/{payment['id']}/capture").status_code
        return client.post("/payments/cancellations", json={"order_id": payment["order_id"]}).status_code

    for _ in range(4):
        payment = authorize(payments_app.test_client())
        with ThreadPoolExecutor(8) as pool:
            statuses = set(pool.map(act, range(8)))
        assert statuses <= {200, 409, 502}  # the processor captures nothing that it has reversed
        found = payments_app.test_client().get(f"/payments/{payment['id']}").get_json()
        assert found["status"] in ("VOIDED", "REFUNDED")
        assert (processor.held(payment["order_id"]), processor.kept(payment["order_id"])) == (0, 0)
