"""What a run must know before its first request."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from proof.expectations import Counted
from proof.ledger.baseline import parse_counters, settled_counters
from proof.ledger.durations import parse_duration
from stackctl.errors import StackError
from stackctl.query import Shop
from stackctl.shop_scenarios.catalogue import Catalogue, Product, User, fetch_catalogue
from tests.unit.proof.builders import http
from tests.unit.stackctl.fake_backend import Params, Raw, fake_backend

LABELS = ("http_request_method", "http_route", "http_response_status_code")


class Service:
    """Its /metrics, with its request histogram."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.durations = Histogram(
            "http_server_request_duration_seconds", "Duration", LABELS, registry=self.registry
        )

    def served(self, method: str, route: str, status: str) -> None:
        self.durations.labels(method, route, status).observe(0.1)

    def exposition(self) -> bytes:
        return generate_latest(self.registry)


def test_counters_are_picked_out_of_the_metrics() -> None:
    service = Service()
    service.served("GET", "/users/<user_id>", "200")
    service.served("GET", "/users/<user_id>", "200")
    service.served("GET", "", "404")
    assert parse_counters("users", service.exposition().decode()) == {
        http("users", "GET /users/<user_id>", 200): 2,
        http("users", "GET", 404): 1,
    }


def test_calls_over_grpc_are_counted_too() -> None:
    registry = CollectorRegistry()
    labels = ("rpc_method", "rpc_response_status_code")
    durations = Histogram("rpc_server_call_duration_seconds", "Duration", labels, registry=registry)
    durations.labels("inventory.v1.Inventory/GetStock", "OK").observe(0.1)
    key = Counted(
        "inventory",
        "rpc_server_call_duration_seconds_count",
        (("rpc_method", "inventory.v1.Inventory/GetStock"), ("rpc_response_status_code", "OK")),
    )
    assert parse_counters("inventory", generate_latest(registry).decode()) == {key: 1}


def test_what_the_business_counts_and_where_its_stock_is_are_read_too() -> None:
    registry = CollectorRegistry()
    Counter("shop_orders", "Orders", ("status",), registry=registry).labels("CONFIRMED").inc(3)
    Gauge("shop_stock_units", "Units", ("pool",), registry=registry).labels("sold").set(7)
    Gauge("something_else", "Else", registry=registry).set(1)
    assert parse_counters("orders", generate_latest(registry).decode()) == {
        Counted("orders", "shop_orders_total", (("status", "CONFIRMED"),)): 3,
        Counted("orders", "shop_stock_units", (("pool", "sold"),)): 7,
    }


def test_the_baseline_waits_until_the_counters_stand_still() -> None:
    service = Service()
    readings: list[str] = []

    def metrics(path: str, params: Params) -> object:
        if len(readings) < 2:
            service.served("GET", "/users", "200")
        readings.append(path)
        return Raw(service.exposition())

    with fake_backend(metrics) as url:
        address = url.removeprefix("http://")
        assert settled_counters({address: "users"}) == {address: {http("users", "GET /users", 200): 2}}
    assert len(readings) == 3


def test_counters_that_never_stand_still_do_not_stop_a_run() -> None:
    service = Service()

    def metrics(path: str, params: Params) -> object:
        service.served("GET", "/users", "200")
        return Raw(service.exposition())

    with fake_backend(metrics) as url:
        assert settled_counters({url.removeprefix("http://"): "users"}, timeout=0.01) != {}


def test_a_service_that_is_not_there_is_named() -> None:
    with pytest.raises(StackError, match="The service users at"):
        settled_counters({"127.0.0.1:1": "users"})


def shop(users: list[Any], products: list[Any]) -> Any:
    def answer(path: str, params: Params) -> object:
        items = {"/users": users, "/products": products}[path]
        page, limit = int(params["page"][0]), int(params["limit"][0])
        shown = items[(page - 1) * limit : page * limit]
        return {"items": shown, "page": page, "limit": limit, "total": len(items)}

    return fake_backend(answer)


def user(number: int, domain: str = "example.com") -> dict[str, str]:
    return {"id": f"u{number}", "email": f"{number}@{domain}", "name": f"User {number:03}"}


def product(number: int, category: str = "books") -> dict[str, Any]:
    return {"id": f"p{number}", "name": f"Book {number}", "category": category, "price_cents": 5}


def test_users_and_products_are_read_page_by_page() -> None:
    with shop([user(n) for n in range(150)], [product(1)]) as url:
        catalogue = fetch_catalogue(Shop(url), "token")
    assert len(catalogue.users) == 150
    assert catalogue.products == (Product("p1", "Book 1", "books", 5),)


def test_what_earlier_runs_created_is_left_out() -> None:
    with shop([user(1), user(2, "traffic.example")], [product(1), product(2, "samples")]) as url:
        catalogue = fetch_catalogue(Shop(url), "token")
    assert catalogue == Catalogue(
        (User("u1", "1@example.com", "User 001"),), (Product("p1", "Book 1", "books", 5),)
    )


def test_an_empty_shop_is_an_error_for_people() -> None:
    with shop([user(1)], []) as url, pytest.raises(StackError, match="no products"):
        fetch_catalogue(Shop(url), "token")


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("2m", 120), ("1h", 3600), ("90", 90), ("0.5s", 0.5), (" 5 s ", 5)]
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-5s", "5d", "0", "1m30s"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(StackError, match="is not a duration") as caught:
        parse_duration(text)
    assert "2m" in (caught.value.hint or "")
