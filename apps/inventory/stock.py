"""What stock is made of, and its domain errors: for the rules here and for those who call from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chassis.errors import Conflict, NotFound


class Status(StrEnum):
    RESERVED = "RESERVED"
    REJECTED = "REJECTED"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"


class Pool(StrEnum):
    """Where the units of a product can be. They are moved; only a new level makes more or less of them."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SOLD = "sold"


@dataclass(frozen=True)
class Move:
    source: Pool
    target: Pool


RESERVE = Move(Pool.AVAILABLE, Pool.RESERVED)
# How the status of a reservation may change, and what that means for its units. No way leads back.
MOVES: Mapping[tuple[Status, Status], Move] = {
    (Status.RESERVED, Status.CONFIRMED): Move(Pool.RESERVED, Pool.SOLD),
    (Status.RESERVED, Status.RELEASED): Move(Pool.RESERVED, Pool.AVAILABLE),
    (Status.CONFIRMED, Status.RELEASED): Move(Pool.SOLD, Pool.AVAILABLE),
}


@dataclass(frozen=True)
class Reservation:
    """`items` are quantities by product; `lacking` says by product why a rejected one could not be had."""

    order_id: str
    status: Status
    items: Mapping[str, int]
    lacking: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StockLevel:
    product_id: str
    available: int = 0
    reserved: int = 0
    sold: int = 0


@dataclass(frozen=True)
class StockTotals:
    """Units of all products together; `out_of_stock` counts the products of which none is available."""

    available: int
    reserved: int
    sold: int
    products: int
    out_of_stock: int


class OutOfStock(Conflict):
    code = "out_of_stock"

    def __init__(self, lacking: Mapping[str, str]) -> None:
        super().__init__("There is not enough in stock.", lacking)


class ReservationEnded(Conflict):
    """The reservation was released, or rejected, or released before it was made."""

    code = "reservation_ended"

    def __init__(self) -> None:
        super().__init__("This order holds no stock any more.")


class ReservationDiffers(Conflict):
    code = "reservation_differs"

    def __init__(self) -> None:
        super().__init__("This order has asked for other items before.")


class ReservationNotFound(NotFound):
    code = "reservation_not_found"

    def __init__(self) -> None:
        super().__init__("This order has reserved nothing.")


def lacking(items: Mapping[str, int], available: Mapping[str, int]) -> dict[str, str]:
    """Why `items` cannot be had, by product; empty when all can. A product that is not listed is unknown."""
    return {
        product_id: f"{quantity} wanted, {available[product_id]} available"
        if product_id in available
        else "unknown product"
        for product_id, quantity in items.items()
        if quantity > available.get(product_id, 0)
    }
