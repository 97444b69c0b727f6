"""Optimistic locking: a change is made to the version that its sender has seen, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

CANCELLED = {"status": "CANCELLED"}


def test_every_answer_with_an_order_names_its_version(client: FlaskClient, body: dict[str, Any]) -> None:
    placed = client.post("/orders", json=body)
    path = placed.headers["Location"]
    changed = client.patch(path, json=CANCELLED)
    versions = [answer.headers["ETag"] for answer in (placed, changed, client.get(path))]
    assert versions == ['"1"', '"2"', '"2"']


@pytest.mark.parametrize("if_match", ['"1"', "*", '"7", "1"'])
def test_the_version_that_was_seen_is_changed(
    client: FlaskClient, placed: dict[str, Any], if_match: str
) -> None:
    answer = client.patch(f"/orders/{placed['id']}", json=CANCELLED, headers={"If-Match": if_match})
    assert answer.status_code == 200


@pytest.mark.parametrize("if_match", ['"2"', '"0", "3"', 'W/"1"', "nonsense", "1", "", "$"])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_any_other_version_is_refused_and_nothing_changes(
    client: FlaskClient, placed: dict[str, Any], method: str, if_match: str
) -> None:
    path = f"/orders/{placed['id']}"
    answer = client.open(path, method=method, json=CANCELLED, headers={"If-Match": if_match})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (412, "precondition_failed")
    assert client.get(path).get_json() == placed


def test_of_many_who_have_seen_the_same_version_one_changes_it(app: Flask, placed: dict[str, Any]) -> None:
    def cancel(_: int) -> int:
        path, headers = f"/orders/{placed['id']}", {"If-Match": '"1"'}
        return app.test_client().patch(path, json=CANCELLED, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(cancel, range(16)))
    assert sorted(statuses) == [200] + [412] * 15
