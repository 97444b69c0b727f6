"""Health checks take instances out and put them back, without leaving a trace."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from threading import enumerate as threads

import pytest
import requests

import glasshouse_telemetry as telemetry
from chassis.balancing import Instance
from chassis.health_checks import HealthChecker, ReadinessProbe
from glasshouse_telemetry.testing import capture_spans
from tests.unit.chassis.fake_servers import FakeServer, fake_server, nobody, silent


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


def health_check_threads() -> set[Thread]:
    return {thread for thread in threads() if thread.name == "health-checks"}


def instance_at(url: str) -> Instance:
    return Instance("users", "v1", url)


def test_an_instance_is_well_when_it_says_that_it_is_ready(server: FakeServer) -> None:
    probe = ReadinessProbe()
    assert probe(server.url)
    server.ready = False
    assert not probe(server.url)


def test_an_instance_that_is_not_there_is_not_well() -> None:
    with nobody() as url:
        assert not ReadinessProbe()(url)


def test_an_instance_that_hangs_is_not_well() -> None:
    with silent() as url:
        assert not ReadinessProbe(timeout_s=0.05)(url)


def test_a_check_is_in_no_trace(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    telemetry.start_tracing(service_name="test")
    with capture_spans() as spans:
        assert ReadinessProbe()(server.url)
        assert spans == []
        requests.get(server.url, timeout=5)
        assert [span.name for span in spans] == ["GET"]


def test_each_instance_is_checked(server: FakeServer) -> None:
    with nobody() as url, ThreadPoolExecutor(2) as pool:
        well, ill = instance_at(server.url), instance_at(url)
        prober = HealthChecker(lambda: [well, ill], ReadinessProbe(), interval_s=60)
        for _ in range(2):
            prober.check_all(pool)
        assert (well.healthy, ill.healthy) == (True, False)
        ill.url = server.url
        prober.check_all(pool)
        assert ill.healthy


def test_it_runs_once_however_often_it_is_started() -> None:
    checked = Event()

    def probe(url: str) -> bool:
        checked.set()
        return True

    before = health_check_threads()
    prober = HealthChecker(lambda: [instance_at("http://a")], probe, interval_s=0.001)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: prober.start(), range(32)))
    assert checked.wait(timeout=10)
    assert len(health_check_threads() - before) == 1
    prober.stop()


def test_checks_go_on_after_a_round_that_blew_up() -> None:
    went_on = Event()
    rounds: list[None] = []

    def instances() -> list[Instance]:
        rounds.append(None)
        if len(rounds) == 1:
            raise RuntimeError
        went_on.set()
        return []

    prober = HealthChecker(instances, lambda url: True, interval_s=0.001)
    prober.start()
    assert went_on.wait(timeout=10)
    prober.stop()


def test_starting_takes_no_thread_before_it_is_asked_to() -> None:
    before = set(threads())
    HealthChecker(lambda: [], lambda url: True)
    assert set(threads()) <= before
