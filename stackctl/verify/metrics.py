"""Metrics: the counters of calls rose by exactly what the ledger says, by service, operation and status."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from stackctl.expectations import CONVENTIONS, Served, read_served
from stackctl.query import Series
from stackctl.traffic.ledger import Row
from stackctl.verify.demands import compare, demanded_calls, served, tolerated_calls
from stackctl.verify.findings import Check, Defect, Finding, check_of

COUNTERS = {f"{convention.counter}_count": protocol for protocol, convention in CONVENTIONS.items()}


def increase(values: Iterable[float], baseline: float) -> float:
    """By how much a counter rose from its baseline over these samples. One that fell began again at 0."""
    total, last = 0.0, baseline
    for value in values:
        total += value - last if value >= last else value
        last = value
    return total


def increases(
    series: Iterable[Series], baseline: Mapping[str, Mapping[Served, float]], until: Mapping[str, float]
) -> Counter[Served]:
    """Sum up how much each counter rose from its instance's baseline to its instance's time in `until`."""
    rose: Counter[Served] = Counter()
    for one in series:
        key, instance = _key(one.labels), one.labels["instance"]
        values = [value for time, value in one.samples if time <= until.get(instance, 0)]
        rose[key] += round(increase(values, baseline.get(instance, {}).get(key, 0.0)))
    return +rose


def reconcile_counters(rows: Iterable[Row], rose: Counter[Served]) -> Check:
    demanded: Counter[Served] = Counter()
    tolerated: Counter[Served] = Counter()
    for row in rows:
        demanded.update(served(demanded_calls(row).elements()))
        tolerated.update(served(tolerated_calls(row).elements()))
    too_few, too_many = compare(demanded, tolerated, rose)
    findings = [
        *_findings(Defect.MISSING, too_few, demanded),
        *_findings(Defect.DUPLICATED, too_many, demanded),
    ]
    return check_of("metrics", "increments of counters", demanded.total(), findings)


def selector(key: Served) -> str:
    """The PromQL selector of one counter."""
    labels = ",".join(f'{name}="{value}"' for name, value in {"job": key.service, **key.labels}.items())
    return f"{CONVENTIONS[key.protocol].counter}_count{{{labels}}}"


def _key(labels: Mapping[str, str]) -> Served:
    return read_served(labels["job"], COUNTERS[labels["__name__"]], labels)


def _findings(
    defect: Defect, amounts: Counter[Served], demanded: Counter[Served]
) -> Iterator[tuple[int, Finding]]:
    for key, amount in sorted(amounts.items()):
        detail = f"{amount} of {demanded[key]} increments"
        if defect is Defect.DUPLICATED:
            detail = f"{amount} more than the ledger's {demanded[key]}: other traffic, or counted twice"
        yield amount, Finding(defect, str(key), detail, selector(key))
