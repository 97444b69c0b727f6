"""A circuit opens when its peer fails too often, and closes once a single trial has succeeded."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from chassis.circuit import Circuit, CircuitOpen, CircuitSettings, State
from chassis.errors import NotFound, UpstreamFailed
from tests.unit.chassis.fake_clock import FakeClock

SETTINGS = CircuitSettings(window_s=10, minimum_calls=4, failure_ratio=0.5, open_s=5)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def peer() -> str:
    return f"peer-{uuid4()}"


@pytest.fixture
def circuit(peer: str, clock: FakeClock) -> Circuit:
    return Circuit(peer, SETTINGS, clock)


def state_of(circuit: Circuit) -> State:
    return circuit.state


def succeed(circuit: Circuit, times: int = 1) -> None:
    for _ in range(times):
        with circuit.guard():
            pass


def fail(circuit: Circuit, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(UpstreamFailed, match="broken"), circuit.guard():
            raise UpstreamFailed("peer", "broken")


def opened(circuit: Circuit) -> Circuit:
    fail(circuit, SETTINGS.minimum_calls)
    assert state_of(circuit) is State.OPEN
    return circuit


def test_a_few_failures_do_not_open_it(circuit: Circuit) -> None:
    fail(circuit, SETTINGS.minimum_calls - 1)
    assert state_of(circuit) is State.CLOSED


def test_it_opens_when_half_of_the_calls_fail(circuit: Circuit) -> None:
    succeed(circuit, 3)
    fail(circuit, 2)
    assert state_of(circuit) is State.CLOSED
    fail(circuit)
    assert state_of(circuit) is State.OPEN


def test_failures_of_long_ago_do_not_count(circuit: Circuit, clock: FakeClock) -> None:
    fail(circuit, 3)
    clock.now += SETTINGS.window_s + 1
    fail(circuit, 3)
    assert state_of(circuit) is State.CLOSED


def test_an_open_circuit_makes_no_call_and_says_when_to_come_back(circuit: Circuit, clock: FakeClock) -> None:
    opened(circuit)
    clock.now += 1.5
    with pytest.raises(CircuitOpen) as refusal, circuit.guard():
        pytest.fail("the call was made")
    assert refusal.value.headers == {"Retry-After": "4"}


def test_after_a_while_one_call_is_tried_and_the_others_wait(circuit: Circuit, clock: FakeClock) -> None:
    opened(circuit)
    clock.now += SETTINGS.open_s
    with circuit.guard():
        assert state_of(circuit) is State.HALF_OPEN
        with pytest.raises(CircuitOpen), circuit.guard():
            pytest.fail("a second call was made")
    assert state_of(circuit) is State.CLOSED


def test_a_trial_that_fails_opens_it_for_as_long_again(circuit: Circuit, clock: FakeClock) -> None:
    opened(circuit)
    clock.now += SETTINGS.open_s
    fail(circuit)
    assert state_of(circuit) is State.OPEN
    clock.now += SETTINGS.open_s - 0.1
    with pytest.raises(CircuitOpen), circuit.guard():
        pytest.fail("the call was made")
    clock.now += 0.1
    succeed(circuit)
    assert state_of(circuit) is State.CLOSED


def test_once_closed_it_has_forgotten_the_old_failures(circuit: Circuit, clock: FakeClock) -> None:
    opened(circuit)
    clock.now += SETTINGS.open_s
    succeed(circuit)
    fail(circuit, SETTINGS.minimum_calls - 1)
    assert state_of(circuit) is State.CLOSED


def test_a_call_from_before_it_opened_decides_nothing_any_more(circuit: Circuit, clock: FakeClock) -> None:
    with circuit.guard():
        opened(circuit)
    assert state_of(circuit) is State.OPEN


def test_nor_does_it_while_another_is_the_trial(circuit: Circuit, clock: FakeClock) -> None:
    with ExitStack() as old:
        old.enter_context(circuit.guard())
        opened(circuit)
        clock.now += SETTINGS.open_s
        with circuit.guard():
            old.close()
            assert state_of(circuit) is State.HALF_OPEN


def test_an_answer_that_is_an_exception_is_no_failure(circuit: Circuit) -> None:
    for _ in range(SETTINGS.minimum_calls):
        with pytest.raises(NotFound), circuit.guard(answers=(NotFound,)):
            raise NotFound("x")
    assert state_of(circuit) is State.CLOSED


def test_its_state_is_a_metric(circuit: Circuit, clock: FakeClock, peer: str) -> None:
    def sample(name: str) -> float | None:
        return REGISTRY.get_sample_value(name, {"peer": peer})

    assert (sample("circuit_breaker_state"), sample("circuit_breaker_opened_total")) == (0, 0)
    opened(circuit)
    assert (sample("circuit_breaker_state"), sample("circuit_breaker_opened_total")) == (2, 1)
    clock.now += SETTINGS.open_s
    with circuit.guard():
        assert sample("circuit_breaker_state") == 1
    assert (sample("circuit_breaker_state"), sample("circuit_breaker_opened_total")) == (0, 1)


def test_of_many_threads_one_gets_the_trial(circuit: Circuit, clock: FakeClock) -> None:
    opened(circuit)
    clock.now += SETTINGS.open_s
    threads = 16
    together, done = Barrier(threads), Barrier(threads)

    def call() -> bool:
        together.wait(timeout=10)
        try:
            with circuit.guard():
                done.wait(timeout=10)
                return True
        except CircuitOpen:
            done.wait(timeout=10)
            return False

    with ThreadPoolExecutor(threads) as pool:
        made = [future.result() for future in [pool.submit(call) for _ in range(threads)]]
    assert sum(made) == 1
    assert state_of(circuit) is State.CLOSED
