"""What can go wrong with PostgreSQL and not with SQLite: what a service answers, and that it recovers."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update

from apps import products
from apps.products.repository import ProductRow
from apps.products.settings import Settings
from chassis.database import Database
from chassis.migrations import Revisions, upgrade
from chassis.service import resolve
from glasshouse_telemetry.testing import capture_metrics
from stackctl.system.polling import NotYet, poll_until
from tests.postgres import PostgresServer

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
BODY = {"name": "Compass", "category": "outdoor", "price_cents": 2650}


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    url = postgres_server.new_database()
    upgrade(url, Revisions.of("apps.products"))
    return url


@pytest.fixture
def app(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(tmp_path / "log.jsonl"))
    app = products.create_app(Settings(url, seed=False))
    yield app
    resolve(Database, app).close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def operator(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else who is connected to the same database."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def add(client: FlaskClient) -> str:
    return str(client.post("/products", json=BODY).get_json()["id"])


def test_an_instant_is_the_same_whatever_the_time_zone_of_the_server(
    client: FlaskClient, operator: psycopg.Connection[Any]
) -> None:
    shown = operator.execute("SHOW timezone").fetchone()
    created_at = datetime.fromisoformat(client.post("/products", json=BODY).get_json()["created_at"])
    [(kept,)] = operator.execute("SELECT created_at AT TIME ZONE 'UTC' FROM products").fetchall()
    assert shown != ("UTC",)
    assert kept.replace(tzinfo=UTC) == created_at


def test_connections_that_are_ended_are_replaced_before_anybody_notices(
    client: FlaskClient, operator: psycopg.Connection[Any]
) -> None:
    product_id = add(client)
    ended = operator.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}").fetchall()
    assert ended != []
    assert client.get(f"/products/{product_id}").status_code == 200


def test_after_a_server_process_is_killed_the_service_recovers_by_itself(
    client: FlaskClient, operator: psycopg.Connection[Any]
) -> None:
    """The server then ends all others and goes through its recovery."""
    product_id = add(client)
    [(pid,)] = operator.execute(f"SELECT pid {OTHERS}").fetchall()
    os.kill(pid, signal.SIGKILL)

    def status() -> int:
        return client.get(f"/products/{product_id}").status_code

    def is_back() -> bool | NotYet:
        return (answered := status()) == 200 or NotYet(answered)

    assert status() in (200, 503)
    poll_until(is_back, "products after the kill", timeout=20)


def test_whoever_waits_too_long_for_a_lock_gets_503(
    app: Flask, url: str, operator: psycopg.Connection[Any]
) -> None:
    hasty = products.create_app(Settings(f"{url}?options=-clock_timeout%3D100ms", seed=False))
    product_id = add(hasty.test_client())
    with operator.transaction():
        operator.execute("LOCK TABLE products")
        answer = hasty.test_client().get(f"/products/{product_id}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "database_unavailable")
    resolve(Database, hasty).close()


def test_of_two_requests_that_block_each_other_both_are_carried_out(app: Flask) -> None:
    """The server ends one of them after a second; it is begun again."""
    both_have_one = Barrier(2, timeout=10)
    tries: list[str] = []

    @app.post("/discounts/<one>/<other>")
    def discount(one: str, other: str) -> str:
        tries.append(one)
        with resolve(Database).writing() as session:
            for product_id in (one, other):
                cheaper = update(ProductRow).values(price_cents=ProductRow.price_cents - 1)
                session.execute(cheaper.where(ProductRow.id == product_id))
                if product_id == one and len(tries) <= 2:
                    both_have_one.wait()
        return "done"

    client = app.test_client()
    first, second = add(client), add(client)
    ways = ((first, second), (second, first))
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(app.test_client().post, f"/discounts/{one}/{other}") for one, other in ways]
    assert [answer.result().status_code for answer in asked] == [200, 200]
    assert len(tries) == 3
    prices = [client.get(f"/products/{product_id}").get_json()["price_cents"] for product_id in ways[0]]
    assert prices == [2648, 2648]


def test_the_state_of_the_pool_is_a_metric(app: Flask, url: str) -> None:
    place = url.partition("@")[2]

    def connections(state: str) -> float | None:
        with capture_metrics() as metrics:
            return metrics.value(
                "db_client_connection_count",
                db_client_connection_pool_name=place,
                db_client_connection_state=state,
            )

    with resolve(Database, app).reading() as session:
        session.execute(text("SELECT 1"))
        assert (connections("used"), connections("idle")) == (1, 0)
    assert (connections("used"), connections("idle")) == (0, 1)
