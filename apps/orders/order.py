"""What an order is, which status may follow which, and its domain errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import Conflict, NotFound, Refused


class Status(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class Reason(StrEnum):
    """Why an order was cancelled."""

    PAYMENT_DECLINED = "payment_declined"
    OUT_OF_STOCK = "out_of_stock"
    TIMED_OUT = "timed_out"
    ON_REQUEST = "cancelled_on_request"


Transitions = Mapping[Status, frozenset[Status]]

# No way leads back: that is why every change comes to an end.
TRANSITIONS: Transitions = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.SHIPPED, Status.CANCELLED}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.DELIVERED: frozenset(),
    Status.CANCELLED: frozenset(),
}


@dataclass(frozen=True)
class Line:
    """What a customer asks for."""

    product_id: str
    quantity: int


@dataclass(frozen=True)
class OrderRequest:
    """What a customer wants to buy, and the card to pay it with. `key` is the same when it is said again."""

    user_id: str
    lines: Sequence[Line]
    card_token: str = field(repr=False)
    key: str | None = None


@dataclass(frozen=True)
class Item:
    """A line of an order, with the product's name and price as they were when it was placed."""

    product_id: str
    name: str
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True)
class Order:
    """`version` counts its states from 1; `reason` says why it was cancelled."""

    id: str
    user_id: str
    status: Status
    items: tuple[Item, ...]
    created_at: datetime
    changed_at: datetime
    reason: Reason | None = None
    version: int = 1

    @property
    def total_cents(self) -> int:
        return sum(item.quantity * item.unit_price_cents for item in self.items)

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)

    def quantities(self) -> dict[str, int]:
        """By product."""
        return {item.product_id: item.quantity for item in self.items}

    def become(self, status: Status, reason: Reason | None, now: datetime) -> "Order":
        return replace(self, status=status, reason=reason, changed_at=now, version=self.version + 1)


@dataclass(frozen=True)
class Search:
    """Each narrows the orders when it is given; `placed_from` is included, `placed_to` is not."""

    user_id: str | None = None
    status: Status | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


class OrderNotFound(NotFound):
    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("No order has this id.")


class UnknownUser(Refused):
    code = "unknown_user"

    def __init__(self) -> None:
        super().__init__("No user has this id.", {"user_id": "is unknown"})


class UnknownProduct(Refused):
    code = "unknown_product"

    def __init__(self, positions: Sequence[int]) -> None:
        fields = {f"items.{position}.product_id": "is unknown" for position in positions}
        super().__init__("Some of the products do not exist.", fields)


class AmountTooLarge(Refused):
    code = "amount_too_large"

    def __init__(self) -> None:
        super().__init__("The order costs more than can be paid at once.", {"items": "cost too much"})


class CardMissing(Refused):
    code = "card_missing"

    def __init__(self) -> None:
        super().__init__("The order names no card.", {"card_token": "is missing"})


class InvalidTransition(Conflict):
    code = "invalid_transition"

    def __init__(self, current: Status, wanted: Status) -> None:
        super().__init__(f"An order that is {current} cannot become {wanted}.")


class OrderHasChanged(Conflict):
    """It is not the version that the client has seen."""

    code = "order_has_changed"

    def __init__(self) -> None:
        super().__init__("The order has changed since you read it. Read it again.")
