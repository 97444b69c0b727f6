"""The rules of orders: what an order holds and costs, and how its status changes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from apps.orders import metrics
from apps.orders.order import (
    TRANSITIONS,
    AmountTooLarge,
    CardMissing,
    InvalidTransition,
    Item,
    Line,
    Order,
    OrderHasChanged,
    OrderNotFound,
    OrderRequest,
    Reason,
    Search,
    Status,
    Transitions,
    UnknownProduct,
    UnknownUser,
)
from apps.products.client import Product
from chassis.errors import DomainError
from chassis.identity import new_id, utc_now
from chassis.money import MAX_AMOUNT_CENTS
from chassis.paging import Page, PageRequest

logger = logging.getLogger(__name__)


class Customers(Protocol):
    def exists(self, user_id: str) -> bool: ...


class Catalogue(Protocol):
    def find(self, product_ids: Sequence[str]) -> Mapping[str, Product]: ...


class Repository(Protocol):
    """Where orders are kept.

    `add` answers the order that was kept with the same key before, if there is one. `change` says False and
    does nothing when the order has another version by now than the one before. `when_committed` calls back
    once what was written before is there to stay.
    """

    def add(self, order: Order, order_request: OrderRequest) -> Order: ...
    def get(self, order_id: str) -> Order | None: ...
    def change(self, changed: Order) -> bool: ...
    def search(self, search: Search, request: PageRequest) -> Page[Order]: ...
    def when_committed(self, report: Callable[[], None]) -> None: ...


class Orders:
    """`allowed` are the changes that clients may ask for."""

    def __init__(
        self,
        repository: Repository,
        customers: Customers,
        catalogue: Catalogue,
        allowed: Transitions = TRANSITIONS,
    ) -> None:
        self._repository = repository
        self._customers = customers
        self._catalogue = catalogue
        self._allowed = allowed

    def place(self, order_request: OrderRequest) -> Order:
        try:
            built = self._build(order_request)
            order = self._repository.add(built, order_request)
        except DomainError as error:
            metrics.refused.labels(error.code).inc()
            raise
        if order == built:
            self._repository.when_committed(lambda: _note_placed(order))
        return order

    def get(self, order_id: str) -> Order:
        return existing(self._repository, order_id)

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        return self._repository.search(search, request)

    def change_status(
        self, order_id: str, wanted: Status, is_expected: Callable[[Order], bool] = lambda _: True
    ) -> Order:
        """Raises OrderHasChanged when it is not the version that the client expects."""
        order = self.get(order_id)
        if not is_expected(order):
            raise OrderHasChanged
        if wanted not in self._allowed[order.status]:
            raise InvalidTransition(order.status, wanted)
        reason = Reason.ON_REQUEST if wanted is Status.CANCELLED else None
        changed = change(self._repository, order, wanted, reason)
        # When another was faster, judge again by what is now.
        return changed or self.change_status(order_id, wanted, is_expected)

    def _build(self, order_request: OrderRequest) -> Order:
        if not order_request.card_token:
            raise CardMissing
        if not self._customers.exists(order_request.user_id):
            raise UnknownUser
        products = self._catalogue.find([line.product_id for line in order_request.lines])
        unknown = [place for place, line in enumerate(order_request.lines) if line.product_id not in products]
        if unknown:
            raise UnknownProduct(unknown)
        items = tuple(_item(line, products[line.product_id]) for line in order_request.lines)
        now = utc_now()
        order = Order(new_id(), order_request.user_id, Status.PENDING, items, created_at=now, changed_at=now)
        if order.total_cents > MAX_AMOUNT_CENTS:
            raise AmountTooLarge
        return order


def existing(repository: Repository, order_id: str) -> Order:
    order = repository.get(order_id)
    if order is None:
        raise OrderNotFound
    return order


def change(repository: Repository, order: Order, status: Status, reason: Reason | None) -> Order | None:
    """The order after the change; None when another has changed it first."""
    changed = order.become(status, reason, utc_now())
    if not repository.change(changed):
        return None
    repository.when_committed(lambda: _note_changed(order, changed))
    return changed


def _item(line: Line, product: Product) -> Item:
    return Item(product.id, product.name, line.quantity, product.price_cents)


def _note_placed(order: Order) -> None:
    metrics.reached.labels(order.status).inc()
    metrics.value.observe(order.total_cents)
    logger.info("order placed", extra=_log_fields(order) | {"order.total_cents": order.total_cents})


def _note_changed(order: Order, changed: Order) -> None:
    metrics.reached.labels(changed.status).inc()
    if changed.reason:
        metrics.cancelled.labels(changed.reason).inc()
    if order.status is Status.PENDING:
        outcome = changed.reason or changed.status.lower()
        metrics.decided(outcome, (changed.changed_at - order.created_at).total_seconds())
    logger.info("order status changed", extra=_log_fields(changed) | {"order.previous_status": order.status})


def _log_fields(order: Order) -> dict[str, object]:
    fields: dict[str, object] = {"order.id": order.id, "order.status": order.status, "user.id": order.user_id}
    return fields | ({"order.reason": order.reason} if order.reason else {})
