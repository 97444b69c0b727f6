"""On which database the services run."""

import os
import signal
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
from tests.installed import require

UNIT = Path(__file__).parent / "unit"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=KINDS,
        default=SQLITE,
        help="on which the services of the tests run",
    )


def pytest_configure(config: pytest.Config) -> None:
    # In the background Ctrl-C is ignored, and all that the tests start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "only_on_sqlite: the test reads the files of SQLite")
    config.addinivalue_line(
        "markers", "needs_root: deselected for anybody else, who cannot do what is tested"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit tests run again on another database when they have one."""
    if os.geteuid() != 0:
        _deselect(config, items, [item for item in items if item.get_closest_marker("needs_root")])
    if config.getoption("database") == SQLITE:
        return
    left_out = [item for item in items if UNIT in item.path.parents and not runs_again(item)]
    _deselect(config, items, left_out)


def _deselect(config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def runs_again(item: pytest.Item) -> bool:
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
    return "new_database" in fixtures and item.get_closest_marker("only_on_sqlite") is None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    require(postgres.missing())
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
def new_database(databases: Databases, tmp_path: Path) -> Iterator[NewDatabase]:
    made: list[str] = []

    def make(service: str) -> str:
        made.append(databases.new(service, tmp_path))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)
