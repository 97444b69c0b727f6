"""Calls to a service: how often they are tried, on which instances, and when they are not made at all."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Barrier, Event
from uuid import uuid4

import pytest

from chassis.balancing import Balancer
from chassis.circuit import CircuitOpen, CircuitSettings
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.http_client import Timeouts
from chassis.http_errors import UpstreamUnavailable
from chassis.registry import Version
from chassis.retry import Backoff, RetrySettings
from chassis.transport import Call, HttpResponse, UpstreamUnreached
from chassis.upstream import Upstream, UpstreamSettings
from tests.unit.chassis.fake_clock import FakeClock

GET = Call("GET", "/users")
POST = Call("POST", "/users")
FINE = HttpResponse(200)
PATIENT = Timeouts(0.5, 6.0)
NEVER = CircuitSettings(minimum_calls=1_000)
OVERLOADED = HttpResponse(503, [("Retry-After", "1")], b"busy")

Outcome = HttpResponse | UpstreamFailed


def refused() -> UpstreamFailed:
    return UpstreamUnreached("users", "ConnectionError")


def timed_out() -> UpstreamFailed:
    return UpstreamTimeout("users", "ReadTimeout")


def broken() -> UpstreamFailed:
    return UpstreamFailed("users", "ConnectionError")


@dataclass
class FakeTransport:
    """Gives the outcomes in turn, the last of them for ever; each takes `takes_s`."""

    clock: FakeClock
    outcomes: Sequence[Outcome] = (FINE,)
    takes_s: float = 0.01
    sent_to: list[str] = field(default_factory=list)
    timeouts: list[Timeouts] = field(default_factory=list)

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        outcome = self.outcomes[min(len(self.sent_to), len(self.outcomes) - 1)]
        self.sent_to.append(base_url)
        self.timeouts.append(timeouts)
        self.clock.now += self.takes_s
        if isinstance(outcome, UpstreamFailed):
            raise outcome
        return outcome


@dataclass
class FakeObserver:
    attempts: list[tuple[str, str]] = field(default_factory=list)
    retries: int = 0

    def attempted(self, service: str, version: str, outcome: str, seconds: float) -> None:
        self.attempts.append((version, outcome))

    def retried(self, service: str) -> None:
        self.retries += 1


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport(clock: FakeClock) -> FakeTransport:
    return FakeTransport(clock)


@pytest.fixture
def observer() -> FakeObserver:
    return FakeObserver()


Open = Callable[..., Upstream]


@pytest.fixture
def open_upstream(clock: FakeClock, transport: FakeTransport, observer: FakeObserver) -> Open:
    def opened(
        instances: Sequence[str] = ("http://a", "http://b"),
        timeouts: Timeouts = PATIENT,
        circuit: CircuitSettings = NEVER,
        **retries: object,
    ) -> Upstream:
        service = f"users-{uuid4()}"
        return Upstream(
            service,
            Balancer(
                service,
                {"v1": Version(instances=tuple(instances))},
                random=Random(1),
                circuit=circuit,
                clock=clock,
            ),
            transport,
            observer,
            UpstreamSettings(timeouts, RetrySettings(**retries)),  # type: ignore[arg-type]
            clock=clock,
            sleep=clock.sleep,
            random=Random(1),
        )

    return opened


def test_a_call_that_succeeds_is_made_once(
    open_upstream: Open, transport: FakeTransport, observer: FakeObserver
) -> None:
    assert open_upstream().send(GET) is FINE
    assert len(transport.sent_to) == 1
    assert observer == FakeObserver(attempts=[("v1", "2xx")])


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502, 504])
def test_an_answer_about_one_request_is_final(
    open_upstream: Open, transport: FakeTransport, status: int
) -> None:
    transport.outcomes = [HttpResponse(status)]
    assert open_upstream().send(GET).status == status
    assert len(transport.sent_to) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("failure", [refused(), timed_out(), broken(), OVERLOADED], ids=str)
def test_an_idempotent_call_that_fails_is_made_again_on_another_instance(
    open_upstream: Open, transport: FakeTransport, observer: FakeObserver, method: str, failure: Outcome
) -> None:
    transport.outcomes = [failure, FINE]
    assert open_upstream().send(Call(method, "/users")) is FINE
    assert sorted(transport.sent_to) == ["http://a", "http://b"]
    assert observer.retries == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("failure", [timed_out(), broken()], ids=str)
def test_a_call_that_may_have_been_done_is_not_made_twice(
    open_upstream: Open, transport: FakeTransport, method: str, failure: UpstreamFailed
) -> None:
    transport.outcomes = [failure]
    with pytest.raises(UpstreamFailed):
        open_upstream().send(Call(method, "/users"))
    assert len(transport.sent_to) == 1


def test_a_refusal_of_a_post_is_handed_on(open_upstream: Open, transport: FakeTransport) -> None:
    transport.outcomes = [OVERLOADED]
    assert open_upstream().send(POST) is OVERLOADED
    assert len(transport.sent_to) == 1


def test_a_call_that_was_never_sent_goes_to_another_instance_whatever_it_is(
    open_upstream: Open, transport: FakeTransport
) -> None:
    transport.outcomes = [refused(), FINE]
    assert open_upstream().send(POST) is FINE
    assert sorted(transport.sent_to) == ["http://a", "http://b"]


def test_an_instance_that_refuses_connections_is_taken_out(
    open_upstream: Open, transport: FakeTransport
) -> None:
    upstream = open_upstream()
    transport.outcomes = [refused(), FINE]
    for _ in range(5):
        upstream.send(GET)
    gone, *rest = transport.sent_to
    assert set(rest) == {"http://a", "http://b"} - {gone}


def test_three_attempts_are_all_and_the_last_failure_is_told(
    open_upstream: Open, transport: FakeTransport, observer: FakeObserver
) -> None:
    transport.outcomes = [refused(), timed_out(), broken(), FINE]
    with pytest.raises(UpstreamFailed, match="ConnectionError"):
        open_upstream().send(GET)
    assert observer.attempts == [("v1", "unreached"), ("v1", "timeout"), ("v1", "failed")]


def test_an_answer_that_stays_a_503_is_handed_on_as_it_is(
    open_upstream: Open, transport: FakeTransport, observer: FakeObserver
) -> None:
    transport.outcomes = [OVERLOADED]
    assert open_upstream().send(GET) is OVERLOADED
    assert observer.attempts == [("v1", "5xx")] * 3


def test_between_attempts_it_waits_with_jitter(
    open_upstream: Open, transport: FakeTransport, clock: FakeClock
) -> None:
    transport.outcomes = [OVERLOADED]
    upstream = open_upstream(backoff=Backoff(0.1, 1.0))
    for _ in range(3):
        upstream.send(GET)
    firsts, seconds = clock.slept[::2], clock.slept[1::2]
    assert all(0 <= delay <= 0.1 for delay in firsts)
    assert all(0 <= delay <= 0.2 for delay in seconds)
    assert len(set(clock.slept)) == 6


def test_all_attempts_together_keep_to_the_deadline(
    open_upstream: Open, transport: FakeTransport, clock: FakeClock
) -> None:
    transport.outcomes, transport.takes_s = [timed_out()], 3.0
    began = clock.now
    with pytest.raises(UpstreamTimeout):
        open_upstream(timeouts=Timeouts(0.5, 3.0), deadline_s=5.0, backoff=Backoff(0, 0)).send(GET)
    assert transport.timeouts == [Timeouts(0.5, 3.0), Timeouts(0.5, 2.0)]
    assert clock.now - began <= 6.0


def test_without_time_for_another_attempt_there_is_none(
    open_upstream: Open, transport: FakeTransport
) -> None:
    transport.outcomes, transport.takes_s = [timed_out()], 4.95
    with pytest.raises(UpstreamTimeout):
        open_upstream(deadline_s=5.0).send(GET)
    assert len(transport.sent_to) == 1


def test_retries_end_with_their_budget(
    open_upstream: Open, transport: FakeTransport, observer: FakeObserver
) -> None:
    transport.outcomes = [OVERLOADED]
    upstream = open_upstream()
    for _ in range(100):
        upstream.send(GET)
    # 10 in reserve and one for each five calls, where three attempts for each would be 200 retries.
    assert 28 <= observer.retries <= 30


def test_an_open_circuit_makes_no_call_and_is_not_retried(
    open_upstream: Open, transport: FakeTransport, observer: FakeObserver
) -> None:
    upstream = open_upstream(["http://a"], circuit=CircuitSettings(minimum_calls=2, open_s=5))
    transport.outcomes = [broken()]
    with pytest.raises(CircuitOpen):
        upstream.send(GET)
    assert [outcome for _, outcome in observer.attempts] == ["failed", "failed", "circuit_open"]
    with pytest.raises(CircuitOpen):
        upstream.send(POST)
    assert len(transport.sent_to) == 2


def test_a_service_that_recovers_is_called_again(
    open_upstream: Open, transport: FakeTransport, clock: FakeClock
) -> None:
    upstream = open_upstream(["http://a"], circuit=CircuitSettings(minimum_calls=2, open_s=5))
    transport.outcomes = [broken(), broken(), FINE]
    with pytest.raises(CircuitOpen):
        upstream.send(GET)
    clock.now += 5
    assert upstream.send(GET) is FINE


def test_answers_that_are_about_one_request_do_not_open_the_circuit(
    open_upstream: Open, transport: FakeTransport
) -> None:
    upstream = open_upstream(circuit=CircuitSettings(minimum_calls=2))
    transport.outcomes = [HttpResponse(500), HttpResponse(502), HttpResponse(504), HttpResponse(404)]
    assert [upstream.send(GET).status for _ in range(4)] == [500, 502, 504, 404]


def test_without_an_instance_it_is_unavailable_and_the_circuit_stays_closed(
    open_upstream: Open, transport: FakeTransport
) -> None:
    upstream = open_upstream(instances=(), circuit=CircuitSettings(minimum_calls=1))
    for _ in range(3):
        with pytest.raises(UpstreamUnavailable, match="no instance"):
            upstream.send(GET)
    upstream.balancer.update({"v1": Version(instances=("http://a",))})
    assert upstream.send(GET) is FINE


class OneBadInstance(FakeTransport):
    """http://b times out, always."""

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        self.sent_to.append(base_url)
        self.clock.now += 0.05
        if base_url == "http://b":
            raise timed_out()
        return FINE


