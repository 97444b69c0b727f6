"""JSON for clients, gRPC for inventory."""

import grpc
import pytest
from flask.testing import FlaskClient

from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.grpc_errors import CallRefused
from glasshouse_telemetry.testing import capture_metrics
from tests.unit.apps.gateway.conftest import Headers
from tests.unit.apps.gateway.fakes import FakeInventory


def test_everybody_sees_how_much_there_is(client: FlaskClient, inventory: FakeInventory) -> None:
    inventory.available["p1"] = 7
    answer = client.get("/inventory/p1")
    assert (answer.status_code, answer.get_json()) == (200, {"product_id": "p1", "available": 7})
    assert client.get("/inventory/p2").get_json() == {"product_id": "p2", "available": 0}


def test_admins_set_how_much_there_is(
    client: FlaskClient, inventory: FakeInventory, as_admin: Headers
) -> None:
    answer = client.put("/inventory/p1", json={"available": 9}, headers=as_admin)
    expected = {"product_id": "p1", "available": 9, "reserved": 2, "sold": 3}
    assert (answer.status_code, answer.get_json()) == (200, expected)
    assert inventory.available == {"p1": 9}


@pytest.mark.parametrize(
    "body", [{}, {"available": -1}, {"available": "9"}, {"available": 1.5}, {"sold": 1}, []]
)
def test_a_level_that_cannot_be_is_refused(
    client: FlaskClient, inventory: FakeInventory, as_admin: Headers, body: object
) -> None:
    answer = client.put("/inventory/p1", json=body, headers=as_admin)
    assert (answer.status_code, inventory.calls) == (422, 0)


def test_what_inventory_finds_invalid_is_a_422(client: FlaskClient, inventory: FakeInventory) -> None:
    status = grpc.StatusCode.INVALID_ARGUMENT
    fields = {"product_ids.0": "is odd"}
    inventory.failure = CallRefused("inventory", status, "validation_failed", fields)
    answer = client.get("/inventory/$")
    assert answer.status_code == 422
    assert answer.get_json()["error"]["fields"] == {"product_id": "is odd"}


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (UpstreamFailed("inventory", "UNAVAILABLE"), 502),
        (UpstreamTimeout("inventory", "DEADLINE_EXCEEDED"), 504),
        (CallRefused("inventory", grpc.StatusCode.PERMISSION_DENIED, "", {}), 502),
    ],
    ids=["away", "slow", "odd"],
)
def test_each_failure_has_its_status(
    client: FlaskClient, inventory: FakeInventory, failure: UpstreamFailed, status: int
) -> None:
    inventory.failure = failure
    assert client.get("/inventory/p1").status_code == status


def test_an_inventory_that_keeps_failing_is_left_alone(client: FlaskClient, inventory: FakeInventory) -> None:
    inventory.failure = UpstreamFailed("inventory", "UNAVAILABLE")
    found = [client.get("/inventory/p1").status_code for _ in range(4)]
    assert (found, inventory.calls) == ([502, 503, 503, 503], 5)
    with capture_metrics() as metrics:
        assert metrics.value("circuit_breaker_state", peer="inventory") == 2


def test_a_short_absence_of_inventory_costs_nobody_a_request(
    client: FlaskClient, inventory: FakeInventory, as_admin: Headers
) -> None:
    with capture_metrics() as metrics:
        inventory.fail_next(2)
        assert client.get("/inventory/p1").status_code == 200
        inventory.fail_next(1)
        assert client.put("/inventory/p1", json={"available": 9}, headers=as_admin).status_code == 200
        assert metrics.increase("gateway_retries_total", service="inventory") == 3


def test_refusals_leave_the_circuit_closed(client: FlaskClient, inventory: FakeInventory) -> None:
    status = grpc.StatusCode.INVALID_ARGUMENT
    inventory.failure = CallRefused("inventory", status, "validation_failed", {})
    assert [client.get("/inventory/$").status_code for _ in range(10)] == [422] * 10
