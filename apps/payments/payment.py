"""A payment, and its domain errors."""

from dataclasses import dataclass
from datetime import datetime

from apps.payments.lifecycle import HOLDS_CAPTURED_MONEY, Status
from chassis.errors import Conflict, NotFound


@dataclass(frozen=True)
class Payment:
    id: str
    order_id: str
    amount_cents: int
    status: Status
    decline_reason: str | None
    created_at: datetime

    @property
    def captured_cents(self) -> int:
        return self.amount_cents if self.status in HOLDS_CAPTURED_MONEY else 0

    @property
    def refunded_cents(self) -> int:
        return self.amount_cents if self.status is Status.REFUNDED else 0


class PaymentNotFound(NotFound):
    code = "payment_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such payment.")


class AmountDiffers(Conflict):
    code = "amount_differs"

    def __init__(self) -> None:
        super().__init__("The payment of this order has another amount.", {"amount_cents": "differs"})


class OrderCancelled(Conflict):
    code = "order_cancelled"

    def __init__(self) -> None:
        super().__init__("The payment of this order was given back: it is not authorized again.")


class InvalidTransition(Conflict):
    code = "invalid_transition"

    def __init__(self, current: Status, wanted: Status) -> None:
        super().__init__(f"A payment that is {current} cannot become {wanted}.")
