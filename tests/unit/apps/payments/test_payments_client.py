"""What payments' client makes of answers, and what it sends."""

import json
from dataclasses import dataclass, field

import pytest

from apps.payments.client import OrderCancelled, Payment, PaymentsClient, Status
from chassis.errors import UpstreamFailed, UpstreamRefused
from chassis.http_client import Timeouts
from chassis.transport import Call, HttpResponse

TIMEOUTS = Timeouts(0.5, 3.0)
PAYMENT = {"id": "p-1", "amount_cents": 250, "status": "AUTHORIZED", "order_id": "o-1", "captured_cents": 0}


@dataclass
class Recorded:
    answer: HttpResponse
    calls: list[tuple[str, Call, Timeouts]] = field(default_factory=list)

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        self.calls.append((base_url, call, timeouts))
        return self.answer


def client(status: int, body: object) -> tuple[PaymentsClient, Recorded]:
    transport = Recorded(HttpResponse(status, body=json.dumps(body).encode()))
    return PaymentsClient("http://payments:5004/", transport, TIMEOUTS), transport


def test_an_authorization_is_asked_for_with_the_orders_id_as_its_key() -> None:
    payments, transport = client(201, PAYMENT)
    payment = payments.authorize("o-1", 250, "tok_visa")
    assert payment == Payment(id="p-1", amount_cents=250, status=Status.AUTHORIZED)
    [(base_url, call, timeouts)] = transport.calls
    assert (base_url, call.method, call.target, timeouts) == (
        "http://payments:5004",
        "POST",
        "/payments",
        TIMEOUTS,
    )
    assert dict(call.headers) == {"Content-Type": "application/json", "Idempotency-Key": "o-1"}
    assert json.loads(call.body) == {"order_id": "o-1", "amount_cents": 250, "card_token": "tok_visa"}


def test_an_order_that_was_given_its_money_back_is_a_fact_of_its_own() -> None:
    payments, _ = client(409, {"error": {"code": "order_cancelled"}})
    with pytest.raises(OrderCancelled):
        payments.authorize("o-1", 250, "tok_visa")


@pytest.mark.parametrize("body", [{"error": {"code": "request_under_way"}}, {"error": 7}, "no", None])
def test_any_other_refusal_is_named_by_its_code_as_far_as_it_has_one(body: object) -> None:
    payments, _ = client(409, body)
    with pytest.raises(UpstreamRefused) as refusal:
        payments.authorize("o-1", 250, "tok_visa")
    is_ours = isinstance(body, dict) and isinstance(body["error"], dict)
    assert refusal.value.answer_code == ("request_under_way" if is_ours else "")


@pytest.mark.parametrize(
    ("status", "body"), [(503, PAYMENT), (302, PAYMENT), (200, {}), (200, PAYMENT | {"status": "LOST"})]
)
def test_what_makes_no_sense_is_a_failure(status: int, body: object) -> None:
    payments, _ = client(status, body)
    with pytest.raises(UpstreamFailed):
        payments.capture("p-1")


def test_a_payment_is_found_by_its_order() -> None:
    payments, _ = client(200, {"items": [PAYMENT]})
    found = payments.of_order("o-1")
    assert found is not None
    assert found.id == "p-1"
    assert client(200, {"items": []})[0].of_order("o-1") is None
