"""A shop for each mode, that tests share as long as they only add orders to it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from chassis.saga_mode import Mode
from tests.databases import NewDatabase
from tests.integration.saga.crashes import Crashes, crashing
from tests.integration.saga.shop import Shop


@pytest.fixture(autouse=True)
def no_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(tmp_path / "log.jsonl"))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")


@pytest.fixture(params=[Mode.CHOREOGRAPHY, Mode.ORCHESTRATION])
def mode(request: pytest.FixtureRequest) -> Mode:
    mode: Mode = request.param
    return mode


@pytest.fixture
def crashes() -> Iterator[Crashes]:
    with crashing() as crashes:
        yield crashes


@pytest.fixture
def shop(new_database: NewDatabase, mode: Mode, crashes: Crashes) -> Iterator[Shop]:
    """At the end of each test its money, stock and orders agree."""
    shop = Shop(new_database, mode, crashes, Random(4))
    yield shop
    shop.run()
    shop.check()
    shop.close()
