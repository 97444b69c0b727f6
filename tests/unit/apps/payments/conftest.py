"""The payments service as an app on a database of its own, with a card processor that remembers."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import payments
from apps.payments.payments import Payments
from apps.payments.settings import Settings
from chassis.database import Database
from chassis.service import resolve
from tests.databases import NewDatabase
from tests.unit.apps.payments.ledger import LedgerProcessor


@pytest.fixture
def processor() -> LedgerProcessor:
    return LedgerProcessor()


@pytest.fixture
def payments_app(new_database: NewDatabase, processor: LedgerProcessor) -> Iterator[Flask]:
    app = payments.create_app(Settings(new_database("payments"), seed=False), processor)
    yield app
    resolve(Database, app).close()


@pytest.fixture
def client(payments_app: Flask) -> FlaskClient:
    return payments_app.test_client()


@pytest.fixture
def rules(payments_app: Flask) -> Payments:
    return resolve(Payments, payments_app)
