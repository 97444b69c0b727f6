"""What a query returns for series whose course is known, written down by hand.

A world is a set of series. Each golden query is asked in five of them: as the world is (`busy`), with every
counter restarted a moment ago (nothing may change), with nothing going on (`idle`), with no series at all
(`empty`), and where the world says more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

NAN: Final = float("nan")

# Grafana's variables, as a dashboard opens that is scraped every 5 s and shows 15 minutes.
SCRAPED_EVERY_S: Final = 5
VARIABLES: Final = {"__rate_interval": "20s", "__range": "900s", "__auto": "20s"}
# 2 s after a scrape.
ASKED_AT_S: Final = 1002
_STEPS: Final = 200
_RESTARTED_AT: Final = 198

Result = Mapping[str, float]


@dataclass(frozen=True)
class World:
    """`counters` by how much they grow in a second, `gauges` by their value; `chosen`: the variables."""

    counters: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    def busy(self) -> list[dict[str, str]]:
        return self._series(lambda step: f"0+{step:.10g}x{_STEPS}")

    def restarted(self) -> list[dict[str, str]]:
        """The process has been killed between two of the last scrapes, and has counted on from zero."""
        after = _STEPS - _RESTARTED_AT
        return self._series(lambda step: f"0+{step:.10g}x{_RESTARTED_AT - 1} {step:.10g}+{step:.10g}x{after}")

    def idle(self) -> list[dict[str, str]]:
        """All has been counted before, and gauges are what they were."""
        return self._series(lambda step: f"{1000 * step:.10g}+0x{_STEPS}")

    def _series(self, counted: Any) -> list[dict[str, str]]:
        counters = {name: counted(rate * SCRAPED_EVERY_S) for name, rate in self.counters.items()}
        gauges = {name: f"{value:.15g}+0x{_STEPS}" for name, value in self.gauges.items()}
        return [{"series": name, "values": values} for name, values in (counters | gauges).items()]


@dataclass(frozen=True)
class Golden:
    """`expr` as the dashboards have it, and what it returns: the value of each series, by its labels.

    `idle` where that differs from `busy` (queries of gauges do not care), `empty` where it is not nothing.
    """

    expr: str
    busy: Result
    idle: Result | None = None
    empty: Result = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Topic:
    """The golden queries of one world."""

    name: str
    world: World
    queries: Sequence[Golden]


def histogram(name: str, labels: str, counts: Mapping[str, float]) -> dict[str, float]:
    """Observations per second up to each bound; the last is that of all."""
    most = max(counts.values())
    return {
        f'{name}_bucket{{{labels}{"," if labels else ""}le="{bound}"}}': count
        for bound, count in {**counts, "+Inf": most}.items()
    }


# Half is done within 0.1, nine in ten within 0.5, all within 1: the median is 0.1, p95 0.75, p99 0.95.
SPREAD: Final = {"0.1": 1.0, "0.5": 1.8, "1": 2.0}
# All within 0.1: p95 is 0.095, the median 0.05.
FAST: Final = {"0.1": 2.0, "0.5": 2.0, "1": 2.0}
# All in the last bucket. Only where it must not be counted.
SLOW: Final = {"0.1": 0.0, "0.5": 0.0, "1": 50.0}
