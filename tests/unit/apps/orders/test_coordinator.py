"""The coordinator when its partners fail: it tries again, says so, and stays within the order's story."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.trace import StatusCode

from apps.orders.coordinator import POLL_S, Coordinator
from apps.orders.repositories import Repositories
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.events import Backoff
from chassis.saga_mode import Mode
from glasshouse_telemetry.testing import capture_logs, capture_metrics, capture_spans
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers

AT_ONCE = Backoff(first_s=0.0, longest_s=0.0)
LATER = Backoff(first_s=60.0, longest_s=60.0)


@dataclass
class Partners:
    """Payments and stock in one; `failures` are used up first, `refused` names what is not to be had."""

    failures: list[UpstreamFailed] = field(default_factory=list)
    refused: str = ""
    calls: list[str] = field(default_factory=list)

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> bool:
        return self._call("authorize")

    def capture(self, order_id: str) -> None:
        self._call("capture")

    def give_back(self, order_id: str) -> int:
        return int(self._call("give_back"))

    def reserve(self, order_id: str, quantities: Mapping[str, int]) -> bool:
        return self._call("reserve")

    def sell(self, order_id: str) -> None:
        self._call("sell")

    def release(self, order_id: str) -> int:
        return int(self._call("release"))

    def _call(self, name: str) -> bool:
        self.calls.append(name)
        if self.failures:
            raise self.failures.pop(0)
        return name != self.refused


@pytest.fixture
def mode() -> Mode:
    return Mode.ORCHESTRATION


@pytest.fixture
def partners() -> Partners:
    return Partners()


def coordinator(repositories: Repositories, partners: Partners, backoff: Backoff = AT_ONCE) -> Coordinator:
    return Coordinator(
        repositories.orders, repositories.sagas, partners, partners, timedelta(hours=1), backoff
    )


def run(coordinator: Coordinator) -> None:
    while coordinator.step() == 0.0:
        pass


@pytest.mark.parametrize(
    ("refused", "calls"),
    [
        ("", ["authorize", "reserve", "capture", "sell"]),
        ("authorize", ["authorize", "give_back", "release"]),
        ("reserve", ["authorize", "reserve", "give_back", "release"]),
    ],
)
def test_the_steps_are_taken_in_order(
    placed: dict[str, Any], repositories: Repositories, partners: Partners, refused: str, calls: list[str]
) -> None:
    partners.refused = refused
    run(coordinator(repositories, partners))
    assert partners.calls == calls


def test_nothing_is_due_before_the_back_off_has_passed(
    placed: dict[str, Any], repositories: Repositories, partners: Partners
) -> None:
    partners.failures = [UpstreamFailed("payments", "ConnectionError")]
    patient = coordinator(repositories, partners, LATER)
    assert [patient.step(), patient.step()] == [0.0, POLL_S]


def test_what_costs_nothing_is_not_paid_for(
    client: Any,
    customers: FakeCustomers,
    catalogue: FakeCatalogue,
    repositories: Repositories,
    partners: Partners,
) -> None:
    item = {"product_id": catalogue.one(price_cents=0), "quantity": 1}
    client.post("/orders", json={"user_id": customers.one(), "items": [item]})
    run(coordinator(repositories, partners))
    assert partners.calls == ["reserve", "sell"]


def test_a_step_that_fails_is_counted_and_named_with_its_reason(
    placed: dict[str, Any], repositories: Repositories, partners: Partners
) -> None:
    partners.failures = [UpstreamTimeout("payments", "ReadTimeout")]
    with capture_logs() as lines, capture_metrics() as metrics:
        run(coordinator(repositories, partners))
    assert metrics.increase("shop_saga_step_failures_total", step="authorize") == 1
    [failure] = [line for line in lines if line["severity"] == "WARNING"]
    assert failure["message"] == "saga step failed and will be tried again"
    fields = ("order.id", "saga.step", "saga.attempts", "error.type", "error.reason")
    assert [failure[name] for name in fields] == [
        placed["id"],
        "authorize",
        1,
        "upstream_timeout",
        "payments: ReadTimeout",
    ]


def test_each_step_is_a_trace_of_its_own_that_links_to_the_request(
    client: Any, body: dict[str, Any], repositories: Repositories, partners: Partners
) -> None:
    partners.failures = [UpstreamFailed("payments", "ConnectionError")]
    with capture_spans() as spans, capture_logs() as lines:
        answer = client.post("/orders", json=body)
        run(coordinator(repositories, partners))
    request = next(span for span in spans if span.name == "POST /orders")
    steps = [span for span in spans if span.name.startswith("saga ")]
    names = ["saga authorize", "saga authorize", "saga reserve", "saga capture", "saga sell"]
    assert [span.name for span in steps] == names
    assert {span.parent for span in steps} == {None}
    assert request.context is not None
    assert {link.context.trace_id for span in steps for link in span.links} == {request.context.trace_id}
    assert {(span.attributes or {})["order.id"] for span in [request, *steps]} == {answer.get_json()["id"]}
    assert steps[0].status.status_code is StatusCode.ERROR
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}
