"""The counts of all versions of a service, as Prometheus has them at one moment."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stackctl.deploy import queries
from stackctl.deploy.counts import BOUNDS, Counts, own_counts
from stackctl.query import Prometheus, Series


@dataclass(frozen=True)
class Snapshot:
    """`time` is that of the scrape, in seconds since the epoch."""

    time: float = 0.0
    versions: Mapping[str, Counts] = field(default_factory=dict)

    def of(self, version: str) -> Counts:
        """A version that the gateway has not heard of yet has counted nothing."""
        return self.versions.get(version, Counts())


class Observer:
    def __init__(self, service: str, prometheus: Prometheus) -> None:
        self._service = service
        self._prometheus = prometheus

    def look(self) -> Snapshot:
        """Everything is asked for one and the same moment."""
        scraped = self._prometheus.instant(queries.last_scrape(self._service))
        if not scraped:
            return Snapshot()
        time = _value(scraped[0])
        outcomes, buckets, seconds = (
            self._prometheus.instant(query(self._service), at=time)
            for query in (queries.requests_by_outcome, queries.durations_by_bucket, queries.seconds_in_all)
        )
        return Snapshot(time, _versions(outcomes, buckets, seconds))


def _versions(
    outcomes: Iterable[Series], buckets: Iterable[Series], seconds: Iterable[Series]
) -> dict[str, Counts]:
    requests: defaultdict[str, dict[str, int]] = defaultdict(dict)
    cumulative: defaultdict[str, dict[float, float]] = defaultdict(dict)
    for one in outcomes:
        requests[one.labels["version"]][one.labels["outcome"]] = round(_value(one))
    for one in buckets:
        cumulative[one.labels["version"]][float(one.labels["le"])] = _value(one)
    sums = {one.labels["version"]: _value(one) for one in seconds}
    return {
        version: Counts(
            requests=sum(by_outcome.values()),
            errors=sum(by_outcome.get(outcome, 0) for outcome in queries.ERRORS),
            buckets=own_counts([cumulative[version].get(bound, 0.0) for bound in BOUNDS]),
            seconds=sums.get(version, 0.0),
        )
        for version, by_outcome in requests.items()
    }


def _value(series: Series) -> float:
    value = series.samples[-1][1]
    return 0.0 if math.isnan(value) else value
