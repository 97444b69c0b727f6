"""The rules of orders on their own: what happens when two people decide at the same moment."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from apps.orders.orders import InvalidTransition, Item, Order, Orders, Search, Status
from chassis.paging import Page, PageRequest
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers


@dataclass
class FakeStore:
    """Holds one order; `meanwhile` is what others do to it between our reading and our writing."""

    order: Order
    meanwhile: list[Callable[[Order], Order]] = field(default_factory=list)

    def add(self, order: Order) -> None:
        self.order = order

    def get(self, order_id: str) -> Order | None:
        return self.order

    def change_status(self, order_id: str, current: Status, wanted: Status) -> bool:
        if self.meanwhile:
            self.order = self.meanwhile.pop()(self.order)
        if self.order.status != current:
            return False
        self.order = replace(self.order, status=wanted)
        return True

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        return Page([self.order], 1, 1, 1)


@pytest.fixture
def store() -> FakeStore:
    items = (Item("a", "A", 2, 100), Item("b", "B", 1, 50))
    return FakeStore(Order("1", "ada", Status.PENDING, items, datetime(2026, 11, 21, tzinfo=UTC)))


@pytest.fixture
def orders(store: FakeStore) -> Orders:
    return Orders(store, FakeCustomers(), FakeCatalogue())


def becomes(status: Status) -> Callable[[Order], Order]:
    return lambda order: replace(order, status=status)


def test_the_total_is_the_sum_of_quantities_times_prices(store: FakeStore) -> None:
    assert store.order.total_cents == 250


def test_a_transition_that_another_has_made_impossible_is_refused(orders: Orders, store: FakeStore) -> None:
    store.meanwhile = [becomes(Status.CANCELLED)]
    with pytest.raises(InvalidTransition, match="CANCELLED cannot become CONFIRMED"):
        orders.change_status("1", Status.CONFIRMED)
    assert store.order.status == Status.CANCELLED


def test_a_transition_that_is_still_possible_is_made(orders: Orders, store: FakeStore) -> None:
    store.meanwhile = [becomes(Status.CONFIRMED)]
    assert orders.change_status("1", Status.CANCELLED).status == Status.CANCELLED
    assert store.order.status == Status.CANCELLED
