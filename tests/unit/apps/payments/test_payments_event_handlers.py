"""What payments does about events, beyond the saga: reminders, and what can never be done."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from apps.payments.events import EventHandlers
from apps.payments.lifecycle import Status
from apps.payments.payments import PaymentNotFound, Payments
from apps.payments.repository import PaymentRepository
from chassis.database import Database
from chassis.events import Message, Outbox, PermanentError, new_message
from chassis.events._tables import outbox
from chassis.service import resolve
from chassis.unit_of_work import UnitOfWork
from tests.unit.apps.payments.ledger import LedgerProcessor

React = Callable[[Message], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def react(payments_app: Flask, processor: LedgerProcessor) -> React:
    """Hands over a message as a consumer does; what was told about it."""
    database = resolve(Database, payments_app)
    handlers = EventHandlers(PaymentRepository(UnitOfWork(database)), processor, Outbox()).handlers()

    def react(message: Message) -> list[tuple[str, dict[str, Any]]]:
        with database.writing() as session:
            before = len(session.execute(select(outbox)).all())
            handlers[message.type](session, message)
            rows = session.execute(select(outbox).order_by(outbox.c.position)).all()
        return [(row.type, json.loads(row.body)) for row in rows[before:]]

    return react


def requested(card_token: str | None = "tok_visa", total_cents: int = 4_200) -> Message:
    body = {"order_id": "o-1", "total_cents": total_cents, "items": {"compass": 2}, "card_token": card_token}
    return new_message("payment_requests", "PaymentRequested", body, "o-1")


AUTHORIZED = ("PaymentAuthorized", {"order_id": "o-1", "items": {"compass": 2}})


def test_what_is_asked_for_again_is_told_again_and_done_once(
    react: React, processor: LedgerProcessor
) -> None:
    assert [react(requested()) for _ in range(2)] == [[AUTHORIZED]] * 2
    assert processor.calls["authorize"] == 1


def test_a_reminder_needs_no_card(react: React) -> None:
    react(requested())
    assert react(requested(card_token=None)) == [AUTHORIZED]


def test_a_reminder_of_what_was_declined_says_so(react: React) -> None:
    declined = ("PaymentDeclined", {"order_id": "o-1", "reason": "card_declined"})
    assert react(requested("tok_declined")) == react(requested(card_token=None)) == [declined]


@pytest.mark.parametrize("card_token", [None, "tok_visa"])
def test_a_reminder_of_what_was_given_back_does_not_take_it_again(
    react: React, rules: Payments, card_token: str | None
) -> None:
    react(requested())
    react(new_message("order_events", "OrderCancelled", {"order_id": "o-1"}))
    assert react(requested(card_token)) == [
        ("PaymentDeclined", {"order_id": "o-1", "reason": "order_cancelled"})
    ]
    assert rules.of_order("o-1").status is Status.VOIDED


def test_what_can_never_be_done_is_given_up_at_once(react: React, rules: Payments) -> None:
    with pytest.raises(PermanentError, match="no card is given"):
        react(requested(card_token=None))
    with pytest.raises(PaymentNotFound):
        rules.of_order("o-1")
    react(requested())
    with pytest.raises(PermanentError, match="has another amount"):
        react(requested(total_cents=1))


@pytest.mark.parametrize(("card_token", "cents"), [("tok_visa", 4_200), ("tok_declined", 0)])
def test_what_is_told_to_be_given_back_was_held(react: React, card_token: str, cents: int) -> None:
    react(requested(card_token))
    cancelled = new_message("order_events", "OrderCancelled", {"order_id": "o-1"})
    assert react(cancelled) == [("PaymentReturned", {"order_id": "o-1", "amount_cents": cents})]


@pytest.mark.parametrize("card_token", ["tok_visa", "tok_declined", None])
def test_a_free_order_needs_no_card(react: React, processor: LedgerProcessor, card_token: str | None) -> None:
    assert react(requested(card_token, total_cents=0)) == [AUTHORIZED]
    confirmed = new_message("order_events", "OrderConfirmed", {"order_id": "o-1", "total_cents": 0}, "o-1")
    assert react(confirmed) == []
    assert processor.calls["authorize"] == processor.calls["capture"] == 0
