"""Orders where a saga confirms them; its threads do not run, so that tests say what happens when."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import orders
from apps.orders.repositories import Repositories, open_repositories
from apps.orders.settings import Settings
from chassis.background import Background
from chassis.database import Database
from chassis.saga_mode import Mode
from chassis.service import resolve
from tests.databases import NewDatabase
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers


@pytest.fixture(params=[Mode.CHOREOGRAPHY, Mode.ORCHESTRATION])
def mode(request: pytest.FixtureRequest) -> Mode:
    mode: Mode = request.param
    return mode


@pytest.fixture
def settings(new_database: NewDatabase, mode: Mode) -> Settings:
    return Settings(new_database("orders"), seed=False, saga_mode=mode, saga_workers=0)


@pytest.fixture
def app(settings: Settings, customers: FakeCustomers, catalogue: FakeCatalogue) -> Iterator[Flask]:
    app = orders.create_app(settings, customers, catalogue)
    resolve(Background, app).stop()
    yield app
    resolve(Database, app).close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def repositories(app: Flask, settings: Settings) -> Iterator[Repositories]:
    repositories = open_repositories(settings)
    yield repositories
    repositories.database.close()


@pytest.fixture
def body(customers: FakeCustomers, catalogue: FakeCatalogue) -> dict[str, Any]:
    """Of a request to place an order."""
    item = {"product_id": catalogue.one(), "quantity": 2}
    return {"user_id": customers.one(), "items": [item], "card_token": "tok_visa"}


@pytest.fixture
def placed(client: FlaskClient, body: dict[str, Any]) -> dict[str, Any]:
    order: dict[str, Any] = client.post("/orders", json=body).get_json()
    return order
