"""One answer out of two services, and what there is of it when one of them is away."""

import json
from collections.abc import Iterator
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from chassis.registry import Version
from chassis.tokens import Identity, Tokens
from glasshouse_telemetry.testing import capture_logs, capture_metrics, capture_spans
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers
from tests.unit.apps.gateway.conftest import Headers, OpenGateway, bearer
from tests.unit.apps.serving import served
from tests.unit.chassis.fake_servers import FakeServer

PROFILE = {"id": "ada", "email": "ada@example.com", "name": "Ada", "created_at": "2026-01-05T09:00:00Z"}
ORDER = {
    "id": "o1",
    "user_id": "ada",
    "status": "PENDING",
    "items": [{"product_id": "p1", "name": "Compass", "quantity": 2, "unit_price_cents": 100}],
    "total_cents": 200,
    "created_at": "2026-02-01T00:00:00Z",
}
PATH = "/users/ada/overview"


def answering(body: Any, status: int = 200) -> Any:
    return lambda: Response(json.dumps(body), status, content_type="application/json")


@pytest.fixture
def users(users: FakeServer) -> FakeServer:
    users.answer = answering(PROFILE)
    return users


@pytest.fixture
def orders(orders: FakeServer) -> FakeServer:
    orders.answer = answering({"items": [ORDER], "page": 1, "limit": 5, "total": 1})
    return orders


@pytest.fixture
def lines(client: FlaskClient) -> Iterator[list[dict[str, Any]]]:
    with capture_logs() as captured:
        yield captured


def test_it_has_the_profile_and_the_last_orders_with_their_products(
    client: FlaskClient, orders: FakeServer, as_ada: Headers
) -> None:
    answer = client.get(PATH, headers=as_ada)
    order = {name: ORDER[name] for name in ("id", "status", "total_cents", "created_at")}
    items = [{"product_id": "p1", "name": "Compass", "quantity": 2}]
    assert answer.status_code == 200
    assert answer.get_json() == {
        "profile": PROFILE,
        "orders": [order | {"items": items}],
        "partial": False,
        "missing": [],
    }
    assert orders.seen[0].target == "/orders?user_id=ada&limit=5"


def test_both_services_are_asked_at_the_same_time(
    client: FlaskClient, users: FakeServer, orders: FakeServer, as_ada: Headers
) -> None:
    together = Barrier(2)

    def after_meeting(server: FakeServer) -> None:
        answer = server.answer

        def wait() -> Response:
            together.wait(timeout=5)
            return answer()

        server.answer = wait

    after_meeting(users)
    after_meeting(orders)
    assert client.get(PATH, headers=as_ada).get_json()["partial"] is False


@pytest.mark.parametrize(
    "failure", [answering({}, 500), answering({"id": 7}), answering([], 429)], ids=["500", "odd", "429"]
)
@pytest.mark.parametrize("part", ["profile", "orders"])
def test_when_one_part_is_away_the_rest_is_there_and_says_so(
    client: FlaskClient,
    users: FakeServer,
    orders: FakeServer,
    as_ada: Headers,
    lines: list[dict[str, Any]],
    failure: Any,
    part: str,
) -> None:
    (users if part == "profile" else orders).answer = failure
    with capture_metrics() as metrics:
        answer = client.get(PATH, headers=as_ada)
        assert metrics.increase("gateway_partial_answers_total", missing=part) == 1
    body = answer.get_json()
    assert (answer.status_code, body["partial"], body["missing"], body[part]) == (200, True, [part], None)
    assert body["orders" if part == "profile" else "profile"] is not None
    warning = next(line for line in lines if line["message"] == "overview without a part")
    access = next(line for line in lines if line["logger"] == "telemetry.access")
    assert (warning["severity"], warning["overview.part"]) == ("WARNING", part)
    assert warning["trace_id"] == access["trace_id"]


def test_a_part_that_does_not_answer_in_time_is_left_out(
    open_gateway: OpenGateway, orders: FakeServer, users: FakeServer, as_ada: Headers
) -> None:
    late = Barrier(2)

    def hang() -> Response:
        late.wait(timeout=10)
        return Response()

    orders.answer = hang
    client = open_gateway(read_timeout_s=0.5, deadline_s=0.55).test_client()
    assert client.get(PATH, headers=as_ada).get_json()["missing"] == ["orders"]
    late.wait(timeout=10)


def test_without_any_part_it_is_a_failure(
    client: FlaskClient, users: FakeServer, orders: FakeServer, as_ada: Headers
) -> None:
    users.answer = orders.answer = answering({}, 500)
    answer = client.get(PATH, headers=as_ada)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (502, "upstream_failed")


def test_a_user_who_does_not_exist_has_none(
    client: FlaskClient, users: FakeServer, as_admin: Headers
) -> None:
    users.answer = answering({"error": {"code": "user_not_found"}}, 404)
    answer = client.get("/users/nobody/overview", headers=as_admin)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "user_not_found")


def test_nothing_goes_on_behind_an_answer(
    client: FlaskClient, users: FakeServer, orders: FakeServer, as_admin: Headers
) -> None:
    users.answer = answering({"error": {"code": "user_not_found"}}, 404)
    answered = Event()

    def late() -> Response:
        answered.wait(timeout=0.1)
        answered.set()
        return Response("{}")

    orders.answer = late
    assert client.get("/users/nobody/overview", headers=as_admin).status_code == 404
    assert answered.is_set()


def test_an_odd_id_is_one_part_of_a_path(
    client: FlaskClient, users: FakeServer, orders: FakeServer, as_admin: Headers
) -> None:
    client.get("/users/a%3Fb%26c=d%23/overview", headers=as_admin)
    assert users.seen[0].target == "/users/a%3Fb%26c%3Dd%23"
    assert orders.seen[0].target == "/orders?user_id=a%3Fb%26c%3Dd%23&limit=5"


def test_it_is_one_trace_through_real_services_in_parallel(
    open_gateway: OpenGateway,
    tokens: Tokens,
    users_app: Flask,
    orders_app: Flask,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
) -> None:
    user = users_app.test_client().post("/users", json={"email": "a@example.com", "name": "A"}).get_json()
    customers.known.add(user["id"])
    item = {"product_id": catalogue.one("Compass"), "quantity": 2}
    orders_app.test_client().post("/orders", json={"user_id": user["id"], "items": [item]})
    headers = bearer(tokens.issue(Identity(user["id"])))
    with served(users_app) as users_url, served(orders_app) as orders_url:
        urls = {"users": users_url, "orders": orders_url}
        services = {name: {"v1": Version(instances=(url,))} for name, url in urls.items()}
        client = open_gateway(services=services).test_client()
        with capture_spans() as spans:
            answer = client.get(f"/users/{user['id']}/overview", headers=headers)
    assert answer.get_json()["orders"][0]["items"][0]["name"] == "Compass"
    names = {span.context.span_id: span.name for span in spans if span.context}
    edges = {(names[span.parent.span_id] if span.parent else "", span.name) for span in spans}
    assert edges >= {
        ("", "GET /users/<user_id>/overview"),
        ("GET /users/<user_id>/overview", "GET"),
        ("GET", "GET /users/<user_id>"),
        ("GET", "GET /orders"),
    }
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    peers = {(span.attributes or {}).get("service.peer.name") for span in spans if span.name == "GET"}
    assert peers == {"users", "orders"}