@pytest.mark.parametrize("calls", [[GET], [POST], [GET, POST]], ids=["reads", "writes", "both"])
def test_one_bad_instance_leaves_the_others_in_use(
    clock: FakeClock, observer: FakeObserver, calls: list[Call]
) -> None:
    transport = OneBadInstance(clock)
    versions = {"v1": Version(instances=("http://a", "http://b"))}
    balancer = Balancer("users", versions, random=Random(1), clock=clock)
    upstream = Upstream(f"users-{uuid4()}", balancer, transport, observer, clock=clock, sleep=clock.sleep)
    failed = 0
    for number in range(60):
        try:
            upstream.send(calls[number % len(calls)])
        except UpstreamFailed:
            failed += 1
    # A write that timed out is not repeated: as many fail as it takes to open the circuit.
    assert failed <= (0 if calls == [GET] else 5)
    assert len(transport.sent_to) - transport.sent_to.count("http://b") >= 55


def test_a_write_does_not_find_out_whether_a_bad_instance_is_well_again(
    clock: FakeClock, observer: FakeObserver
) -> None:
    transport = OneBadInstance(clock)
    versions = {"v1": Version(instances=("http://a", "http://b"))}
    circuit = CircuitSettings(minimum_calls=1, open_s=5)
    balancer = Balancer("users", versions, random=Random(1), circuit=circuit, clock=clock)
    upstream = Upstream(f"users-{uuid4()}", balancer, transport, observer, clock=clock, sleep=clock.sleep)
    for _ in range(2):
        upstream.send(GET)
    assert transport.sent_to.count("http://b") == 1
    clock.now += 5
    assert [upstream.send(POST) for _ in range(10)] == [FINE] * 10
    assert transport.sent_to.count("http://b") == 1
    assert [upstream.send(GET) for _ in range(10)] == [FINE] * 10
    assert transport.sent_to.count("http://b") == 2


class HangingTransport:
    def __init__(self, callers: int) -> None:
        self.arrived = Barrier(callers + 1)
        self.done = Event()

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        self.arrived.wait(timeout=10)
        self.done.wait(timeout=10)
        return FINE


def test_an_instance_that_hangs_holds_no_more_than_its_share_of_the_threads(observer: FakeObserver) -> None:
    transport = HangingTransport(callers=2)
    balancer = Balancer("users", {"v1": Version(instances=("http://a",))}, calls_per_instance=2)
    upstream = Upstream(f"users-{uuid4()}", balancer, transport, observer)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(upstream.send, GET) for _ in range(2)]
        transport.arrived.wait(timeout=10)
        with pytest.raises(UpstreamUnavailable, match="busy"):
            upstream.send(GET)
        transport.done.set()
        assert [future.result() for future in waiting] == [FINE, FINE]
