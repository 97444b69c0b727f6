"""What each fault does to its service while it is on, and that it leaves nothing behind."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse_many
from sqlalchemy import QueuePool

from apps.gateway.faults import limits_in_force
from apps.payments.fake_card_processor import FakeCardProcessor
from apps.users import faults as users_faults
from chassis.database import Database
from chassis.service import resolve
from glasshouse_telemetry.testing import CapturedMetrics, capture_logs, capture_metrics
from tests.unit.chassis.fake_clock import FakeClock
from tests.unit.conftest import Switch

SEARCH = "/products"


@pytest.fixture
def metrics(products_app: Flask) -> Iterator[CapturedMetrics]:
    with capture_metrics() as captured:
        yield captured


@pytest.fixture
def products(products_app: Flask) -> FlaskClient:
    products_app.config["PROPAGATE_EXCEPTIONS"] = False
    return products_app.test_client()


def statuses(client: FlaskClient, times: int) -> list[int]:
    return [client.get(SEARCH).status_code for _ in range(times)]


def test_an_error_burst_fails_searches_with_a_line_that_nobody_has_seen_before(
    products: FlaskClient, switch: Switch
) -> None:
    with capture_logs() as lines:
        switch("products-error-burst", value={"ratio": 1.0})
        assert statuses(products, 2) == [500, 500]
        assert products.get("/products/no-such-product").status_code == 404
        switch("products-error-burst", "off")
        assert statuses(products, 1) == [200]
    assert {line["exception.type"] for line in lines if "exception.type" in line} == {
        "apps.products.faults.RatingMissing"
    }


def test_a_fault_for_another_version_leaves_this_one_alone(products: FlaskClient, switch: Switch) -> None:
    switch("products-error-burst", value={"ratio": 1.0}, when={"service.version": "3"})
    assert statuses(products, 2) == [200, 200]


def test_leaked_memory_is_bounded_and_given_back(products: FlaskClient, switch: Switch) -> None:
    from apps.products import faults

    switch("memory-leak", value={"kib": 1, "limit": 2})
    statuses(products, 3)
    assert len(faults._leaked) == 2
    switch("memory-leak", "off")
    assert len(faults._leaked) == 0


def test_exploding_labels_are_bounded_and_their_series_go_again(
    products: FlaskClient, switch: Switch
) -> None:
    switch("label-explosion", value={"series": 3, "limit": 5})
    statuses(products, 2)
    assert series(products) == 5
    switch("label-explosion", "off")
    assert series(products) == 0


def series(client: FlaskClient) -> int:
    return client.get("/metrics").text.count("shop_product_views_total{")


def test_the_card_processor_declines_good_cards_for_the_reason_given(switch: Switch) -> None:
    processor = FakeCardProcessor(0.0)
    switch("payments-declining", value={"ratio": 1.0})
    assert processor.authorize("o1", 100, "tok_visa") == "do_not_honor"
    assert processor.authorize("o1", 100, "tok_expired") == "expired_card"
    switch("payments-declining", "off")
    assert processor.authorize("o1", 100, "tok_visa") is None


def test_the_card_processor_takes_its_time(switch: Switch) -> None:
    clock = FakeClock()
    processor = FakeCardProcessor(0.0, clock.sleep)
    switch("payments-slow", value={"seconds": 2.0})
    assert processor.authorize("o1", 100, "tok_visa") is None
    assert clock.slept == [2.0]


def test_a_limit_that_is_too_low_takes_the_place_of_the_intended_one(switch: Switch) -> None:
    intended = parse_many("100/second;2000/minute")
    assert limits_in_force(intended) == intended
    switch("rate-limit-too-low", value={"limit": "2/second"})
    assert limits_in_force(intended) == parse_many("2/second")


def test_a_flood_of_lines_tells_nothing_new(users_client: FlaskClient, switch: Switch) -> None:
    def lines_of(request: Callable[[], Any]) -> int:
        with capture_logs() as lines:
            request()
        return len(lines)

    quiet = lines_of(lambda: users_client.get("/users/no-such-user"))
    switch("log-flood", value={"lines": 25})
    assert lines_of(lambda: users_client.get("/users/no-such-user")) == quiet + 25


def test_a_silent_service_answers_and_writes_nothing(users_client: FlaskClient, switch: Switch) -> None:
    assert users_faults.TELEMETRY_SILENT.name == "telemetry-silent"
    switch("telemetry-silent")
    try:
        with capture_logs() as lines:
            assert users_client.get("/users").status_code == 200
        assert lines == []
    finally:
        switch("telemetry-silent", "off")
    assert logging.root.manager.disable == logging.NOTSET


def test_searches_use_up_the_pool_but_for_one_and_the_connections_come_back(
    products: FlaskClient, products_app: Flask, switch: Switch
) -> None:
    pool = resolve(Database, products_app)._engine.pool
    assert isinstance(pool, QueuePool)
    switch("pool-exhausted")
    assert statuses(products, 18) == [200] * 18
    assert pool.checkedout() == pool.size() + pool._max_overflow - 1
    switch("pool-exhausted", "off")
    assert statuses(products, 1) == [200]
    assert pool.checkedout() == 0
