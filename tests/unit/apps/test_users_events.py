"""What users tells the other services, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from apps import users
from apps.users.settings import Settings
from chassis.background import Background
from chassis.database import Database
from chassis.events import Broker, Message, broker_from_url, decode
from chassis.service import resolve
from glasshouse_telemetry.testing import capture_spans
from tests.databases import NewDatabase

# Nobody listens on it, and nobody may.
BROKER_THAT_IS_AWAY = "amqp://127.0.0.1:1/"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = broker_from_url(broker_url(tmp_path))
    broker.declare("listener", ["user_events"])
    yield broker
    broker.close()


def broker_url(folder: Path) -> str:
    return f"sqlite:///{folder}/broker/broker.db"


@contextmanager
def started(database_url: str, broker_url: str) -> Iterator[Flask]:
    app = users.create_app(Settings(database_url, broker_url, seed=False))
    yield app
    resolve(Background, app).stop()
    resolve(Database, app).close()


def register(app: Flask, email: str = "ada@example.com") -> str:
    answer = app.test_client().post("/users", json={"email": email, "name": "Ada Lovelace"})
    assert answer.status_code == 201
    return str(answer.get_json()["id"])


def next_message(broker: Broker) -> Message:
    delivery = broker.receive("listener", 10.0)
    assert delivery is not None
    broker.ack(delivery)
    return decode(delivery.raw)


def test_a_registration_is_told_once_and_without_personal_data(
    new_database: NewDatabase, tmp_path: Path, broker: Broker
) -> None:
    with started(new_database("users"), broker_url(tmp_path)) as app:
        user_id = register(app)
        again = app.test_client().post("/users", json={"email": "ada@example.com", "name": "A"})
        assert again.status_code == 409
        message = next_message(broker)
    assert (message.exchange, message.type, message.key) == ("user_events", "UserRegistered", user_id)
    assert message.body == {"user_id": user_id}
    assert broker.receive("listener", 0.2) is None


def test_the_event_belongs_to_the_trace_and_the_request_of_the_registration(
    new_database: NewDatabase, tmp_path: Path, broker: Broker
) -> None:
    with started(new_database("users"), broker_url(tmp_path)) as app, capture_spans() as spans:
        body = {"email": "ada@example.com", "name": "Ada"}
        app.test_client().post("/users", json=body, headers={"X-Request-ID": "request-1"})
        message = next_message(broker)
    served = next(span.context for span in spans if span.name == "POST /users")
    assert served is not None
    assert f"{served.trace_id:032x}" in message.headers["traceparent"]
    assert message.headers["x-request-id"] == "request-1"


def test_while_the_broker_is_away_people_register_and_their_events_come_later(
    new_database: NewDatabase, tmp_path: Path, broker: Broker
) -> None:
    url = new_database("users")
    with started(url, BROKER_THAT_IS_AWAY) as app:
        user_ids = [register(app, f"{name}@example.com") for name in ("ada", "alan", "grace")]
    with started(url, broker_url(tmp_path)):
        assert [next_message(broker).key for _ in user_ids] == user_ids


def test_seed_and_admin_are_no_registrations(
    new_database: NewDatabase, tmp_path: Path, broker: Broker
) -> None:
    settings = Settings(new_database("users"), broker_url(tmp_path), admin_password="a password")
    app = users.create_app(settings)
    resolve(Background, app).stop()
    assert broker.receive("listener") is None
    resolve(Database, app).close()
