"""Orders against its real neighbours, over real connections."""

import socket
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, Response, request

from chassis.http_client import Timeouts
from tests.databases import NewDatabase
from tests.unit.apps.serving import PATIENT, orders_with, served

HASTY = Timeouts(connect_s=5.0, read_s=0.2)


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that refuses connections: its port is taken, and not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def neighbour(answer: Callable[[], Response]) -> Flask:
    """A service that answers everything the same way, and remembers the headers that it was sent."""
    app = Flask("neighbour")
    app.config["SEEN"] = []

    @app.get("/<path:_>")
    def any_path(_: str) -> Response:
        app.config["SEEN"].append(dict(request.headers))
        return answer()

    return app


def order_of(user_id: str, *product_ids: str) -> dict[str, Any]:
    return {"user_id": user_id, "items": [{"product_id": product, "quantity": 2} for product in product_ids]}


def test_an_order_is_placed_for_a_user_and_products_that_exist(
    new_database: NewDatabase, users_app: Flask, products_app: Flask
) -> None:
    user = users_app.test_client().post("/users", json={"email": "ada@example.com", "name": "Ada"}).get_json()
    bodies = [{"name": name, "category": "books", "price_cents": 1_000} for name in ("One", "Two")]
    books = [products_app.test_client().post("/products", json=body).get_json() for body in bodies]
    with (
        served(users_app) as users_url,
        served(products_app) as products_url,
        orders_with(new_database("orders"), users_url, products_url, PATIENT) as app,
    ):
        client = app.test_client()
        placed = client.post("/orders", json=order_of(user["id"], books[1]["id"], books[0]["id"]))
        assert (placed.status_code, placed.get_json()["total_cents"]) == (201, 4_000)
        assert [item["name"] for item in placed.get_json()["items"]] == ["Two", "One"]

        refused = client.post("/orders", json=order_of(str(uuid4()), books[0]["id"]))
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "unknown_user")

        refused = client.post("/orders", json=order_of(user["id"], books[0]["id"], str(uuid4())))
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "unknown_product")
        assert list(refused.get_json()["error"]["fields"]) == ["items.1.product_id"]


def test_the_largest_order_fits_into_one_request_to_products(
    new_database: NewDatabase, users_app: Flask, products_app: Flask
) -> None:
    user = users_app.test_client().post("/users", json={"email": "ada@example.com", "name": "Ada"}).get_json()
    body = {"name": "Book", "category": "books", "price_cents": 1}
    ids = [products_app.test_client().post("/products", json=body).get_json()["id"] for _ in range(50)]
    with (
        served(users_app) as users_url,
        served(products_app) as products_url,
        orders_with(new_database("orders"), users_url, products_url, PATIENT) as app,
    ):
        placed = app.test_client().post("/orders", json=order_of(user["id"], *ids))
    assert (placed.status_code, len(placed.get_json()["items"])) == (201, 50)


def test_the_request_id_and_the_trace_go_along(new_database: NewDatabase, nobody: str) -> None:
    users = neighbour(lambda: Response('{"id": "ada"}'))
    with served(users) as url, orders_with(new_database("orders"), url, nobody, PATIENT) as app:
        traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        headers = {"X-Request-ID": "caller-1", "traceparent": traceparent}
        app.test_client().post("/orders", json=order_of("ada", "x"), headers=headers)
    [seen] = users.config["SEEN"]
    assert seen["X-Request-Id"] == "caller-1"
    assert seen["Traceparent"].split("-")[1] == traceparent.split("-")[1]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response("down", status=503),
        lambda: Response('{"error": {"code": "internal_server_error"}}', status=500),
        lambda: Response("not JSON"),
        lambda: Response('{"name": "no id"}'),
        lambda: Response("[]"),
        lambda: Response(status=302, headers={"Location": "/elsewhere"}),
        lambda: Response("<h1>no such page</h1>", status=404),
        lambda: Response('{"error": {"code": "not_found"}}', status=404),
        lambda: Response('{"error": {"code": "too_many_requests"}}', status=429),
    ],
    ids=["503", "500", "text", "other JSON", "a list", "redirect", "404 of others", "404 route", "429"],
)
def test_an_answer_that_makes_no_sense_is_a_502(
    new_database: NewDatabase, nobody: str, answer: Callable[[], Response]
) -> None:
    users = neighbour(answer)
    with served(users) as url, orders_with(new_database("orders"), url, nobody, PATIENT) as app:
        refused = app.test_client().post("/orders", json=order_of("ada", "x"))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (502, "upstream_failed")
    assert refused.get_json()["error"]["message"] == "The users service failed."
    assert len(users.config["SEEN"]) == 1


def test_a_neighbour_that_is_not_there_is_a_502(new_database: NewDatabase, nobody: str) -> None:
    with orders_with(new_database("orders"), nobody, nobody, PATIENT) as app:
        refused = app.test_client().post("/orders", json=order_of("ada", "x"))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (502, "upstream_failed")


def test_a_neighbour_that_does_not_answer_in_time_is_a_504_and_is_asked_once(
    new_database: NewDatabase, nobody: str
) -> None:
    done = Event()

    def slow() -> Response:
        done.wait(timeout=10)
        return Response('{"id": "ada"}')

    users = neighbour(slow)
    with served(users) as url, orders_with(new_database("orders"), url, nobody, HASTY) as app:
        refused = app.test_client().post("/orders", json=order_of("ada", "x"))
        done.set()
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (504, "upstream_timeout")
    assert refused.get_json()["error"]["message"] == "The users service did not answer in time."
    assert len(users.config["SEEN"]) == 1


def test_a_neighbour_that_stops_in_the_middle_of_its_answer_is_a_504(
    new_database: NewDatabase, nobody: str
) -> None:
    done = Event()

    def half() -> Response:
        def body() -> Iterator[str]:
            yield '{"id": '
            done.wait(timeout=10)
            yield '"ada"}'

        return Response(body(), content_type="application/json")

    with served(neighbour(half)) as url, orders_with(new_database("orders"), url, nobody, HASTY) as app:
        refused = app.test_client().post("/orders", json=order_of("ada", "x"))
        done.set()
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (504, "upstream_timeout")
