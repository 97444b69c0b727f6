"""The history of orders: fed by events that may come twice and in disorder, and honest about its lag."""

import json
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from apps.orders.events import history_handlers
from apps.orders.repositories import Repositories
from apps.orders.tables import HistoryRow
from chassis.events import Message, PermanentError, new_message
from chassis.events._tables import outbox
from tests.unit.apps.fakes import FakeCustomers


def test_an_order_is_shown_as_its_last_event_says_whatever_their_order(
    client: FlaskClient, placed: dict[str, Any], repositories: Repositories
) -> None:
    client.patch(f"/orders/{placed['id']}", json={"status": "CANCELLED"})
    for messages in permutations(2 * events_of(repositories)):
        with repositories.database.writing() as session:
            session.execute(delete(HistoryRow))
        deliver(repositories, *messages)
        [shown] = history(client, placed["user_id"])
        assert shown["status"] == "CANCELLED"
    assert shown == {
        "order_id": placed["id"],
        "status": "CANCELLED",
        "reason": "cancelled_on_request",
        "units": 2,
        "total_cents": placed["total_cents"],
        "placed_at": placed["created_at"],
        "changed_at": shown["changed_at"],
    }


def test_everybody_sees_their_own_orders_newest_first(
    client: FlaskClient, body: dict[str, Any], customers: FakeCustomers, repositories: Repositories
) -> None:
    mine = [client.post("/orders", json=body).get_json()["id"] for _ in range(3)]
    client.post("/orders", json=body | {"user_id": customers.one()})
    deliver(repositories, *events_of(repositories))
    assert [shown["order_id"] for shown in history(client, body["user_id"])] == mine[::-1]
    page = client.get(f"/orders/history?user_id={body['user_id']}&limit=2&page=2").get_json()
    assert ([shown["order_id"] for shown in page["items"]], page["total"]) == ([mine[0]], 3)


def test_whose_history_it_is_must_be_said(client: FlaskClient) -> None:
    answer = client.get("/orders/history")
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, ["user_id"])


def test_the_lag_is_the_age_of_what_is_not_shown_yet(
    client: FlaskClient, body: dict[str, Any], repositories: Repositories
) -> None:
    assert repositories.history.lag_s() == 0.0
    client.post("/orders", json=body)
    assert 0.0 < repositories.history.lag_s() < 60.0
    deliver(repositories, *events_of(repositories))
    assert repositories.history.lag_s() == 0.0


def test_what_was_placed_before_there_were_events_is_filled_in_once(
    client: FlaskClient, placed: dict[str, Any], repositories: Repositories
) -> None:
    assert history(client, placed["user_id"]) == []
    repositories.history.fill()
    before = history(client, placed["user_id"])
    deliver(repositories, *events_of(repositories))
    repositories.history.fill()
    assert [shown["order_id"] for shown in before] == [placed["id"]]
    assert history(client, placed["user_id"]) == before


def test_an_event_that_is_none_is_given_up_without_a_word_of_its_body(repositories: Repositories) -> None:
    with pytest.raises(PermanentError) as poison:
        deliver(repositories, new_message("order_events", "OrderPlaced", {"order_id": "secret"}))
    assert "secret" not in str(poison.value)


def history(client: FlaskClient, user_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/orders/history?user_id={user_id}").get_json()["items"]
    return items


def events_of(repositories: Repositories) -> list[Message]:
    """All events of orders, in the order of their happening."""
    statement = select(outbox.c.type, outbox.c.body).where(outbox.c.exchange == "order_events")
    with repositories.database.reading() as session:
        rows = session.execute(statement.order_by(outbox.c.position)).all()
    return [new_message("order_events", row.type, body_of(row.body)) for row in rows]


def body_of(text: str) -> Mapping[str, Any]:
    body: dict[str, Any] = json.loads(text)
    return body


def deliver(repositories: Repositories, *messages: Message) -> None:
    handlers = history_handlers(repositories.history)
    for message in messages:
        with repositories.database.writing() as session:
            handlers[message.type](session, message)
