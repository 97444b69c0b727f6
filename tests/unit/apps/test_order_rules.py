"""The rules of orders on their own: what happens when two people decide at the same moment."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from apps.orders.order import (
    InvalidTransition,
    Item,
    Order,
    OrderHasChanged,
    OrderRequest,
    Reason,
    Search,
    Status,
)
from apps.orders.orders import Orders
from apps.orders.saga import Saga
from chassis.paging import Page, PageRequest
from glasshouse_telemetry.testing import capture_metrics
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers


@dataclass
class FakeRepository:
    """Holds one order; `meanwhile` is what others do to it between our reading and our writing."""

    order: Order
    meanwhile: list[Callable[[Order], Order]] = field(default_factory=list)

    def add(self, order: Order, order_request: OrderRequest) -> Order:
        self.order = order
        return order

    def get(self, order_id: str) -> Order | None:
        return self.order

    def change(self, changed: Order) -> bool:
        if self.meanwhile:
            self.order = self.meanwhile.pop()(self.order)
        if changed.version != self.order.version + 1:
            return False
        self.order = changed
        return True

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        return Page([self.order], 1, 1, 1)

    def when_committed(self, report: Callable[[], None]) -> None:
        report()


@pytest.fixture
def repository() -> FakeRepository:
    items = (Item("a", "A", 2, 100), Item("b", "B", 1, 50))
    placed = datetime(2026, 11, 21, tzinfo=UTC)
    return FakeRepository(Order("1", "ada", Status.PENDING, items, created_at=placed, changed_at=placed))


@pytest.fixture
def orders(repository: FakeRepository) -> Orders:
    return Orders(repository, FakeCustomers(), FakeCatalogue())


def becomes(status: Status) -> Callable[[Order], Order]:
    return lambda order: order.become(status, None, order.changed_at)


def test_the_total_is_the_sum_of_quantities_times_prices(repository: FakeRepository) -> None:
    assert repository.order.total_cents == 250


def test_a_transition_that_another_has_made_impossible_is_refused(
    orders: Orders, repository: FakeRepository
) -> None:
    repository.meanwhile = [becomes(Status.CANCELLED)]
    with pytest.raises(InvalidTransition, match="CANCELLED cannot become CONFIRMED"):
        orders.change_status("1", Status.CONFIRMED)
    assert repository.order.status == Status.CANCELLED


def test_a_transition_that_is_still_possible_is_made(orders: Orders, repository: FakeRepository) -> None:
    repository.meanwhile = [becomes(Status.CONFIRMED)]
    assert orders.change_status("1", Status.CANCELLED).status == Status.CANCELLED
    assert (repository.order.status, repository.order.version) == (Status.CANCELLED, 3)


def test_who_expects_a_version_that_another_has_changed_meanwhile_is_told(
    orders: Orders, repository: FakeRepository
) -> None:
    repository.meanwhile = [becomes(Status.CONFIRMED)]
    with pytest.raises(OrderHasChanged):
        orders.change_status("1", Status.CANCELLED, lambda order: order.version == 1)
    assert repository.order.status == Status.CONFIRMED


def test_a_cancellation_says_why(orders: Orders) -> None:
    assert orders.change_status("1", Status.CANCELLED).reason == Reason.ON_REQUEST


@pytest.mark.parametrize(
    ("decide", "status", "reason"),
    [
        (Saga.stock_reserved, Status.CONFIRMED, None),
        (Saga.payment_declined, Status.CANCELLED, Reason.PAYMENT_DECLINED),
        (Saga.stock_rejected, Status.CANCELLED, Reason.OUT_OF_STOCK),
        (Saga.timed_out, Status.CANCELLED, Reason.TIMED_OUT),
    ],
)
def test_the_saga_decides_an_order_and_is_timed(
    repository: FakeRepository, decide: Callable[[Saga, str], None], status: Status, reason: Reason | None
) -> None:
    with capture_metrics() as metrics:
        decide(Saga(repository), "1")
    assert (repository.order.status, repository.order.reason) == (status, reason)
    outcome = reason or "confirmed"
    assert metrics.increase("shop_saga_duration_seconds_count", outcome=outcome) == 1
    assert metrics.increase("shop_orders_total", status=status) == 1


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
@pytest.mark.parametrize("late", [Saga.stock_reserved, Saga.payment_declined, Saga.timed_out])
def test_whoever_decides_first_has_the_last_word(
    repository: FakeRepository, status: Status, late: Callable[[Saga, str], None]
) -> None:
    repository.order = replace(repository.order, status=status)
    late(Saga(repository), "1")
    assert (repository.order.status, repository.order.version) == (status, 1)


def test_a_saga_that_another_overtakes_changes_nothing(repository: FakeRepository) -> None:
    repository.meanwhile = [becomes(Status.CANCELLED)]
    Saga(repository).stock_reserved("1")
    assert repository.order.status == Status.CANCELLED


def test_only_what_was_really_given_back_is_counted(repository: FakeRepository) -> None:
    with capture_metrics() as metrics:
        for cents in (0, 250):
            Saga(repository).payment_given_back(cents)
        for units in (0, 3):
            Saga(repository).stock_released(units)
    counts = [metrics.increase("shop_saga_compensations_total", step=step) for step in ("payment", "stock")]
    assert counts == [1, 1]
