"""Stock as part of what the handler of an event does: all of it in one transaction, or nothing."""

import pytest
from flask import Flask

from apps.inventory.inventory import Inventory
from apps.inventory.stock import OutOfStock, Status
from apps.inventory.store import InventoryStore
from chassis.database import Database
from chassis.service import provided
from chassis.transactions import Transactions
from glasshouse_telemetry.testing import capture_metrics


class Crash(Exception):
    pass


@pytest.fixture
def database(inventory_app: Flask) -> Database:
    return provided(Database, inventory_app)


@pytest.fixture
def store(database: Database) -> InventoryStore:
    return InventoryStore(Transactions(database))


def test_what_a_handler_does_is_there_once_it_commits(
    rules: Inventory, database: Database, store: InventoryStore
) -> None:
    rules.set_available("compass", 10)
    with capture_metrics() as metrics:
        with database.writing() as session:
            stock = Inventory(store.within(session))
            stock.reserve("order-1", {"compass": 3})
            stock.confirm("order-1")
            stock.release("order-2")
            assert stock.get("order-1").status is Status.CONFIRMED
            assert rules.levels(["compass"])[0].available == 10
            assert metrics.increase("shop_reservations_total") == 0
        assert metrics.increase("shop_reservations_total") == 3
    assert rules.levels(["compass"])[0].sold == 3


def test_a_handler_that_fails_has_done_and_counted_nothing(
    rules: Inventory, database: Database, store: InventoryStore
) -> None:
    rules.set_available("compass", 10)
    with capture_metrics() as metrics, pytest.raises(Crash), database.writing() as session:
        Inventory(store.within(session)).reserve("order-1", {"compass": 3})
        raise Crash
    assert rules.levels(["compass"])[0].available == 10
    assert metrics.increase("shop_reservations_total") == 0
    rules.reserve("order-1", {"compass": 3})


def test_a_refusal_is_kept_by_the_handler_that_goes_on_with_it(
    rules: Inventory, database: Database, store: InventoryStore
) -> None:
    with database.writing() as session, pytest.raises(OutOfStock):
        Inventory(store.within(session)).reserve("order-1", {"compass": 3})
    assert rules.get("order-1").status is Status.REJECTED
