"""A service as `up` and the containers start it: its database is brought up to date before it listens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from apps.products.seed import CATALOGUE
from tests.integration.gateway.processes import ServiceProcess
from tests.revisions import differences

Start = Callable[..., ServiceProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[ServiceProcess] = []

    def start(database_url: str) -> ServiceProcess:
        started.append(ServiceProcess("products", tmp_path, DATABASE_URL=database_url))
        started[-1].start()
        return started[-1]

    yield start
    for service in started:
        service.kill()
        service.wait()


def test_instances_that_start_at_once_on_an_empty_database_make_its_tables_and_seed_once(
    start: Start, empty_database: str
) -> None:
    services = [start(empty_database) for _ in range(3)]
    for service in services:
        service.wait_until_ready()
        found = requests.get(f"{service.url}/products", timeout=5).json()
        assert found["total"] == len(CATALOGUE)
    assert differences(empty_database, "products") == []
    assert sum(service.words().count("revision 0001") for service in services) == 1


def test_a_service_whose_database_cannot_be_brought_up_to_date_does_not_start(start: Start) -> None:
    service = start("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert service.wait() != 0
    assert "127.0.0.1" in service.words()
