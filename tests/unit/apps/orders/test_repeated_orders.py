"""`Idempotency-Key`: who does not know whether an order was placed asks again, and it is placed once."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from apps.orders.repositories import Repositories
from chassis.idempotency_keys import LEASE, KeyRow
from chassis.identity import utc_now
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers

KEY = {"Idempotency-Key": "the-client's-own"}


def test_an_order_asked_for_twice_is_placed_once(
    client: FlaskClient, body: dict[str, Any], customers: FakeCustomers
) -> None:
    first, second = (client.post("/orders", json=body, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    for header in ("Location", "ETag"):
        assert first.headers[header] == second.headers[header]
    assert client.get("/orders").get_json()["total"] == len(customers.calls) == 1


def test_another_order_with_the_same_key_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    client.post("/orders", json=body, headers=KEY)
    item = body["items"][0] | {"quantity": 7}
    refused = client.post("/orders", json=body | {"items": [item]}, headers=KEY)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "idempotency_key_reused")


def test_after_a_crash_between_placing_and_answering_it_is_the_same_order(
    client: FlaskClient, body: dict[str, Any], repositories: Repositories
) -> None:
    placed = client.post("/orders", json=body, headers=KEY).get_json()
    forget_the_answer(repositories)
    assert client.post("/orders", json=body, headers=KEY).get_json() == placed
    assert client.get("/orders").get_json()["total"] == 1


def test_without_a_key_each_request_is_an_order(client: FlaskClient, body: dict[str, Any]) -> None:
    ids = {client.post("/orders", json=body).get_json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_the_keys_of_two_users_have_nothing_to_do_with_each_other_once_answers_are_forgotten(
    app: Flask,
    body: dict[str, Any],
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
    repositories: Repositories,
) -> None:
    client = app.test_client()
    mine = client.post("/orders", json=body, headers=KEY).get_json()
    with repositories.database.writing() as session:
        session.execute(delete(KeyRow))
    theirs = client.post("/orders", json=body | {"user_id": customers.one()}, headers=KEY).get_json()
    assert theirs["id"] != mine["id"]


def test_two_users_may_choose_the_same_key(
    client: FlaskClient, body: dict[str, Any], customers: FakeCustomers
) -> None:
    mine, theirs = (
        client.post("/orders", json=body | {"user_id": user_id}, headers=KEY)
        for user_id in (body["user_id"], customers.one())
    )
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.get_json()["id"] != theirs.get_json()["id"]


def test_a_day_later_another_order_with_the_same_key_is_placed(
    client: FlaskClient, body: dict[str, Any], repositories: Repositories
) -> None:
    first = client.post("/orders", json=body, headers=KEY).get_json()
    with repositories.database.writing() as session:
        session.execute(delete(KeyRow))
    item = body["items"][0] | {"quantity": 7}
    second = client.post("/orders", json=body | {"items": [item]}, headers=KEY).get_json()
    assert second["id"] != first["id"]
    assert second["items"][0]["quantity"] == 7


def forget_the_answer(repositories: Repositories) -> None:
    """As if the process had died before it was kept, a while ago."""
    values = {"status": None, "headers": None, "body": None, "started_at": utc_now() - 2 * LEASE}
    with repositories.database.writing() as session:
        session.execute(update(KeyRow).values(**values))
