"""The services that the coordinator calls, in its words."""

from collections.abc import Mapping
from typing import Protocol

from apps.inventory.client import OutOfStock, Reservation, ReservationEnded, ReservationNotFound
from apps.payments.client import OrderCancelled, PaymentsClient, Status
from chassis.errors import UpstreamFailed

RELEASED = "RELEASED"


class CardPayments:
    def __init__(self, client: PaymentsClient) -> None:
        self._client = client

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> bool:
        try:
            return self._client.authorize(order_id, amount_cents, card_token).status is not Status.DECLINED
        except OrderCancelled:
            return False

    def capture(self, order_id: str) -> None:
        payment = self._client.of_order(order_id)
        if payment is None:
            raise UpstreamFailed("payments", "does not know the payment that it authorized")
        self._client.capture(payment.id)

    def give_back(self, order_id: str) -> int:
        payment = self._client.cancel(order_id)
        return 0 if payment.status is Status.DECLINED else payment.amount_cents


class Inventory(Protocol):
    """As much of inventory's client as is needed here."""

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Reservation: ...
    def confirm(self, order_id: str) -> Reservation: ...
    def release(self, order_id: str) -> Reservation: ...


class ReservedStock:
    def __init__(self, client: Inventory) -> None:
        self._client = client

    def reserve(self, order_id: str, quantities: Mapping[str, int]) -> bool:
        try:
            self._client.reserve(order_id, quantities)
        except (OutOfStock, ReservationEnded):
            return False
        return True

    def sell(self, order_id: str) -> None:
        try:
            self._client.confirm(order_id)
        except (ReservationEnded, ReservationNotFound) as refusal:
            raise UpstreamFailed("inventory", f"answered {refusal.code}") from refusal

    def release(self, order_id: str) -> int:
        reservation = self._client.release(order_id)
        held_some = reservation.status == RELEASED
        return sum(reservation.items.values()) if held_some else 0
