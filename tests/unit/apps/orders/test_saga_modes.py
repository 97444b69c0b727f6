"""Where a saga confirms orders: who may confirm, what is told, and where the token of a card goes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Row, select

from apps import orders
from apps.orders.repositories import Repositories
from apps.orders.saga import Step
from apps.orders.settings import Settings
from apps.orders.tables import SagaRow
from chassis.background import Background
from chassis.database import Database
from chassis.events._tables import outbox
from chassis.saga_mode import Mode
from chassis.service import resolve
from glasshouse_telemetry.testing import capture_logs, capture_spans
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers

SECRET = "tok_secret"


def test_nobody_confirms_an_order_by_hand(client: FlaskClient, placed: dict[str, Any]) -> None:
    refused = client.patch(f"/orders/{placed['id']}", json={"status": "CONFIRMED"})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "invalid_transition")


def test_every_change_of_an_order_is_told_with_all_of_it(
    client: FlaskClient, placed: dict[str, Any], repositories: Repositories
) -> None:
    client.patch(f"/orders/{placed['id']}", json={"status": "CANCELLED"})
    told = [message for message in messages(repositories) if message.exchange == "order_events"]
    assert [message.type for message in told] == ["OrderPlaced", "OrderCancelled"]
    assert {message.key for message in told} == {placed["id"]}
    cancelled = json.loads(told[1].body)
    assert cancelled == {
        "order_id": placed["id"],
        "user_id": placed["user_id"],
        "status": "CANCELLED",
        "reason": "cancelled_on_request",
        "version": 2,
        "items": placed["items"],
        "units": 2,
        "total_cents": placed["total_cents"],
        "placed_at": cancelled["placed_at"],
        "changed_at": cancelled["changed_at"],
    }


def test_payment_is_asked_for_by_a_message_only_in_choreography(
    placed: dict[str, Any], repositories: Repositories, mode: Mode
) -> None:
    requests = [json.loads(row.body) for row in messages(repositories) if row.exchange == "payment_requests"]
    request = {
        "order_id": placed["id"],
        "total_cents": placed["total_cents"],
        "items": {placed["items"][0]["product_id"]: 2},
        "card_token": "tok_visa",
    }
    assert requests == ([request] if mode is Mode.CHOREOGRAPHY else [])


def test_an_order_and_what_tells_of_it_are_kept_together_or_not_at_all(
    client: FlaskClient, body: dict[str, Any], repositories: Repositories
) -> None:
    with repositories.database.writing() as session:
        outbox.drop(session.connection())
    assert client.post("/orders", json=body).status_code == 503
    assert client.get("/orders").get_json()["total"] == 0


def test_an_order_without_a_card_is_paid_by_the_demos(
    client: FlaskClient, body: dict[str, Any], repositories: Repositories
) -> None:
    del body["card_token"]
    client.post("/orders", json=body)
    assert [saga.card_token for saga in sagas(repositories)] == ["tok_visa"]


def test_where_cards_are_real_an_order_needs_one(
    settings: Settings, customers: FakeCustomers, catalogue: FakeCatalogue, body: dict[str, Any]
) -> None:
    app = orders.create_app(replace(settings, default_card_token=""), customers, catalogue)
    resolve(Background, app).stop()
    del body["card_token"]
    refused = app.test_client().post("/orders", json=body)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "card_missing")
    assert refused.get_json()["error"]["fields"] == {"card_token": "is missing"}
    resolve(Database, app).close()


@pytest.mark.parametrize(
    "card_token", ["4242424242424242", "tok_VISA", "tok visa", "", 4242, "tok_" + 99 * "x"]
)
def test_what_cannot_be_a_cards_token_is_refused_and_not_quoted(
    client: FlaskClient, body: dict[str, Any], card_token: Any
) -> None:
    refused = client.post("/orders", json=body | {"card_token": card_token})
    assert (refused.status_code, list(refused.get_json()["error"]["fields"])) == (422, ["card_token"])
    assert not card_token or str(card_token) not in refused.text


def test_a_cards_token_is_in_no_signal_no_answer_and_no_event_of_the_order(
    client: FlaskClient, body: dict[str, Any], repositories: Repositories, log_file: Path
) -> None:
    with capture_spans() as spans, capture_logs() as lines:
        answer = client.post("/orders", json=body | {"card_token": SECRET})
        client.get(answer.headers["Location"])
        client.patch(answer.headers["Location"], json={"status": "CANCELLED"})
    told = [row.body for row in messages(repositories) if row.exchange == "order_events"]
    shown = [*told, *(span.to_json() for span in spans), str(lines), answer.text, client.get("/metrics").text]
    assert len(spans) > 5
    assert [text for text in shown if SECRET in text] == []


def test_a_cards_token_is_forgotten_once_it_is_not_needed_any_more(
    client: FlaskClient, placed: dict[str, Any], repositories: Repositories
) -> None:
    assert [saga.card_token for saga in sagas(repositories)] == ["tok_visa"]
    client.patch(f"/orders/{placed['id']}", json={"status": "CANCELLED"})
    assert [saga.card_token for saga in sagas(repositories)] == [None]


def test_what_is_cancelled_on_request_is_given_back_by_whose_turn_it_is(
    client: FlaskClient, placed: dict[str, Any], repositories: Repositories, mode: Mode
) -> None:
    client.patch(f"/orders/{placed['id']}", json={"status": "CANCELLED"})
    expected = {Mode.CHOREOGRAPHY: Step.DONE, Mode.ORCHESTRATION: Step.GIVE_BACK}
    assert [saga.step for saga in sagas(repositories)] == [expected[mode]]


def messages(repositories: Repositories) -> Sequence[Row[Any]]:
    with repositories.database.reading() as session:
        return session.execute(select(outbox).order_by(outbox.c.position)).all()


def sagas(repositories: Repositories) -> Sequence[SagaRow]:
    with repositories.database.reading() as session:
        return session.scalars(select(SagaRow)).all()
