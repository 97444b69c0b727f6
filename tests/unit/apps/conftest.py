"""Each service as an app on a database of its own, with its log lines in a file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import orders, products, users
from apps.orders.settings import Settings as OrdersSettings
from apps.products.settings import Settings as ProductsSettings
from apps.users.settings import Settings as UsersSettings
from chassis.database import Database
from chassis.service import resolve
from tests.databases import NewDatabase
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log.jsonl"
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(path))
    return path


@pytest.fixture(autouse=True)
def no_collector(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")


@pytest.fixture
def users_app(new_database: NewDatabase) -> Iterator[Flask]:
    yield from open_until_done(users.create_app(UsersSettings(new_database("users"), seed=False)))


@pytest.fixture
def products_app(new_database: NewDatabase) -> Iterator[Flask]:
    yield from open_until_done(products.create_app(ProductsSettings(new_database("products"), seed=False)))


@pytest.fixture
def customers() -> FakeCustomers:
    return FakeCustomers()


@pytest.fixture
def catalogue() -> FakeCatalogue:
    return FakeCatalogue()


@pytest.fixture
def orders_app(
    new_database: NewDatabase, customers: FakeCustomers, catalogue: FakeCatalogue
) -> Iterator[Flask]:
    settings = OrdersSettings(new_database("orders"), seed=False)
    yield from open_until_done(orders.create_app(settings, customers, catalogue))


@pytest.fixture
def users_client(users_app: Flask) -> FlaskClient:
    return users_app.test_client()


@pytest.fixture
def products_client(products_app: Flask) -> FlaskClient:
    return products_app.test_client()


@pytest.fixture
def orders_client(orders_app: Flask) -> FlaskClient:
    return orders_app.test_client()


def open_until_done(app: Flask) -> Iterator[Flask]:
    yield app
    resolve(Database, app).close()
