"""Signing in: who has a password, what their roles are, and what nobody learns of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import users
from apps.users.passwords import Passwords
from apps.users.settings import Settings
from chassis.database import Database
from chassis.service import resolve
from glasshouse_telemetry.testing import capture_logs, capture_spans
from tests.databases import NewDatabase

PASSWORD = "correct horse battery"
ADMIN = "admin@example.com"


@contextmanager
def started(database_url: str, **settings: Any) -> Iterator[Flask]:
    app = users.create_app(Settings(database_url, seed=False, **settings))
    yield app
    resolve(Database, app).close()


def register(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    body = {"email": f"{uuid4().hex}@example.com", "name": "Ada Lovelace", "password": PASSWORD} | changes
    answer = client.post("/users", json=body)
    assert answer.status_code == 201, answer.get_json()
    user: dict[str, Any] = answer.get_json()
    return user


def verify(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    return client.post("/credentials/verify", json={"email": email, "password": password})


def roles(client: FlaskClient, email: str, password: str = PASSWORD) -> list[str]:
    """Nobody has none."""
    found: list[str] = verify(client, email, password).get_json().get("roles", [])
    return found


def test_who_registers_with_a_password_is_a_customer_who_can_sign_in(users_client: FlaskClient) -> None:
    user = register(users_client)
    answer = verify(users_client, user["email"].upper())
    assert (answer.status_code, answer.get_json()) == (200, {"id": user["id"], "roles": ["customer"]})


def test_an_unknown_address_a_wrong_password_and_no_password_look_the_same(users_client: FlaskClient) -> None:
    known, without = register(users_client), register(users_client, password=None)
    answers = [
        verify(users_client, "nobody@example.com"),
        verify(users_client, known["email"], PASSWORD.upper()),
        verify(users_client, known["email"], ""),
        verify(users_client, without["email"]),
    ]
    assert {answer.status_code for answer in answers} == {401}
    for answer in answers:
        assert answer.get_json() == {
            "error": {
                "code": "bad_credentials",
                "message": "This e-mail address and password do not belong together.",
                "request_id": answer.headers["X-Request-ID"],
            }
        }
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="shop"'


@pytest.mark.parametrize("password", ["1234567", "x" * 257, 12345678, "\ud800" * 8])
def test_a_password_that_cannot_be_one_is_refused_and_not_quoted(
    users_client: FlaskClient, password: Any
) -> None:
    body = {"email": "ada@example.com", "name": "Ada", "password": password}
    answer = users_client.post("/users", json=body)
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, ["password"])
    assert str(password).encode("utf-8", "replace") not in answer.data


def test_every_character_of_a_password_counts_however_a_keyboard_sends_it(users_client: FlaskClient) -> None:
    email = register(users_client, password=" Käse zum Wein")["email"]
    assert roles(users_client, email, " Ka\u0308se zum Wein") == ["customer"]
    assert roles(users_client, email, "Käse zum Wein") == []


def test_nobody_makes_themselves_an_admin(users_client: FlaskClient) -> None:
    user = register(users_client)
    body = {"email": user["email"], "name": "Ada", "roles": ["admin"]}
    answers = [
        users_client.post("/users", json=body | {"email": "new@example.com"}),
        users_client.put(f"/users/{user['id']}", json=body),
        users_client.patch(f"/users/{user['id']}", json=body),
    ]
    assert [answer.get_json()["error"]["fields"] for answer in answers] == [
        {"roles": "Extra inputs are not permitted"}
    ] * 3
    assert roles(users_client, user["email"]) == ["customer"]


def test_without_a_password_for_it_there_is_no_admin(users_client: FlaskClient) -> None:
    assert users_client.get("/users").get_json()["total"] == 0


def test_the_admin_has_the_password_that_was_set_last(new_database: NewDatabase) -> None:
    url = new_database("users")
    for password in ("the first password", "the second password", "the second password"):
        with started(url, admin_password=password) as app:
            assert roles(app.test_client(), ADMIN, password) == ["admin", "customer"]
    with started(url) as app:
        assert roles(app.test_client(), ADMIN, "the first password") == []
        assert app.test_client().get("/users").get_json()["total"] == 1


def test_a_customer_whose_address_is_named_becomes_the_admin_with_another_password(
    new_database: NewDatabase,
) -> None:
    url = new_database("users")
    with started(url) as app:
        ada = register(app.test_client())
    with started(url, admin_email=ada["email"], admin_password="of the operator") as app:
        client = app.test_client()
        assert roles(client, ada["email"]) == []
        assert verify(client, ada["email"], "of the operator").get_json() == {
            "id": ada["id"],
            "roles": ["admin", "customer"],
        }


def test_a_customer_who_knows_the_password_already_becomes_the_admin(new_database: NewDatabase) -> None:
    url = new_database("users")
    with started(url) as app:
        email = register(app.test_client())["email"]
    with started(url, admin_email=email, admin_password=PASSWORD) as app:
        assert roles(app.test_client(), email) == ["admin", "customer"]


def test_instances_that_start_at_once_appoint_one_admin(new_database: NewDatabase) -> None:
    settings = Settings(new_database("users"), admin_password=PASSWORD, seed=False)
    with ThreadPoolExecutor(6) as pool:
        apps = list(pool.map(lambda _: users.create_app(settings), range(6)))
    assert {app.test_client().get("/users").get_json()["total"] for app in apps} == {1}
    for app in apps:
        resolve(Database, app).close()


def test_credentials_go_with_their_user_and_with_their_address(users_client: FlaskClient) -> None:
    user = register(users_client)
    users_client.patch(f"/users/{user['id']}", json={"email": "moved@example.com"})
    assert roles(users_client, user["email"]) == []
    assert roles(users_client, "moved@example.com") == ["customer"]
    users_client.delete(f"/users/{user['id']}")
    assert roles(users_client, "moved@example.com") == []
    assert register(users_client, email="moved@example.com")["id"] != user["id"]


def test_a_registration_that_fails_leaves_no_credentials(users_client: FlaskClient) -> None:
    email = register(users_client)["email"]
    body = {"email": email, "name": "Another", "password": "another password"}
    assert users_client.post("/users", json=body).status_code == 409
    assert roles(users_client, email, "another password") == []


@pytest.mark.only_on_sqlite
def test_a_password_is_kept_and_told_nowhere(users_client: FlaskClient, tmp_path: Path) -> None:
    with capture_spans() as spans, capture_logs() as lines:
        user = register(users_client)
        verify(users_client, user["email"])
        verify(users_client, user["email"], PASSWORD + "!")
    told = [str(user), str(lines), *(span.to_json() for span in spans), users_client.get("/metrics").text]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(spans) > 6
    assert [text for text in told if PASSWORD in text or "argon2" in text] == []
    assert [path.name for path in files if PASSWORD.encode() in path.read_bytes()] == []
    assert any(b"$argon2id$" in path.read_bytes() for path in files)


class CountingHasher(PasswordHasher):
    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.verified += 1
        return super().verify(hash, password)


def test_a_password_is_compared_for_nobody_as_well_so_that_it_takes_as_long() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    password_hash = passwords.hash(PASSWORD)
    asked = [(PASSWORD, password_hash), ("wrong", password_hash), (PASSWORD, None)]
    assert [passwords.is_right(*each) for each in asked] == [True, False, False]
    assert hasher.verified == 3
    assert hasher.check_needs_rehash(passwords._nobodys) is False
