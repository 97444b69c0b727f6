"""The rules of orders: what an order holds and costs, and which status may follow which."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from apps.orders import metrics
from apps.products.client import Product
from chassis.facts import Conflict, Fact, NotFound, Refused
from chassis.identity import new_id, utc_now
from chassis.paging import Page, PageRequest

logger = logging.getLogger(__name__)


class Status(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


# No way leads back: that is why `change_status` comes to an end.
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
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
class Item:
    """A line of an order, with the product's name and price as they were when it was placed."""

    product_id: str
    name: str
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True)
class Order:
    id: str
    user_id: str
    status: Status
    items: tuple[Item, ...]
    created_at: datetime

    @property
    def total_cents(self) -> int:
        return sum(item.quantity * item.unit_price_cents for item in self.items)


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


class InvalidTransition(Conflict):
    code = "invalid_transition"

    def __init__(self, current: Status, wanted: Status) -> None:
        super().__init__(f"An order that is {current} cannot become {wanted}.")


class Customers(Protocol):
    def exists(self, user_id: str) -> bool: ...


class Catalogue(Protocol):
    def find(self, product_ids: Sequence[str]) -> Mapping[str, Product]: ...


class Store(Protocol):
    """Where orders are kept. `change_status` does nothing and says False when the status is not `current`."""

    def add(self, order: Order) -> None: ...
    def get(self, order_id: str) -> Order | None: ...
    def change_status(self, order_id: str, current: Status, wanted: Status) -> bool: ...
    def search(self, search: Search, request: PageRequest) -> Page[Order]: ...


class Orders:
    def __init__(self, store: Store, customers: Customers, catalogue: Catalogue) -> None:
        self._store = store
        self._customers = customers
        self._catalogue = catalogue
        for status in Status:
            metrics.reached.labels(
                status
            )  # there from the start: the first order of a kind is an increase too

    def place(self, user_id: str, lines: Sequence[Line]) -> Order:
        try:
            order = self._draw_up(user_id, lines)
            self._store.add(order)
        except Fact as fact:
            metrics.refused.labels(fact.code).inc()
            raise
        metrics.reached.labels(order.status).inc()
        metrics.value.observe(order.total_cents)
        logger.info("order placed", extra=_facts_of(order) | {"order.total_cents": order.total_cents})
        return order

    def get(self, order_id: str) -> Order:
        order = self._store.get(order_id)
        if order is None:
            raise OrderNotFound
        return order

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        return self._store.search(search, request)

    def change_status(self, order_id: str, wanted: Status) -> Order:
        order = self.get(order_id)
        if wanted not in TRANSITIONS[order.status]:
            raise InvalidTransition(order.status, wanted)
        if not self._store.change_status(order_id, order.status, wanted):
            return self.change_status(order_id, wanted)  # another was faster: judge again by what is now
        changed = replace(order, status=wanted)
        metrics.reached.labels(wanted).inc()
        logger.info(
            "order status changed", extra=_facts_of(changed) | {"order.previous_status": order.status}
        )
        return changed

    def _draw_up(self, user_id: str, lines: Sequence[Line]) -> Order:
        if not self._customers.exists(user_id):
            raise UnknownUser
        products = self._catalogue.find([line.product_id for line in lines])
        unknown = [position for position, line in enumerate(lines) if line.product_id not in products]
        if unknown:
            raise UnknownProduct(unknown)
        items = tuple(_item(line, products[line.product_id]) for line in lines)
        return Order(new_id(), user_id, Status.PENDING, items, utc_now())


def _item(line: Line, product: Product) -> Item:
    return Item(product.id, product.name, line.quantity, product.price_cents)


def _facts_of(order: Order) -> dict[str, object]:
    return {"order.id": order.id, "order.status": order.status, "user.id": order.user_id}
