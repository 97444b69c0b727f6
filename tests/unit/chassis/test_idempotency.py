"""`Idempotency-Key`: what a client repeats is done once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import BadRequest
from werkzeug.test import TestResponse

from chassis.database import Database
from chassis.errors import Conflict, UpstreamTimeout
from chassis.idempotency import REPLAYED, idempotent
from chassis.idempotency_keys import KEPT_FOR, LEASE, IdempotencyKeys, KeyRow
from chassis.identity import utc_now
from chassis.service import new_service, register
from tests.databases import NewDatabase


class Full(Conflict):
    code = "full"


@dataclass
class Work:
    """What the view does, and how often it was done."""

    done: int = 0
    do: Callable[[], object] = lambda: None
    now: datetime = field(default_factory=utc_now)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    """That of a service that has the table."""
    database = Database(new_database("payments"))
    yield database
    database.close()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Work, database: Database) -> Iterator[Flask]:
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(tmp_path / "log.jsonl"))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    keys = IdempotencyKeys(database, lambda: work.now)
    app = new_service("probe", "1.0.0")
    register(app, keys)

    @app.post("/things/<name>")
    @idempotent
    def make_thing(name: str) -> tuple[dict[str, int], int, dict[str, str]]:
        number = work.done = work.done + 1
        work.do()
        return {"number": number}, 201, {"Location": f"/things/{name}"}

    yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(
    client: FlaskClient, key: str | None = "k1", path: str = "/things/a", body: Any = None
) -> TestResponse:
    return client.post(path, json=body or {"size": 1}, headers={"Idempotency-Key": key} if key else {})


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_repeated_request_gets_the_first_answer_again(client: FlaskClient, work: Work) -> None:
    first, second = send(client), send(client)
    assert work.done == 1
    assert (second.status_code, second.data, second.headers["Location"]) == (201, first.data, "/things/a")
    assert second.content_type == first.content_type
    assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")


def test_an_answer_to_a_repeated_request_has_the_id_of_that_request(client: FlaskClient) -> None:
    first, second = send(client), send(client)
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_without_a_key_every_request_is_carried_out(client: FlaskClient, work: Work) -> None:
    assert [send(client, key=None).get_json()["number"] for _ in range(2)] == [1, 2]


def test_every_key_is_a_request_of_its_own(client: FlaskClient, work: Work) -> None:
    assert [send(client, key).get_json()["number"] for key in ("k1", "k2", '"k1"')] == [1, 2, 1]


@pytest.mark.parametrize("changes", [{"body": {"size": 2}}, {"path": "/things/b"}])
def test_a_key_cannot_be_used_for_another_request(
    client: FlaskClient, work: Work, changes: dict[str, Any]
) -> None:
    send(client)
    assert code(send(client, **changes)) == (422, "idempotency_key_reused")
    assert work.done == 1


def test_a_refusal_by_the_rules_is_an_answer_too(client: FlaskClient, work: Work) -> None:
    def refuse() -> None:
        raise Full("There is no room.")

    work.do = refuse
    first = send(client)
    work.do = lambda: None
    second = send(client)
    assert code(first) == code(second) == (409, "full")
    assert (work.done, second.headers[REPLAYED]) == (1, "true")


@pytest.mark.parametrize(
    ("failure", "status"), [(RuntimeError("broken"), 500), (UpstreamTimeout("other", "ReadTimeout"), 504)]
)
def test_what_failed_is_tried_again(client: FlaskClient, work: Work, failure: Exception, status: int) -> None:
    def fail() -> None:
        raise failure

    work.do = fail
    assert send(client).status_code == status
    work.do = lambda: None
    assert send(client).get_json() == {"number": 2}


def test_a_request_that_was_not_valid_has_used_no_key(client: FlaskClient, work: Work) -> None:
    def invalid() -> None:
        raise BadRequest

    work.do = invalid
    assert send(client).status_code == 400
    work.do = lambda: None
    assert send(client, body={"size": 2}).status_code == 201


def test_while_the_first_is_under_way_the_second_is_a_conflict(
    app: Flask, client: FlaskClient, work: Work
) -> None:
    during: list[TestResponse] = []
    work.do = lambda: during.append(send(app.test_client()))
    assert send(client).get_json() == {"number": 1}
    assert [code(answer) for answer in during] == [(409, "request_under_way")]


def test_of_many_at_once_one_is_carried_out(app: Flask, work: Work) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(app.test_client()), range(24)))
    assert work.done == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert send(app.test_client()).get_json() == {"number": 1}


def test_a_request_that_never_ended_holds_its_key_only_for_the_lease(
    app: Flask, client: FlaskClient, work: Work
) -> None:
    def crash() -> None:
        work.now += LEASE - timedelta(seconds=1)
        during.append(send(app.test_client()).status_code)
        work.now += timedelta(seconds=2)
        work.do = lambda: None
        during.append(send(app.test_client()).status_code)

    during: list[int] = []
    work.do = crash
    send(client)
    assert during == [409, 201]
    assert send(client).get_json() == {"number": 2}  # what came back from the dead has not replaced it


def test_keys_are_forgotten_after_a_day(client: FlaskClient, work: Work) -> None:
    send(client)
    work.now += KEPT_FOR - timedelta(seconds=1)
    assert send(client).get_json() == {"number": 1}
    work.now += timedelta(seconds=2)
    assert send(client).get_json() == {"number": 2}


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "a b", "é"])
def test_a_key_that_cannot_be_is_refused(client: FlaskClient, work: Work, key: str) -> None:
    answer = client.post("/things/a", json={}, headers={"Idempotency-Key": key})
    assert (code(answer), work.done) == ((400, "bad_request"), 0)


def test_neither_keys_nor_requests_are_kept_in_clear(client: FlaskClient, database: Database) -> None:
    send(client, key="very-secret-key", body={"card": "very-secret-card"})
    with database.reading() as session:
        (row,) = session.execute(select(KeyRow.__table__))
    assert "very-secret" not in repr(row)
