"""An instance that joins while a run is under way counts from where it stood."""

import time
from pathlib import Path

import pytest

from proof.expectations import Counted, counted
from proof.ledger import joined_instances
from proof.ledger.runs import Run
from tests.unit.chassis.fake_servers import raw_server

COUNTER = "http_server_request_duration_seconds_count"
LABELS = {"http_request_method": "GET", "http_route": "/products", "http_response_status_code": "200"}
SEARCHED: Counted = counted("products", COUNTER, LABELS)
METRICS = (
    "# TYPE http_server_request_duration_seconds histogram\n"
    'http_server_request_duration_seconds_count{http_request_method="GET",'
    'http_route="/products",http_response_status_code="200"} 120\n'
)
HEAD = f"HTTP/1.1 200 OK\r\nContent-Length: {len(METRICS)}\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def run_from(started_at: float) -> Run:
    return Run("some-run", 1, 50, 60, "mixed", 3000, started_at)


def join() -> str:
    with raw_server((HEAD + METRICS).encode()) as url:
        address = url.removeprefix("http://")
        joined_instances.note("products", address)
    return address


def test_what_it_had_counted_before_any_client_came_is_told_with_its_moment() -> None:
    before = time.time()
    address = join()

    (found,) = joined_instances.joined_since(run_from(before - 10))
    assert (found.address, found.counters) == (address, {SEARCHED: 120.0})
    assert before <= found.at <= time.time()


def test_for_a_run_that_began_later_its_own_baseline_holds() -> None:
    assert joined_instances.joined_since(run_from(time.time())) == []
    join()

    assert joined_instances.joined_since(run_from(time.time() + 10)) == []


def test_two_versions_that_join_one_after_the_other_are_both_told() -> None:
    first, second = join(), join()

    found = joined_instances.joined_since(run_from(time.time() - 10))
    assert [one.address for one in found] == [first, second]
