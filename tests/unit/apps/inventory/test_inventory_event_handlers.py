"""What inventory does about events beyond what the saga's tests show."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from apps.inventory.events import EventHandlers
from apps.inventory.inventory import Inventory
from apps.inventory.repository import InventoryRepository
from chassis.database import Database
from chassis.events import Message, Outbox, PermanentError, new_message
from chassis.events._tables import outbox
from chassis.service import resolve
from chassis.unit_of_work import UnitOfWork

React = Callable[[Message], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def react(inventory_app: Flask, rules: Inventory) -> React:
    """Hands over a message as a consumer does; what was told about it. There are 5 compasses."""
    rules.set_available("compass", 5)
    database = resolve(Database, inventory_app)
    handlers = EventHandlers(InventoryRepository(UnitOfWork(database)), Outbox()).handlers()

    def react(message: Message) -> list[tuple[str, dict[str, Any]]]:
        with database.writing() as session:
            before = len(session.execute(select(outbox)).all())
            handlers[message.type](session, message)
            rows = session.execute(select(outbox).order_by(outbox.c.position)).all()
        return [(row.type, json.loads(row.body)) for row in rows[before:]]

    return react


def paid(quantity: int) -> Message:
    body = {"order_id": "o-1", "items": {"compass": quantity}}
    return new_message("payment_events", "PaymentAuthorized", body, "o-1")


def of_order(type: str) -> Message:
    return new_message("order_events", type, {"order_id": "o-1"}, "o-1")


def test_what_is_asked_for_again_is_told_again_and_done_once(react: React, rules: Inventory) -> None:
    assert [react(paid(2)) for _ in range(2)] == [[("StockReserved", {"order_id": "o-1"})]] * 2
    assert rules.levels(["compass"])[0].available == 3


def test_a_refusal_stands_and_is_told_again(react: React, rules: Inventory) -> None:
    refused = [react(paid(6)) for _ in range(2)]
    assert refused == [[("StockRejected", {"order_id": "o-1", "reason": "out_of_stock"})]] * 2
    assert react(of_order("OrderCancelled")) == [("StockReleased", {"order_id": "o-1", "units": 0})]


def test_who_cancels_first_gets_nothing_later(react: React, rules: Inventory) -> None:
    react(of_order("OrderCancelled"))
    assert react(paid(2)) == [("StockRejected", {"order_id": "o-1", "reason": "reservation_ended"})]
    assert rules.levels(["compass"])[0].available == 5


def test_what_was_sold_is_released_in_full(react: React, rules: Inventory) -> None:
    react(paid(2))
    assert react(of_order("OrderConfirmed")) == [("StockSold", {"order_id": "o-1", "units": 2})]
    assert react(of_order("OrderCancelled")) == [("StockReleased", {"order_id": "o-1", "units": 2})]
    assert react(of_order("OrderConfirmed")) == []


def test_other_items_for_the_same_order_are_given_up_at_once(react: React) -> None:
    react(paid(2))
    with pytest.raises(PermanentError, match="other items"):
        react(paid(3))
