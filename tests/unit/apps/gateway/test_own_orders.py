"""Users order for themselves only, whatever they put into a body."""

import json
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from chassis.registry import Version
from chassis.tokens import Identity, Tokens
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers
from tests.unit.apps.gateway.conftest import ADMIN, Headers, OpenGateway, bearer
from tests.unit.apps.serving import served
from tests.unit.chassis.fake_servers import FakeServer


def test_an_order_is_placed_for_whoever_places_it(
    client: FlaskClient, orders: FakeServer, as_ada: Headers
) -> None:
    bodies: list[dict[str, Any]] = [{"items": []}, {"items": [], "user_id": "ada"}]
    for body in bodies:
        client.post("/orders", json=body, headers={**as_ada, "Idempotency-Key": "k1"})
        assert json.loads(orders.seen[-1].body) == {"items": [], "user_id": "ada"}
        assert orders.seen[-1].header("Idempotency-Key") == "k1"


@pytest.mark.parametrize("owner", ["eve", "", None, 1, ["ada"], {"ada": 1}])
def test_nobody_orders_for_somebody_else(
    client: FlaskClient, orders: FakeServer, as_ada: Headers, owner: Any
) -> None:
    answer = client.post("/orders", json={"items": [], "user_id": owner}, headers=as_ada)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
    assert orders.seen == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"user_id": "eve", "user_id": "ada"}', "application/json", 400),
        (b"\xef\xbb\xbf{}", "application/json", 400),
        ("{}".encode("utf-16"), "application/json", 400),
        (b"{}", "application/json; charset=latin-1", 415),
        (b"[" * 20_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"user_id=eve", "application/x-www-form-urlencoded", 415),
    ],
    ids=["broken", "empty", "bytes", "NaN", "twice", "BOM", "UTF-16", "charset", "too deep", "text", "form"],
)
def test_a_body_that_cannot_be_read_is_not_passed_on(
    client: FlaskClient, orders: FakeServer, as_ada: Headers, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post("/orders", data=body, content_type=content_type, headers=as_ada)
    assert (answer.status_code, orders.seen) == (status, [])


@pytest.mark.parametrize("depth", [10, 200, 400, 600, 700, 800, 900, 1_000, 1_100])
def test_a_deep_body_is_passed_on_or_refused(client: FlaskClient, as_ada: Headers, depth: int) -> None:
    body = '{"a":' * depth + "1" + "}" * depth
    answer = client.post("/orders", data=body, content_type="application/json", headers=as_ada)
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"a":[' + "1e15," * 10_000 + "1]}", 413),
        ('{"a":"' + "é" * 30_000 + '"}', 200),
        ('{"a":"' + "x" * 65_520 + '"}', 413),
        ('{"a":"\\ud800"}', 400),
    ],
    ids=["numbers that grow", "text that does not", "no room for a name", "half a character"],
)
def test_a_body_written_anew_fits_and_is_text_or_is_refused(
    client: FlaskClient, orders: FakeServer, as_ada: Headers, body: str, status: int
) -> None:
    answer = client.post("/orders", data=body.encode(), content_type="application/json", headers=as_ada)
    assert (answer.status_code, len(orders.seen)) == (status, int(status == 200))


def test_an_admin_orders_for_anybody_in_their_own_words(
    client: FlaskClient, orders: FakeServer, as_admin: Headers
) -> None:
    body = b'{ "user_id":"eve" }'
    client.post("/orders", data=body, content_type="application/json", headers=as_admin)
    assert orders.seen[-1].body == body


CANCEL = {"status": "CANCELLED"}


def test_users_cancel_their_own_orders_while_they_are_pending(
    open_gateway: OpenGateway,
    tokens: Tokens,
    orders_app: Flask,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
) -> None:
    ada, eve = customers.one(), customers.one()
    as_ada, as_eve = (bearer(tokens.issue(Identity(user))) for user in (ada, eve))
    as_admin = bearer(tokens.issue(ADMIN))
    item = {"product_id": catalogue.one(), "quantity": 1}
    with served(orders_app) as url:
        client = open_gateway(services={"orders": {"v1": Version(instances=(url,))}}).test_client()

        def place() -> str:
            return client.post("/orders", json={"items": [item]}, headers=as_ada).headers["Location"]

        def patch(path: str, status: str, headers: Headers) -> tuple[int, str]:
            answer = client.patch(path, json={"status": status}, headers=headers)
            body = answer.get_json()
            return answer.status_code, body.get("status") or body["error"]["code"]

        mine = place()
        assert patch(mine, "CANCELLED", as_eve) == (404, "order_not_found")
        assert patch(mine, "CONFIRMED", as_ada) == (403, "forbidden")
        assert patch(mine, "CANCELLED", as_ada) == (200, "CANCELLED")
        confirmed = place()
        assert patch(confirmed, "CONFIRMED", as_admin) == (200, "CONFIRMED")
        assert patch(confirmed, "CANCELLED", as_ada) == (409, "invalid_transition")


def test_a_cancellation_is_of_the_version_that_was_pending(
    client: FlaskClient, orders: FakeServer, as_ada: Headers
) -> None:
    body = '{"user_id": "ada", "status": "PENDING"}'
    orders.answer = lambda: Response(body, headers={"ETag": '"3"'}, content_type="application/json")
    client.patch("/orders/o1", json=CANCEL, headers={**as_ada, "If-Match": "*"})
    looked, cancelled = orders.seen
    assert (looked.method, looked.body) == ("GET", b"")
    assert (cancelled.method, cancelled.header("If-Match"), json.loads(cancelled.body)) == (
        "PATCH",
        '"3"',
        CANCEL,
    )
