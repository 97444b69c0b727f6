"""The notifications service on a database and a broker of its own, with neighbours that are fakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import notifications
from apps.notifications.settings import Settings
from chassis.background import Background
from chassis.database import Database
from chassis.events import Broker, broker_from_url
from chassis.service import resolve
from tests.databases import NewDatabase
from tests.unit.apps.notifications.fakes import FakeContacts, FakeMailer


@pytest.fixture
def contacts() -> FakeContacts:
    return FakeContacts()


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def broker_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/broker/broker.db"


@pytest.fixture
def broker(broker_url: str) -> Iterator[Broker]:
    broker = broker_from_url(broker_url)
    broker.declare("notifications", ["user_events", "order_events"])
    yield broker
    broker.close()


@pytest.fixture
def app(
    new_database: NewDatabase, broker: Broker, broker_url: str, contacts: FakeContacts, mailer: FakeMailer
) -> Iterator[Flask]:
    settings = Settings(new_database("notifications"), broker_url, mail_tries=3)
    app = notifications.create_app(settings, contacts, mailer)
    yield app
    resolve(Background, app).stop()
    resolve(Database, app).close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
