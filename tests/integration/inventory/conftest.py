"""Inventory on both kinds of database; a new one for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.inventory import store
from apps.inventory.inventory import Inventory
from chassis.database import Database
from chassis.transactions import Transactions
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/inventory.db"
    server: postgres.PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def inventory(database_url: str) -> Iterator[Inventory]:
    database = Database(database_url)
    store.prepare(database, [], [])
    yield Inventory(store.InventoryStore(Transactions(database)))
    database.close()
