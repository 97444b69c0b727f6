"""Stock as part of what the handler of an event does: all of it in one transaction, or nothing."""

import pytest
from flask import Flask

from apps.inventory.inventory import Inventory
from apps.inventory.repository import InventoryRepository
from apps.inventory.stock import OutOfStock, Status
from chassis.database import Database
from chassis.service import resolve
from chassis.unit_of_work import UnitOfWork
from glasshouse_telemetry.testing import capture_metrics


class Crash(Exception):
    pass


@pytest.fixture
def database(inventory_app: Flask) -> Database:
    return resolve(Database, inventory_app)


@pytest.fixture
def repository(database: Database) -> InventoryRepository:
    return InventoryRepository(UnitOfWork(database))


def test_what_a_handler_does_is_there_once_it_commits(
    rules: Inventory, database: Database, repository: InventoryRepository
) -> None:
    rules.set_available("compass", 10)
    with capture_metrics() as metrics:
        with database.writing() as session:
            stock = Inventory(repository.within(session))
            stock.reserve("order-1", {"compass": 3})
            stock.confirm("order-1")
            stock.release("order-2")
            assert stock.get("order-1").status is Status.CONFIRMED
            assert rules.levels(["compass"])[0].available == 10
            assert metrics.increase("shop_reservations_total") == 0
        assert metrics.increase("shop_reservations_total") == 3
    assert rules.levels(["compass"])[0].sold == 3


def test_a_handler_that_fails_has_done_and_counted_nothing(
    rules: Inventory, database: Database, repository: InventoryRepository
) -> None:
    rules.set_available("compass", 10)
    with capture_metrics() as metrics, pytest.raises(Crash), database.writing() as session:
        Inventory(repository.within(session)).reserve("order-1", {"compass": 3})
        raise Crash
    assert rules.levels(["compass"])[0].available == 10
    assert metrics.increase("shop_reservations_total") == 0
    rules.reserve("order-1", {"compass": 3})


def test_a_refusal_is_kept_by_the_handler_that_goes_on_with_it(
    rules: Inventory, database: Database, repository: InventoryRepository
) -> None:
    with database.writing() as session, pytest.raises(OutOfStock):
        Inventory(repository.within(session)).reserve("order-1", {"compass": 3})
    assert rules.get("order-1").status is Status.REJECTED
