"""What holds for the service on SQLite holds on PostgreSQL: the same tests again."""

from collections.abc import Iterator

import pytest
from flask import Flask

from apps import inventory
from apps.inventory import metrics
from apps.inventory.settings import Settings
from chassis.database import Database
from chassis.grpc_server import GrpcServer
from chassis.service import provided
from tests.postgres import PostgresServer
from tests.unit.apps.inventory.conftest import client, peer, rules  # noqa: F401  # fixtures
from tests.unit.apps.inventory.test_inventory import *  # noqa: F403
from tests.unit.apps.inventory.test_inventory_in_events import *  # noqa: F403


@pytest.fixture
def inventory_app(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    app = inventory.create_app(Settings(postgres_server.new_database(), "127.0.0.1:0", seed=False))
    yield app
    metrics.stock.read_from(None)
    provided(GrpcServer, app).stop()
    provided(Database, app).close()
