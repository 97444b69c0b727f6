"""Users order for themselves only, whatever they put into a body."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.apps.gateway.conftest import Headers
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


def test_a_name_given_twice_reaches_the_service_once(
    client: FlaskClient, orders: FakeServer, as_ada: Headers
) -> None:
    body = '{"user_id": "eve", "user_id": "ada"}'
    client.post("/orders", data=body, content_type="application/json", headers=as_ada)
    assert orders.seen[-1].body == b'{"user_id":"ada"}'


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"[" * 20_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"user_id=eve", "application/x-www-form-urlencoded", 415),
    ],
    ids=["broken", "empty", "bytes", "NaN", "too deep", "text", "form"],
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


def test_json_in_another_encoding_is_read_as_the_service_would(
    client: FlaskClient, orders: FakeServer, as_ada: Headers
) -> None:
    body = '{"user_id": "eve"}'.encode("utf-16")
    answer = client.post("/orders", data=body, content_type="application/json", headers=as_ada)
    assert (answer.status_code, orders.seen) == (403, [])


def test_an_admin_orders_for_anybody_in_their_own_words(
    client: FlaskClient, orders: FakeServer, as_admin: Headers
) -> None:
    body = b'{ "user_id":"eve" }'
    client.post("/orders", data=body, content_type="application/json", headers=as_admin)
    assert orders.seen[-1].body == body
