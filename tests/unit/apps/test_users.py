"""The users service through its HTTP interface."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient


def register(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    body = {"email": f"{uuid4().hex}@example.com", "name": "Ada Lovelace"} | changes
    answer = client.post("/users", json=body)
    assert answer.status_code == 201, answer.get_json()
    user: dict[str, Any] = answer.get_json()
    return user


def test_a_registered_user_is_found_where_the_answer_says(users_client: FlaskClient) -> None:
    answer = users_client.post("/users", json={"email": "ada@example.com", "name": "Ada Lovelace"})
    assert answer.status_code == 201
    assert list(answer.get_json()) == ["id", "email", "name", "created_at"]
    assert str(UUID(answer.get_json()["id"])) == answer.get_json()["id"]
    assert users_client.get(answer.headers["Location"]).get_json() == answer.get_json()


def test_the_time_of_registration_is_now_in_utc(users_client: FlaskClient) -> None:
    created_at = register(users_client)["created_at"]
    assert created_at.endswith("Z")
    assert datetime.now(UTC) - datetime.fromisoformat(created_at) < timedelta(minutes=1)


def test_names_are_trimmed_and_addresses_are_kept_in_lower_case(users_client: FlaskClient) -> None:
    user = register(users_client, email="Ada.Lovelace@Example.COM", name="  Ada  ")
    assert (user["email"], user["name"]) == ("ada.lovelace@example.com", "Ada")


def test_an_address_is_taken_whatever_its_case(users_client: FlaskClient) -> None:
    register(users_client, email="ada@example.com")
    answer = users_client.post("/users", json={"email": "ADA@example.com", "name": "Another"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "email_taken")
    assert answer.get_json()["error"]["fields"] == {"email": "is taken"}


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_address_cannot_be_changed_to_one_that_is_taken(users_client: FlaskClient, method: str) -> None:
    register(users_client, email="ada@example.com")
    other = register(users_client)
    body = {"email": "ada@example.com", "name": "Other"}
    answer = users_client.open(f"/users/{other['id']}", method=method, json=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "email_taken")
    assert users_client.get(f"/users/{other['id']}").get_json() == other


def test_put_replaces_everything_that_can_change(users_client: FlaskClient) -> None:
    user = register(users_client)
    body = {"email": "new@example.com", "name": "New Name"}
    answer = users_client.put(f"/users/{user['id']}", json=body)
    assert (answer.status_code, answer.get_json()) == (200, user | body)
    assert users_client.get(f"/users/{user['id']}").get_json() == user | body


def test_put_needs_every_field(users_client: FlaskClient) -> None:
    user = register(users_client)
    answer = users_client.put(f"/users/{user['id']}", json={"name": "New Name"})
    assert (answer.status_code, answer.get_json()["error"]["fields"]) == (422, {"email": "Field required"})


def test_patch_changes_only_what_is_given(users_client: FlaskClient) -> None:
    user = register(users_client)
    answer = users_client.patch(f"/users/{user['id']}", json={"name": "New Name"})
    assert (answer.status_code, answer.get_json()) == (200, user | {"name": "New Name"})


def test_a_user_can_keep_their_own_address(users_client: FlaskClient) -> None:
    user = register(users_client)
    assert (
        users_client.put(f"/users/{user['id']}", json={"email": user["email"], "name": "N"}).status_code
        == 200
    )


def test_a_removed_user_is_gone_for_every_method(users_client: FlaskClient) -> None:
    path = f"/users/{register(users_client)['id']}"
    removal = users_client.delete(path)
    assert (removal.status_code, removal.data) == (204, b"")
    body = {"email": "new@example.com", "name": "New Name"}
    answers = [
        users_client.get(path),
        users_client.put(path, json=body),
        users_client.patch(path, json=body),
        users_client.delete(path),
    ]
    assert [(answer.status_code, answer.get_json()["error"]["code"]) for answer in answers] == [
        (404, "user_not_found")
    ] * 4


@pytest.mark.parametrize("user_id", ["1", "not-a-uuid", "%00", "%E2%98%83", "..", "x" * 2000, "' OR 1=1 --"])
def test_an_id_of_any_form_is_just_not_found(users_client: FlaskClient, user_id: str) -> None:
    assert users_client.get(f"/users/{user_id}").status_code == 404


def test_every_user_is_on_exactly_one_page(users_client: FlaskClient) -> None:
    ids = [register(users_client)["id"] for _ in range(7)]
    pages = [users_client.get(f"/users?page={page}&limit=3").get_json() for page in (1, 2, 3)]
    assert [user["id"] for page in pages for user in page["items"]] == ids
    assert [(page["page"], page["limit"], page["total"]) for page in pages] == [
        (1, 3, 7),
        (2, 3, 7),
        (3, 3, 7),
    ]


def test_a_page_beyond_the_last_is_empty_and_tells_the_total(users_client: FlaskClient) -> None:
    register(users_client)
    answer = users_client.get("/users?page=1000000&limit=100")
    assert answer.get_json() == {"items": [], "page": 1_000_000, "limit": 100, "total": 1}


def test_a_list_without_parameters_is_the_first_page_of_twenty(users_client: FlaskClient) -> None:
    assert users_client.get("/users").get_json() == {"items": [], "page": 1, "limit": 20, "total": 0}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1000001", "page"),
        ("page=99999999999999999999", "page"),
        ("page=x", "page"),
        ("page=", "page"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("email=ada@example.com", "email"),
    ],
)
def test_a_page_that_cannot_be_is_refused(users_client: FlaskClient, query: str, field: str) -> None:
    answer = users_client.get(f"/users?{query}")
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, [field])


def test_of_many_who_want_an_address_at_once_one_gets_it(users_app: Flask) -> None:
    def attempt(number: int) -> int:
        body = {"email": "wanted@example.com", "name": f"Number {number}"}
        return users_app.test_client().post("/users", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt, range(24)))
    assert sorted(statuses) == [201] + [409] * 23


def test_threads_that_register_and_read_at_once_lose_nothing(users_app: Flask) -> None:
    def work(_: int) -> int:
        client = users_app.test_client()
        return int(client.get(f"/users/{register(client)['id']}").status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(work, range(64)))
    assert statuses == [200] * 64
    assert users_app.test_client().get("/users").get_json()["total"] == 64
