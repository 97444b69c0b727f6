"""Inventory on both kinds of database; a new one for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.inventory.inventory import Inventory
from apps.inventory.repository import InventoryRepository
from chassis.database import Database
from chassis.unit_of_work import UnitOfWork
from tests.databases import KINDS, SQLITE, PostgresqlDatabases, SqliteDatabases


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == SQLITE:
        return SqliteDatabases(tmp_path).new("inventory", tmp_path)
    return PostgresqlDatabases(request.getfixturevalue("postgres_server")).new("inventory", tmp_path)


@pytest.fixture
def inventory(database_url: str) -> Iterator[Inventory]:
    database = Database(database_url)
    yield Inventory(InventoryRepository(UnitOfWork(database)))
    database.close()
