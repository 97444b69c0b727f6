"""Users see and order for themselves only, whatever they put into a request."""

from uuid import uuid4

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from apps.gateway.gateway import own_list
from chassis.registry import Version
from chassis.tokens import Identity, Tokens
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers
from tests.unit.apps.gateway.conftest import Headers, OpenGateway, bearer
from tests.unit.apps.serving import served
from tests.unit.chassis.fake_servers import FakeServer

# Neither the load of the machine nor an earlier run decides.
PATIENT = settings(deadline=None, database=None)


def owners_in(target: str) -> list[str]:
    """Whose things the query asks for, as a service reads it."""
    return Request(EnvironBuilder(target).get_environ()).args.getlist("user_id")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "user_id=eve",
        "user_id=eve&user_id=bob",
        "user%5Fid=eve",
        "%75ser_id=eve",
        "user_id",
        "user_id=",
        "&&user_id=eve&",
        "a=1&user_id=eve&b=2",
        "a=user_id=eve",
        "user_id%00=eve",
        "user_id+=eve",
    ],
)
@pytest.mark.parametrize("path", ["/orders", "/orders/history"])
def test_a_list_is_of_ones_own_whoever_is_asked_for(
    client: FlaskClient, orders: FakeServer, as_ada: Headers, path: str, query: str
) -> None:
    assert client.get(path, query_string=query, headers=as_ada).status_code == 200
    assert owners_in(orders.seen[-1].target) == ["ada"]


@PATIENT
@given(st.text("user_id=&%5Fe;+ ", max_size=30))
def test_no_query_asks_for_somebody_else(query: str) -> None:
    assert owners_in(f"/orders?{own_list(query, 'ada')}") == ["ada"]


def test_the_rest_of_the_query_stays(client: FlaskClient, orders: FakeServer, as_ada: Headers) -> None:
    client.get("/orders?status=PENDING&page=2&user_id=eve&from=2026-01-01T00:00:00%2B01:00", headers=as_ada)
    expected = "/orders?status=PENDING&page=2&from=2026-01-01T00:00:00%2B01:00&user_id=ada"
    assert orders.seen[-1].target == expected


def test_an_admin_may_ask_for_anybody(client: FlaskClient, orders: FakeServer, as_admin: Headers) -> None:
    client.get("/orders?user_id=eve", headers=as_admin)
    assert orders.seen[-1].target == "/orders?user_id=eve"


@pytest.mark.parametrize("body", ['{"user_id": "eve"}', "{}", "[]", "null", "no JSON", ""])
def test_an_answer_that_is_not_provably_theirs_is_not_shown(
    client: FlaskClient, orders: FakeServer, as_ada: Headers, body: str
) -> None:
    orders.answer = lambda: Response(body, content_type="application/json")
    answer = client.get("/orders/o1", headers=as_ada)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "order_not_found")


def test_whose_an_order_is_cannot_be_got_round_by_asking_for_less(
    client: FlaskClient, orders: FakeServer, as_ada: Headers
) -> None:
    headers = {"If-None-Match": '"7"', "Range": "bytes=0-1", "If-Modified-Since": "x", "If-Match": '"7"'}
    client.get("/orders/o1", headers={**as_ada, **headers})
    assert [orders.seen[-1].header(name) for name in headers] == [None] * 4
    orders.answer = lambda: Response('{"user_id": "eve"}')
    assert client.head("/orders/o1", headers=as_ada).status_code == 404


@pytest.mark.parametrize("status", [404, 422, 500, 503])
def test_a_failure_of_the_service_is_shown_as_it_is(
    client: FlaskClient, orders: FakeServer, as_ada: Headers, status: int
) -> None:
    orders.answer = lambda: Response('{"error": {}}', status)
    assert client.get("/orders/o1", headers=as_ada).status_code == status


def test_anothers_order_looks_exactly_like_one_that_does_not_exist(
    open_gateway: OpenGateway,
    tokens: Tokens,
    orders_app: Flask,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
) -> None:
    ada, eve = customers.one(), customers.one()
    item = {"product_id": catalogue.one(), "quantity": 1}
    as_ada, as_eve = (bearer(tokens.issue(Identity(user))) for user in (ada, eve))
    with served(orders_app) as url:
        client = open_gateway(services={"orders": {"v1": Version(instances=(url,))}}).test_client()
        placed = client.post("/orders", json={"items": [item]}, headers=as_ada)
        assert (placed.status_code, placed.get_json()["user_id"]) == (201, ada)
        assert client.get(placed.headers["Location"], headers=as_ada).get_json() == placed.get_json()
        anothers, none = (
            client.get(path, headers={**as_eve, "X-Request-ID": "same"})
            for path in (placed.headers["Location"], f"/orders/{uuid4()}")
        )
        assert (anothers.status_code, anothers.get_json()) == (none.status_code, none.get_json())
        assert set(anothers.headers.keys()) == set(none.headers.keys())
        assert client.get("/orders", headers=as_eve).get_json()["total"] == 0
        assert client.get("/orders", headers=as_ada).get_json()["total"] == 1
