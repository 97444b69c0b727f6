"""What Prometheus answers becomes counts by version."""

from collections.abc import Mapping
from typing import Any

from stackctl.deploy.counts import BOUNDS
from stackctl.deploy.metrics_source import Observer, Snapshot
from stackctl.query import Prometheus, Series

TIME = 1_795_240_000.0


class FakePrometheus(Prometheus):
    """Answers by the metric that a query names."""

    def __init__(self, answers: Mapping[str, list[Series]]) -> None:
        super().__init__("http://127.0.0.1:1")
        self._answers = answers
        self.asked_for: set[float | None] = set()

    def instant(self, promql: str, at: float | None = None) -> list[Series]:
        if promql.startswith("max(timestamp("):
            return self._answers["scraped"]
        self.asked_for.add(at)
        return next(answer for name, answer in self._answers.items() if name in promql)


def series(value: float, **labels: Any) -> Series:
    return Series({name: str(text) for name, text in labels.items()}, ((TIME, value),))


def test_requests_errors_and_durations_of_both_versions_at_one_moment() -> None:
    names = [("+Inf" if bound == float("inf") else f"{bound:g}") for bound in BOUNDS]
    prometheus = FakePrometheus(
        {
            "scraped": [series(TIME)],
            "_bucket": [
                series(7 if number else 4, version="v2", le=name) for number, name in enumerate(names)
            ],
            "_sum": [series(0.25, version="v2")],
            "gateway_requests_total": [
                series(5, version="v2", outcome="2xx"),
                series(1, version="v2", outcome="5xx"),
                series(1, version="v2", outcome="timeout"),
                series(9, version="v1", outcome="2xx"),
            ],
        }
    )
    seen = Observer("products", prometheus).look()

    new = seen.of("v2")
    assert (seen.time, new.requests, new.errors, new.seconds) == (TIME, 7, 2, 0.25)
    assert new.buckets == (4, 3, *(0,) * 13)
    assert seen.of("v1").requests == 9
    assert seen.of("v3").requests == 0
    assert prometheus.asked_for == {TIME}


def test_before_the_first_scrape_there_is_nothing() -> None:
    assert Observer("products", FakePrometheus({"scraped": []})).look() == Snapshot()
