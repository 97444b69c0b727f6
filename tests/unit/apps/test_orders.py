"""The orders service through its HTTP interface, with neighbours that are played."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps.orders.order import TRANSITIONS, Status
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.money import MAX_AMOUNT_CENTS
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers

WAY_TO = {
    Status.PENDING: [],
    Status.CONFIRMED: [Status.CONFIRMED],
    Status.SHIPPED: [Status.CONFIRMED, Status.SHIPPED],
    Status.DELIVERED: [Status.CONFIRMED, Status.SHIPPED, Status.DELIVERED],
    Status.CANCELLED: [Status.CANCELLED],
}


@pytest.fixture
def placed(orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue) -> dict[str, Any]:
    return place(orders_client, customers.one(), catalogue.one())


def place(client: FlaskClient, user_id: str, product_id: str, quantity: int = 1) -> dict[str, Any]:
    body = {"user_id": user_id, "items": [{"product_id": product_id, "quantity": quantity}]}
    answer = client.post("/orders", json=body)
    assert answer.status_code == 201, answer.get_json()
    order: dict[str, Any] = answer.get_json()
    return order


def bring_to(client: FlaskClient, order: dict[str, Any], status: Status) -> None:
    for step in WAY_TO[status]:
        assert client.patch(f"/orders/{order['id']}", json={"status": step}).status_code == 200


def found(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/orders?{query}")
    assert answer.status_code == 200, answer.get_json()
    return [order["id"] for order in answer.get_json()["items"]]


def test_an_order_takes_names_and_prices_from_the_catalogue(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    user_id, compass, hammock = (
        customers.one(),
        catalogue.one("Compass", 2650),
        catalogue.one("Hammock", 5450),
    )
    items = [{"product_id": compass, "quantity": 2}, {"product_id": hammock, "quantity": 1}]
    answer = orders_client.post("/orders", json={"user_id": user_id, "items": items})
    assert answer.status_code == 201
    assert answer.get_json() == {
        "id": answer.get_json()["id"],
        "user_id": user_id,
        "status": "PENDING",
        "items": [
            {"product_id": compass, "name": "Compass", "quantity": 2, "unit_price_cents": 2650},
            {"product_id": hammock, "name": "Hammock", "quantity": 1, "unit_price_cents": 5450},
        ],
        "total_cents": 2 * 2650 + 5450,
        "created_at": answer.get_json()["created_at"],
        "reason": None,
    }
    assert orders_client.get(answer.headers["Location"]).get_json() == answer.get_json()


def test_a_later_price_does_not_change_an_order(
    orders_client: FlaskClient, placed: dict[str, Any], catalogue: FakeCatalogue
) -> None:
    catalogue.products.clear()
    assert orders_client.get(f"/orders/{placed['id']}").get_json() == placed


def test_each_neighbour_is_asked_exactly_once(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    user_id, products = customers.one(), [catalogue.one() for _ in range(3)]
    items = [{"product_id": product_id, "quantity": 1} for product_id in products]
    orders_client.post("/orders", json={"user_id": user_id, "items": items})
    assert (customers.calls, catalogue.calls) == ([user_id], [products])


def test_the_catalogue_is_not_asked_for_an_unknown_user(
    orders_client: FlaskClient, catalogue: FakeCatalogue
) -> None:
    body = {"user_id": str(uuid4()), "items": [{"product_id": catalogue.one(), "quantity": 1}]}
    answer = orders_client.post("/orders", json=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "unknown_user")
    assert answer.get_json()["error"]["fields"] == {"user_id": "is unknown"}
    assert catalogue.calls == []


def test_unknown_products_are_named_by_their_place(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    ids = [str(uuid4()), catalogue.one(), "no-such-product"]
    items = [{"product_id": product_id, "quantity": 1} for product_id in ids]
    answer = orders_client.post("/orders", json={"user_id": customers.one(), "items": items})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "unknown_product")
    assert answer.get_json()["error"]["fields"] == {
        "items.0.product_id": "is unknown",
        "items.2.product_id": "is unknown",
    }
    assert orders_client.get("/orders").get_json()["total"] == 0


@pytest.mark.parametrize("neighbour", ["customers", "catalogue"])
@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (UpstreamFailed("users", "ConnectionError"), 502, "upstream_failed"),
        (UpstreamTimeout("users", "ReadTimeout"), 504, "upstream_timeout"),
    ],
)
def test_an_order_is_not_placed_when_a_neighbour_fails(
    orders_client: FlaskClient,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
    neighbour: str,
    failure: UpstreamFailed,
    status: int,
    code: str,
) -> None:
    body = {"user_id": customers.one(), "items": [{"product_id": catalogue.one(), "quantity": 1}]}
    if neighbour == "customers":
        customers.failure = failure
    else:
        catalogue.failure = failure
    answer = orders_client.post("/orders", json=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
    assert orders_client.get("/orders").get_json()["total"] == 0


ITEM = {"product_id": "a", "quantity": 1}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [ITEM] * 2}, "items"),
        ({"items": [{"product_id": str(n), "quantity": 1} for n in range(51)]}, "items"),
        ({"items": {}}, "items"),
        ({"items": [ITEM | {"quantity": 0}]}, "items.0.quantity"),
        ({"items": [ITEM | {"quantity": -3}]}, "items.0.quantity"),
        ({"items": [ITEM | {"quantity": "3"}]}, "items.0.quantity"),
        ({"items": [ITEM | {"quantity": True}]}, "items.0.quantity"),
        ({"items": [ITEM | {"quantity": 1.0}]}, "items.0.quantity"),
        ({"items": [ITEM | {"quantity": 1001}]}, "items.0.quantity"),
        ({"items": [ITEM, {"product_id": "b"}]}, "items.1.quantity"),
        ({"items": [ITEM | {"product_id": "../x"}]}, "items.0.product_id"),
        ({"items": [ITEM | {"product_id": "a,b"}]}, "items.0.product_id"),
        ({"items": [ITEM | {"price_cents": 1}]}, "items.0.price_cents"),
        ({"user_id": "../../metrics"}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"status": "DELIVERED"}, "status"),
    ],
)
def test_an_order_that_cannot_be_is_refused_before_anybody_is_asked(
    orders_client: FlaskClient, customers: FakeCustomers, changes: dict[str, Any], field: str
) -> None:
    answer = orders_client.post("/orders", json={"user_id": customers.one(), "items": [ITEM]} | changes)
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, [field])
    assert customers.calls == []


@pytest.mark.parametrize(("lines", "status"), [(10, 201), (11, 422)])
def test_the_largest_order_is_the_largest_payment(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue, lines: int, status: int
) -> None:
    ids = [catalogue.one(price_cents=100_000_000) for _ in range(lines)]
    items = [{"product_id": product_id, "quantity": 1_000} for product_id in ids]
    answer = orders_client.post("/orders", json={"user_id": customers.one(), "items": items})
    assert answer.status_code == status
    if status == 201:
        assert answer.get_json()["total_cents"] == MAX_AMOUNT_CENTS
    else:
        assert answer.get_json()["error"]["code"] == "amount_too_large"


@pytest.mark.parametrize(("current", "wanted"), list(product(Status, Status)))
def test_only_the_transitions_of_the_table_are_allowed(
    orders_client: FlaskClient, placed: dict[str, Any], current: Status, wanted: Status
) -> None:
    bring_to(orders_client, placed, current)
    answer = orders_client.patch(f"/orders/{placed['id']}", json={"status": wanted})
    if wanted in TRANSITIONS[current]:
        reason = "cancelled_on_request" if wanted is Status.CANCELLED else None
        expected = placed | {"status": wanted, "reason": reason}
        assert (answer.status_code, answer.get_json()) == (200, expected)
    else:
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "invalid_transition")
        assert orders_client.get(f"/orders/{placed['id']}").get_json()["status"] == current


@pytest.mark.parametrize(
    "body", [{}, {"status": None}, {"status": "pending"}, {"status": "LOST"}, {"status": 1}]
)
def test_a_status_that_does_not_exist_is_refused(
    orders_client: FlaskClient, placed: dict[str, Any], body: dict[str, Any]
) -> None:
    answer = orders_client.patch(f"/orders/{placed['id']}", json=body)
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, ["status"])


@pytest.mark.parametrize("method", ["get", "patch"])
def test_an_unknown_order_is_not_found(orders_client: FlaskClient, method: str) -> None:
    answer = orders_client.open(f"/orders/{uuid4()}", method=method, json={"status": "CONFIRMED"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "order_not_found")


def test_orders_are_found_by_user_and_by_status_newest_first(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    ada, grace, product_id = customers.one(), customers.one(), catalogue.one()
    first, second = place(orders_client, ada, product_id), place(orders_client, ada, product_id)
    third = place(orders_client, grace, product_id)
    bring_to(orders_client, first, Status.CANCELLED)
    assert found(orders_client, "") == [third["id"], second["id"], first["id"]]
    assert found(orders_client, f"user_id={ada}") == [second["id"], first["id"]]
    assert found(orders_client, "status=CANCELLED") == [first["id"]]
    assert found(orders_client, f"user_id={ada}&status=PENDING") == [second["id"]]
    assert found(orders_client, f"user_id={uuid4()}") == []


def test_a_date_range_includes_its_start_and_not_its_end(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    user_id, product_id = customers.one(), catalogue.one()
    first, second = place(orders_client, user_id, product_id), place(orders_client, user_id, product_id)
    assert found(orders_client, f"from={first['created_at']}&to={second['created_at']}") == [first["id"]]
    assert found(orders_client, f"from={second['created_at']}") == [second["id"]]
    assert found(orders_client, f"to={first['created_at']}") == []
    assert found(orders_client, "from=2000-01-01&to=2001-01-01") == []
    assert len(found(orders_client, "from=2000-01-01&to=2999-12-31T23:59:59%2B05:30")) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("from=1767225600", "from"),
        ("to=2026-13-01", "to"),
        ("to=2026-01-01T00:00:00+01:00", "to"),  # an unescaped + is a space
        ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("from=2026-01-01&to=2026-01-01", "to"),
        ("status=LOST", "status"),
        ("user_id=%00", "user_id"),
        ("placed_from=2026-01-01", "placed_from"),
        ("page=0", "page"),
    ],
)
def test_a_search_that_cannot_be_is_refused(orders_client: FlaskClient, query: str, field: str) -> None:
    answer = orders_client.get(f"/orders?{query}")
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, [field])


def test_every_order_is_on_exactly_one_page(
    orders_client: FlaskClient, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    user_id, product_id = customers.one(), catalogue.one()
    ids = [place(orders_client, user_id, product_id)["id"] for _ in range(5)]
    pages = [found(orders_client, f"page={page}&limit=2") for page in (1, 2, 3, 4)]
    assert [order_id for page in pages for order_id in page] == ids[::-1]


def test_of_many_who_change_a_status_at_once_one_succeeds(orders_app: Flask, placed: dict[str, Any]) -> None:
    def confirm(_: int) -> int:
        client = orders_app.test_client()
        return client.patch(f"/orders/{placed['id']}", json={"status": "CONFIRMED"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(confirm, range(16)))
    assert sorted(statuses) == [200] + [409] * 15


def test_threads_that_place_orders_at_once_lose_none(
    orders_app: Flask, customers: FakeCustomers, catalogue: FakeCatalogue
) -> None:
    user_id, product_id = customers.one(), catalogue.one()
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda _: place(orders_app.test_client(), user_id, product_id), range(48)))
    pages = [found(orders_app.test_client(), f"user_id={user_id}&limit=24&page={page}") for page in (1, 2)]
    assert {order["id"] for order in placed} == {order_id for page in pages for order_id in page}
