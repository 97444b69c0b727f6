"""Faults of databases, disks and queues, on real ones: each is what it says, bounded, and gone afterwards."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chassis.events import Broker, broker_from_url, new_message
from stackctl.drills import disk_filler
from stackctl.drills.disk_filler import fill, filler_file
from stackctl.drills.holder_process import hold
from stackctl.drills.holder_spec import HeldLock
from stackctl.drills.indexes import MissingIndex
from stackctl.drills.poison_message import PoisonEvents
from stackctl.errors import StackError
from stackctl.system.polling import poll_until

INDEX = MissingIndex("ix_products_created_at", "created_at", rows=2_000)
NEWEST = "EXPLAIN QUERY PLAN SELECT * FROM products ORDER BY created_at DESC, id LIMIT 20"


def plan(file: Path) -> str:
    """By a connection of its own: one that is open may remember an index that is gone."""
    with closing(sqlite3.connect(file)) as connection:
        return "; ".join(row[3] for row in connection.execute(NEWEST))


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM products").fetchone()[0])


def test_without_its_index_a_grown_table_is_read_as_a_whole_until_both_are_undone(
    products_file: Path,
) -> None:
    assert INDEX.index in plan(products_file)
    INDEX.inject("products-query-slow", owner=None)
    assert (INDEX.index in plan(products_file), rows(products_file)) == (False, 2_000)
    INDEX.undo("products-query-slow")
    INDEX.undo("products-query-slow")
    assert (INDEX.index in plan(products_file), rows(products_file)) == (True, 0)


def test_products_of_others_stay(products_file: Path) -> None:
    with closing(sqlite3.connect(products_file)) as connection:
        values = ("p1", "Compass", "outdoor", 2650, "", "2026-01-01 00:00:00.000000")
        connection.execute("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?)", values)
        connection.commit()
        INDEX.inject("products-query-slow", owner=None)
        INDEX.undo("products-query-slow")
        assert connection.execute("SELECT id FROM products").fetchall() == [("p1",)]


def test_a_held_lock_keeps_writers_out_and_readers_in(orders_file: Path) -> None:
    going = threading.Event()
    going.set()
    lock = HeldLock("orders", "orders", hold_s=0.5, pause_s=0.01)
    holder = threading.Thread(target=hold, args=(lock, going.is_set))
    holder.start()
    try:
        poll_until(lambda: not writable(orders_file), "the lock", timeout=10.0, interval=0.02)
        with closing(sqlite3.connect(orders_file)) as reader:
            assert reader.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    finally:
        going.clear()
        holder.join()
    assert writable(orders_file)


def writable(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
        try:
            writer.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def test_the_disk_is_filled_by_its_plan_and_given_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    filler_file().parent.mkdir(parents=True)
    monkeypatch.setattr(disk_filler, "_EVERY_SECONDS", 0.02)
    seen: list[int] = []

    def should_continue() -> bool:
        seen.append(filler_file().stat().st_size)
        return len(seen) < 30

    # At most a millionth of what is free: the file is small, the plan the same.
    fill(full_in_s=1_000.0, most=1e-6, should_continue=should_continue)
    assert seen == sorted(seen)
    assert 0 < seen[-1] < 1e6
    assert not filler_file().exists()


def test_a_full_disk_is_filled_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_filler, "LEAST_FREE", 1e18)
    with pytest.raises(StackError, match="GB are free"):
        disk_filler.require_space()


@contextmanager
def broker(state: Path) -> Iterator[Broker]:
    folder = state / "data" / "broker"
    folder.mkdir(parents=True)
    broker = broker_from_url(f"sqlite:///{folder / 'broker.db'}")
    yield broker
    broker.close()


def test_of_dead_letters_only_those_of_the_drill_are_forgotten(state: Path) -> None:
    poison = PoisonEvents("payment_requests", "PaymentRequested", "payments", times=2)
    with broker(state) as payments:
        payments.declare("payments", ["payment_requests"])
        payments.publish(new_message("payment_requests", "PaymentRequested", {}, key="somebody's order"))
        poison.inject("poison-message", owner=None)
        for _ in range(3):
            delivery = payments.receive("payments")
            assert delivery is not None
            payments.dead_letter(delivery, "its body is no PaymentRequested")
        poison.undo("poison-message")
        [left] = payments.dead_letters("payments")
        assert b"somebody's order" in left.raw
