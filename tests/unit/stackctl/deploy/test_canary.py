"""A canary ends with one version, whatever happens on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from stackctl.deploy.analysis import Limits, Look, Verdict
from stackctl.deploy.canary import BLIND_SECONDS, Canary, CanaryResult, Clock, Ending
from stackctl.deploy.counts import Counts
from stackctl.deploy.metrics_source import Snapshot
from stackctl.query import QueryError

LIMITS = Limits(least_seconds=10, least_requests=100)
SCRAPE_SECONDS = 5.0


@dataclass
class FakeTime:
    """Everybody else lives in the same time: whoever sleeps lets it pass."""

    time: float = 1000.0

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.time, self.sleep)


@dataclass
class FakeShop:
    """A stage, and what is counted on it: so many requests per second, of which the new version's fail."""

    time: FakeTime
    rate: float = 50.0
    failing: float = 0.0
    seconds: float = 0.01
    share: float = 0.0
    done: list[str] = field(default_factory=list)
    runs: bool = True
    started_anew_at: float = 0.0
    _counted: list[tuple[float, float]] = field(default_factory=list)

    def set_share(self, percent: float) -> None:
        self.share = percent
        self._counted.append((self.time.time, percent))
        self.done.append(f"{percent:g} %")

    def candidate_runs(self) -> bool:
        return self.runs

    def roll_back(self) -> None:
        self.done.append("rolled back")

    def finish(self) -> None:
        self.done.append("finished")

    def look(self) -> Snapshot:
        """As the last scrape has it."""
        scraped = self.time.time // SCRAPE_SECONDS * SCRAPE_SECONDS
        new, old = self._requests(scraped)
        return Snapshot(
            scraped, {"v2": self._counts(new, self.failing, self.seconds), "v1": self._counts(old)}
        )

    def _requests(self, until: float) -> tuple[int, int]:
        ends = [moment for moment, _ in self._counted[1:]] + [until]
        new = old = 0.0
        for (start, share), end in zip(self._counted, ends, strict=True):
            seconds = max(0.0, min(end, until) - max(start, self.started_anew_at))
            new += seconds * self.rate * share / 100
            old += seconds * self.rate * (1 - share / 100)
        return int(new), int(old)

    def _counts(self, requests: int, failing: float = 0.0, seconds: float = 0.01) -> Counts:
        slow = seconds > 0.1
        buckets = (0, 0 if slow else requests, 0, 0, 0, 0, requests if slow else 0, *(0,) * 8)
        return Counts(requests, int(requests * failing), buckets, requests * seconds)


@dataclass
class Shown:
    steps: list[float] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, share: float) -> None:
        self.steps.append(share)

    def look(self, look: Look, verdict: Verdict) -> None:
        self.verdicts.append(verdict)

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def shop() -> FakeShop:
    return FakeShop(FakeTime())


def run(
    shop: FakeShop, shown: Shown | None = None, look: Callable[[], Snapshot] | None = None
) -> CanaryResult:
    return Canary(shop, look or shop.look, ("v2", "v1"), shown or Shown(), LIMITS, shop.time.clock()).run()


def test_a_good_version_is_promoted_step_by_step(shop: FakeShop) -> None:
    shown = Shown()
    outcome = run(shop, shown)

    assert shop.done == ["10 %", "25 %", "50 %", "finished"]
    assert shown.steps == [10, 25, 50]
    assert shown.verdicts[-1] is Verdict.GOOD
    assert (outcome.ending, outcome.share) == (Ending.PROMOTED, 100)


def test_a_version_that_fails_is_rolled_back_with_the_reason(shop: FakeShop) -> None:
    shop.failing = 0.2
    outcome = run(shop)

    assert shop.done == ["10 %", "rolled back"]
    assert outcome.ending is Ending.WORSE
    assert "of its requests failed, 0.0% of the old version's" in outcome.reason
    assert outcome.until - outcome.since < 30


def test_a_version_that_is_slow_is_rolled_back(shop: FakeShop) -> None:
    shop.seconds = 0.11
    outcome = run(shop)

    assert shop.done == ["10 %", "rolled back"]
    assert outcome.reason == "its requests took 110 ms on average, the old version's 10 ms"


def test_a_version_that_becomes_bad_later_is_rolled_back_from_there(shop: FakeShop) -> None:
    def look() -> Snapshot:
        shop.seconds = 0.11 if shop.share == 50 else 0.01
        return shop.look()

    outcome = run(shop, look=look)

    assert shop.done == ["10 %", "25 %", "50 %", "rolled back"]
    assert (outcome.ending, outcome.share) == (Ending.WORSE, 50)


def test_without_any_request_it_says_so_before_long(shop: FakeShop) -> None:
    shop.rate = 0
    outcome = run(shop)

    assert shop.done == ["10 %", "rolled back"]
    assert outcome.ending is Ending.STARVED
    assert outcome.reason == (
        "0 requests for the new version and 0 requests for the old one in 30 s; each needs 100"
    )


def test_with_too_few_requests_it_gives_up_after_the_last_look(shop: FakeShop) -> None:
    shop.rate = 2
    shown = Shown()
    outcome = run(shop, shown)

    assert outcome.ending is Ending.STARVED
    assert len(shown.verdicts) == LIMITS.most_looks
    assert shop.done == ["10 %", "rolled back"]


def test_a_version_that_ends_by_itself_is_rolled_back_at_once(shop: FakeShop) -> None:
    def look() -> Snapshot:
        shop.runs = shop.time.time < 1015
        return shop.look()

    outcome = run(shop, look=look)

    assert (outcome.ending, shop.done[-1]) == (Ending.ENDED, "rolled back")
    assert shop.time.time < 1020


def test_who_sees_nothing_promotes_nothing(shop: FakeShop) -> None:
    def look() -> Snapshot:
        raise QueryError("Prometheus at http://127.0.0.1:9090 does not answer.")

    outcome = run(shop, look=look)

    assert outcome.ending is Ending.BLIND
    assert outcome.reason.endswith("Prometheus at http://127.0.0.1:9090 does not answer.")
    assert BLIND_SECONDS <= shop.time.time - 1000 < BLIND_SECONDS + 5
    assert shop.done[-1] == "rolled back"


def test_one_scrape_is_looked_at_once(shop: FakeShop) -> None:
    shown = Shown()
    run(shop, shown)

    assert len(shown.verdicts) <= (shop.time.time - 1000) / SCRAPE_SECONDS


def test_a_gateway_that_is_started_anew_begins_the_step_anew(shop: FakeShop) -> None:
    shown = Shown()

    def look() -> Snapshot:
        if shop.time.time >= 1012 and not shop.started_anew_at:
            shop.started_anew_at = 1012
        return shop.look()

    outcome = run(shop, shown, look)

    assert shown.notes == ["The gateway was started anew: this step begins again."]
    assert outcome.ending is Ending.PROMOTED


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_whatever_interrupts_it_the_old_version_gets_all_again(
    shop: FakeShop, interrupt: type[BaseException]
) -> None:
    def looks() -> Iterator[Snapshot]:
        yield shop.look()
        raise interrupt

    some = looks()
    with pytest.raises(interrupt):
        run(shop, look=lambda: next(some))

    assert shop.done == ["10 %", "rolled back"]
