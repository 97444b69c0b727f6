"""A service's database in a file, and metrics of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from chassis.database import Database
from chassis.events import metadata
from glasshouse_telemetry.testing import CapturedMetrics
from tests.databases import create_tables


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    create_tables(url, metadata)
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def values(registry: CollectorRegistry) -> CapturedMetrics:
    return CapturedMetrics(registry)
