"""When services were restarted: what a process has not yet handed over dies with it.

docs/loss.md says what that is: spans of the last moments, increments since the last scrape.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from proof.verify.run_context import scraped_until
from stackctl.query import Prometheus, Series
from stackctl.shop_scenarios import SERVICES

# A process hands its spans over within this time, and so a request that ended earlier is safe.
_HANDOVER_SECONDS = 2.0

# Two scrapes.
_SCRAPED_WITHIN_SECONDS = 10.0


@dataclass(frozen=True)
class Restart:
    """A process of the service was seen last at `start`, and another one has been there since `end`."""

    service: str
    start: float
    end: float
    instance: str = ""


class Restarts:
    def __init__(self, restarts: Iterable[Restart] = ()) -> None:
        self.all: Sequence[Restart] = tuple(restarts)
        self.services = frozenset(restart.service for restart in self.all)

    def during(self, services: Collection[str], start: float, end: float) -> bool:
        """Was one of these services being restarted at any moment between?"""
        return any(
            restart.service in services
            and restart.start - _HANDOVER_SECONDS <= end
            and start <= restart.end + _HANDOVER_SECONDS
            for restart in self.all
        )

    def of_instance(self, instance: str) -> Sequence[Restart]:
        return [restart for restart in self.all if restart.instance == instance]

    def before(self, services: Collection[str], moment: float) -> bool:
        """Had one of these services been restarted by then?"""
        return any(
            restart.service in services and restart.start - _HANDOVER_SECONDS <= moment
            for restart in self.all
        )


def find_restarts(prometheus: Prometheus, start: float, end: float) -> Restarts:
    """Return the restarts of that time, by samples that begin a little before it.

    And end later: when a process dies at the end, another one is scraped only after that.
    """
    selector = f'process_start_time_seconds{{job=~"{"|".join(SERVICES)}"}}'
    series = prometheus.raw_samples(selector, start - _SCRAPED_WITHIN_SECONDS, scraped_until(end))
    found = (restart for one in series for restart in _restarts_of(one))
    return Restarts(restart for restart in found if restart.end > start and restart.start < end)


def _restarts_of(series: Series) -> Iterable[Restart]:
    for (last_seen, before), (_, since) in pairwise(series.samples):
        if since != before:
            yield Restart(series.labels["job"], last_seen, since, series.labels["instance"])
