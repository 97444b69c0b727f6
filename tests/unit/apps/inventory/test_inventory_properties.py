"""Whatever comes twice or in disorder: no unit appears, disappears or is promised to two."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.inventory import repository
from apps.inventory.inventory import Inventory
from apps.inventory.stock import Status, StockLevel
from chassis.database import Database
from chassis.errors import DomainError
from chassis.identity import new_id
from chassis.unit_of_work import UnitOfWork
from tests.databases import Databases

INITIAL = 5
PRODUCTS = ("compass", "hammock", "unknown")


@dataclass(frozen=True)
class Step:
    asked: str
    order: int
    items: dict[str, int]


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["reserve", "confirm", "release"]),
        st.integers(0, 3),
        st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, INITIAL + 1), min_size=1),
    ),
    max_size=12,
)


@dataclass
class Shop:
    """Two products with stock, and four orders that want some of it; names of its own for each run."""

    inventory: Inventory
    prefix: str

    def take(self, step: Step) -> None:
        order_id = f"{self.prefix}-{step.order}"
        with suppress(DomainError):
            if step.asked == "reserve":
                self.inventory.reserve(order_id, {self.product(name): n for name, n in step.items.items()})
            elif step.asked == "confirm":
                self.inventory.confirm(order_id)
            else:
                self.inventory.release(order_id)

    def product(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def held(self, status: Status, product_id: str) -> int:
        """What the orders with this status hold of the product."""
        units = 0
        for order in range(4):
            with suppress(DomainError):
                reservation = self.inventory.get(f"{self.prefix}-{order}")
                units += reservation.items.get(product_id, 0) if reservation.status is status else 0
        return units


@pytest.fixture(scope="module")
def inventory(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inventory]:
    database = Database(databases.new("inventory", tmp_path_factory.mktemp("stock")))
    yield Inventory(repository.InventoryRepository(UnitOfWork(database)))
    database.close()


def a_shop(inventory: Inventory) -> Shop:
    shop = Shop(inventory, new_id()[:8])
    for name in PRODUCTS[:2]:
        inventory.set_available(shop.product(name), INITIAL)
    return shop


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_stock_is_conserved_and_is_what_the_reservations_say(inventory: Inventory, steps: list[Step]) -> None:
    shop = a_shop(inventory)
    for step in steps:
        shop.take(step)
    compass, hammock, unknown = inventory.levels([shop.product(name) for name in PRODUCTS])
    assert unknown == StockLevel(unknown.product_id)
    for level in (compass, hammock):
        assert level.available + level.reserved + level.sold == INITIAL
        assert min(level.available, level.reserved, level.sold) >= 0
        assert level.reserved == shop.held(Status.RESERVED, level.product_id)
        assert level.sold == shop.held(Status.CONFIRMED, level.product_id)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_orders_that_are_all_released_leave_the_stock_as_it_was(
    inventory: Inventory, steps: list[Step]
) -> None:
    shop = a_shop(inventory)
    for step in steps:
        shop.take(step)
    for order in range(4):
        shop.take(Step("release", order, {}))
    levels = inventory.levels([shop.product(name) for name in PRODUCTS])
    assert [(level.available, level.reserved, level.sold) for level in levels] == [
        (INITIAL, 0, 0),
        (INITIAL, 0, 0),
        (0, 0, 0),
    ]
