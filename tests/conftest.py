"""On which database the services run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.databases import (
    KINDS,
    POSTGRESQL,
    SQLITE,
    Databases,
    NewDatabase,
    PostgresqlDatabases,
    SqliteDatabases,
)

UNIT = Path(__file__).parent / "unit"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=KINDS,
        default=SQLITE,
        help="on which the services of the tests run",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit tests that have no database need not run again on another."""
    if config.getoption("database") == SQLITE:
        return
    chosen = [item for item in items if UNIT not in item.path.parents or "new_database" in fixtures(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


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


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    if request.config.getoption("database") == POSTGRESQL:
        return PostgresqlDatabases(request.getfixturevalue("postgres_server"))
    return SqliteDatabases(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def new_database(databases: Databases, tmp_path: Path) -> NewDatabase:
    return lambda service: databases.new(service, tmp_path)
