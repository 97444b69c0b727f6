"""What the coordinator makes of the answers of payments and inventory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from apps.inventory.stock import (
    OutOfStock,
    Reservation,
    ReservationEnded,
    ReservationNotFound,
    Status,
)
from apps.orders.adapters import CardPayments, ReservedStock
from apps.payments.client import PaymentsClient
from chassis.errors import DomainError, UpstreamFailed
from chassis.http_client import Timeouts
from chassis.transport import Call, HttpResponse


@dataclass
class Answering:
    """Payments, which answers everything the same way."""

    status: int
    body: object

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        return HttpResponse(self.status, body=json.dumps(self.body).encode())


@dataclass
class Inventory:
    """Which answers everything the same way."""

    status: Status = Status.RESERVED
    refusal: DomainError | None = None

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Reservation:
        return self._answer()

    def confirm(self, order_id: str) -> Reservation:
        return self._answer()

    def release(self, order_id: str) -> Reservation:
        return self._answer()

    def _answer(self) -> Reservation:
        if self.refusal is not None:
            raise self.refusal
        return Reservation("o-1", self.status, {"compass": 2, "hammock": 1})


def payments(status: int, body: object) -> CardPayments:
    transport = Answering(status, body)
    return CardPayments(PaymentsClient("http://payments", transport, Timeouts(1.0, 1.0)))


def payment(status: str) -> dict[str, object]:
    return {"id": "p-1", "amount_cents": 250, "status": status}


@pytest.mark.parametrize(("status", "pays"), [("AUTHORIZED", True), ("CAPTURED", True), ("DECLINED", False)])
def test_a_card_pays_unless_it_is_declined(status: str, pays: bool) -> None:
    assert payments(201, payment(status)).authorize("o-1", 250, "tok_visa") is pays


def test_an_order_whose_money_was_given_back_does_not_pay() -> None:
    refused = payments(409, {"error": {"code": "order_cancelled"}})
    assert refused.authorize("o-1", 250, "tok_visa") is False


def test_a_payment_that_nobody_knows_is_not_captured() -> None:
    with pytest.raises(UpstreamFailed):
        payments(200, {"items": []}).capture("o-1")


@pytest.mark.parametrize(("status", "cents"), [("VOIDED", 250), ("REFUNDED", 250), ("DECLINED", 0)])
def test_only_what_was_held_is_given_back(status: str, cents: int) -> None:
    assert payments(200, payment(status)).give_back("o-1") == cents


@pytest.mark.parametrize("refusal", [OutOfStock({"compass": "2 wanted, 1 available"}), ReservationEnded()])
def test_what_is_not_to_be_had_is_no_failure(refusal: DomainError) -> None:
    assert ReservedStock(Inventory(refusal=refusal)).reserve("o-1", {"compass": 2}) is False
    assert ReservedStock(Inventory()).reserve("o-1", {"compass": 2}) is True


@pytest.mark.parametrize("refusal", [ReservationEnded(), ReservationNotFound()])
def test_what_is_not_reserved_cannot_be_sold(refusal: DomainError) -> None:
    with pytest.raises(UpstreamFailed, match=refusal.code):
        ReservedStock(Inventory(refusal=refusal)).sell("o-1")


@pytest.mark.parametrize(("status", "units"), [(Status.RELEASED, 3), (Status.REJECTED, 0)])
def test_only_what_was_reserved_is_released(status: Status, units: int) -> None:
    assert ReservedStock(Inventory(status)).release("o-1") == units
