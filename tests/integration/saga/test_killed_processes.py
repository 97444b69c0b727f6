"""kill -9 of each service in the middle of the work, and of all: real processes, threads and connections."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import Event

import pytest
import requests
from sqlalchemy import select

from apps.inventory.repository import StockRow
from apps.orders.tables import OrderRow
from chassis.database import Database
from chassis.saga_mode import Mode
from stackctl.system.polling import NotYet, poll_until
from tests.databases import NewDatabase
from tests.integration.saga import books
from tests.integration.saga.processes import Process, neighbours, processes
from tests.unit.apps.serving import served

IN_STOCK = 50
CUSTOMERS = 3
PAUSE_S = 0.1
CARDS = ("tok_visa", "tok_slow", "tok_visa", "tok_declined")
ORDERS_BETWEEN_KILLS = 10


@pytest.fixture
def running(tmp_path: Path, new_database: NewDatabase, mode: Mode) -> Iterator[list[Process]]:
    with served(neighbours()) as url:
        started = processes(tmp_path, new_database, mode, url)
        try:
            start(started)
            yield started
        finally:
            for process in started:
                process.kill()


@pytest.fixture
def ledgers(running: list[Process]) -> Iterator[list[Database]]:
    opened = [Database(process.environment["DATABASE_URL"]) for process in running]
    yield opened
    for database in opened:
        database.close()


def test_whoever_is_killed_no_order_no_money_and_no_stock_is_lost(
    running: list[Process], ledgers: list[Database]
) -> None:
    orders, _, inventory = ledgers
    with inventory.writing() as session:
        session.add(StockRow(product_id="compass", available=IN_STOCK))
    enough = Event()
    with ThreadPoolExecutor(CUSTOMERS) as customers:
        placing = [customers.submit(place_orders, running[0].url, enough) for _ in range(CUSTOMERS)]
        try:
            for victims in (*([process] for process in running), running):
                await_orders(orders)
                for victim in victims:
                    victim.kill()
                start(victims)
            await_orders(orders)
        finally:
            enough.set()
    # On a busy machine, working off what has piled up takes more than a minute.
    poll_until(lambda: agree(ledgers), "the agreement of orders, money and stock", timeout=150)
    assert set(reasons(orders)) == {None, "payment_declined", "out_of_stock"}
    assert sum(future.result() for future in placing) <= len(reasons(orders))


def start(stopped: Sequence[Process]) -> None:
    for process in stopped:
        process.start()
    for process in stopped:
        poll_until(process.is_ready, f"{process.name} on port {process.port}", interval=0.05)


def place_orders(url: str, enough: Event) -> int:
    """How many were answered for. Whether one whose answer never came was placed, nobody knows."""
    answered = 0
    for card_token in cycle(CARDS):
        if enough.wait(PAUSE_S):
            break
        item = {"product_id": "compass", "quantity": 1}
        body = {"user_id": "ada", "items": [item], "card_token": card_token}
        try:
            answered += requests.post(f"{url}/orders", json=body, timeout=10).status_code == 201
        except requests.RequestException:
            continue
    return answered


def await_orders(orders: Database) -> None:
    wanted = len(reasons(orders)) + ORDERS_BETWEEN_KILLS
    poll_until(lambda: len(reasons(orders)) >= wanted, f"{wanted} orders", interval=0.02)


def reasons(orders: Database) -> Sequence[str | None]:
    with orders.reading() as session:
        return session.scalars(select(OrderRow.reason)).all()


def agree(databases: Sequence[Database]) -> bool | NotYet:
    orders, payments, inventory = databases
    try:
        books.check(orders, payments, inventory, None, IN_STOCK)
    except AssertionError as disagreement:
        return NotYet(disagreement)
    return True
