"""What holds for the service on SQLite holds on PostgreSQL: the same tests again."""

from collections.abc import Iterator

import pytest
from flask import Flask

from apps import payments
from apps.payments.settings import Settings
from chassis.database import Database
from chassis.service import provided
from tests.postgres import PostgresServer, missing
from tests.unit.apps.payments.conftest import client, processor, rules  # noqa: F401  # fixtures
from tests.unit.apps.payments.ledger import LedgerProcessor
from tests.unit.apps.payments.test_payments import *  # noqa: F403
from tests.unit.apps.payments.test_payments_in_events import *  # noqa: F403


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    if reason := missing():
        pytest.skip(reason)
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def payments_app(
    postgres_server: PostgresServer,
    processor: LedgerProcessor,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    app = payments.create_app(Settings(postgres_server.new_database(), seed=False), processor)
    yield app
    provided(Database, app).close()
