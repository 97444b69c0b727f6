"""From an event to a mail, a record, or a dead letter."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.notifications.notification import MailFailed, MailRefused
from chassis.background import Background
from chassis.events import Broker, Message, new_message
from chassis.service import resolve
from stackctl.system.polling import NotYet, poll_until
from tests.unit.apps.notifications.fakes import ADA, FakeContacts, FakeMailer


@pytest.fixture(autouse=True)
def running(app: Flask) -> Iterator[None]:
    """The service is there before the events are."""
    yield


def registered(user_id: str = "user-1") -> Message:
    return new_message("user_events", "UserRegistered", {"user_id": user_id}, key=user_id)


def order_event(type: str, **changes: Any) -> Message:
    """As orders tells it, with more than notifications needs."""
    order_id = str(uuid4())
    item = {"product_id": "product-1", "name": "Compass", "quantity": 2, "unit_price_cents": 2_650}
    body = {"order_id": order_id, "user_id": "user-1", "items": [item], "total_cents": 5_300, "reason": None}
    return new_message("order_events", type, {**body, "version": 2, "units": 2, **changes}, key=order_id)


def until_settled(broker: Broker) -> None:
    def is_settled() -> bool | NotYet:
        depth = broker.stats("notifications").depth
        return NotYet(f"{depth} messages left") if depth else True

    poll_until(is_settled, "an empty queue", timeout=10, interval=0.01)


def publish(broker: Broker, *messages: Message) -> None:
    for message in messages:
        broker.publish(message)
    until_settled(broker)


def records(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/notifications{query}").get_json()["items"]
    return found


def test_registrations_and_decided_orders_are_mailed_about_and_nothing_else(
    broker: Broker, mailer: FakeMailer
) -> None:
    types = ("OrderPlaced", "OrderConfirmed", "OrderShipped", "OrderCancelled")
    publish(broker, registered(), *map(order_event, types))
    assert [subject.rpartition(" ")[2] for subject in mailer.subjects] == [
        "Glasshouse",
        "confirmed",
        "cancelled",
    ]
    assert broker.dead_letters("notifications") == []


def test_an_event_that_comes_twice_is_one_mail(broker: Broker, mailer: FakeMailer) -> None:
    event = registered()
    publish(broker, event, event, event)
    assert [mail["Message-ID"] for mail in mailer.sent] == [f"<{event.id}@example.com>"]


def test_a_mail_that_fails_is_tried_again_and_sent_once(broker: Broker, mailer: FakeMailer) -> None:
    mailer.failures = [MailFailed("mail", "TimeoutError"), MailFailed("mail", "SMTPDataError 451")]
    publish(broker, registered())
    assert len(mailer.sent) == 1


def test_a_mail_that_fails_too_often_is_a_dead_letter_that_can_be_replayed(
    broker: Broker, mailer: FakeMailer, client: FlaskClient
) -> None:
    mailer.failures = [MailFailed("mail", "TimeoutError")] * 3
    event = registered()
    publish(broker, event)
    [letter] = broker.dead_letters("notifications")
    assert (letter.message_id, letter.reason) == (event.id, "MailFailed: mail: TimeoutError")
    assert (mailer.sent, records(client)) == ([], [])
    broker.replay("notifications")
    until_settled(broker)
    assert len(mailer.sent) == 1
    assert [record["id"] for record in records(client)] == [event.id]


def test_a_mail_that_is_refused_is_a_dead_letter_at_once(broker: Broker, mailer: FakeMailer) -> None:
    mailer.failures = [MailRefused("mail", "SMTPRecipientsRefused 550")]
    publish(broker, registered())
    [letter] = broker.dead_letters("notifications")
    assert (letter.tries, letter.reason) == (1, "PermanentError: mail: SMTPRecipientsRefused 550")


@pytest.mark.parametrize(
    "event",
    [
        new_message("user_events", "UserRegistered", {}),
        registered("../users"),
        order_event("OrderConfirmed", user_id=None),
        order_event("OrderConfirmed", items="Compass"),
        order_event("OrderCancelled", total_cents="much"),
    ],
)
def test_an_event_that_makes_no_mail_is_a_dead_letter_that_quotes_nothing(
    broker: Broker, mailer: FakeMailer, event: Message
) -> None:
    publish(broker, event)
    [letter] = broker.dead_letters("notifications")
    assert letter.reason.startswith("PermanentError: its body is no O")
    assert not {"../users", "Compass", "much"} & set(letter.reason.split())
    assert mailer.sent == []


def test_records_say_what_became_of_notifications_newest_first(
    broker: Broker, client: FlaskClient, contacts: FakeContacts
) -> None:
    contacts.gone = {"user-2"}
    welcome, nobody = registered(), registered("user-2")
    order = order_event("OrderConfirmed")
    publish(broker, welcome, nobody, order)
    assert [(each["id"], each["template"], each["outcome"]) for each in records(client)] == [
        (order.id, "order_confirmed", "sent"),
        (nobody.id, "welcome", "no_recipient"),
        (welcome.id, "welcome", "sent"),
    ]
    assert [each["id"] for each in records(client, "?user_id=user-2")] == [nobody.id]
    assert [each["id"] for each in records(client, f"?order_id={order.key}")] == [order.id]
    assert records(client, "?order_id=unknown") == []


def test_no_record_knows_an_address_or_a_name(broker: Broker, client: FlaskClient) -> None:
    publish(broker, registered())
    told = client.get("/notifications").text
    assert [told for secret in (ADA.email, ADA.name) if secret in told] == []


def test_the_service_is_ready_once_it_can_miss_no_event(client: FlaskClient) -> None:
    def is_ready() -> bool:
        return client.get("/readyz").status_code == 200

    assert poll_until(is_ready, "ready", timeout=10, interval=0.01)


def test_what_comes_while_the_service_is_down_is_mailed_when_it_is_back(
    app: Flask, broker: Broker, mailer: FakeMailer
) -> None:
    background = resolve(Background, app)
    background.stop()
    events = [registered(f"user-{number}") for number in range(3)]
    for event in events:
        broker.publish(event)
    assert mailer.sent == []
    background.start()
    until_settled(broker)
    assert [mail["Message-ID"] for mail in mailer.sent] == [f"<{event.id}@example.com>" for event in events]
