"""Metrics: the request counters rose by exactly what the ledger says, by service, route and status."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from stackctl.expectations import Served
from stackctl.query import Series
from stackctl.traffic.ledger import Row
from stackctl.verify.demands import compare, demanded_calls, served, tolerated_calls
from stackctl.verify.findings import Check, Defect, Finding, check_of
from telemetry import names

REQUESTS = f"{names.HTTP_SERVER_REQUEST_DURATION}_count"
_METHOD = names.label(names.HTTP_REQUEST_METHOD)
_ROUTE = names.label(names.HTTP_ROUTE)
_STATUS = names.label(names.HTTP_RESPONSE_STATUS_CODE)


def increase(values: Iterable[float], baseline: float) -> float:
    """By how much a counter rose from its baseline over these samples. One that fell began again at 0."""
    total, last = 0.0, baseline
    for value in values:
        total += value - last if value >= last else value
        last = value
    return total


def increases(
    series: Iterable[Series], baseline: Mapping[Served, float], until: Mapping[str, float]
) -> Counter[Served]:
    """Sum up how much each request counter rose, counting only samples up to each service's time in `until`.

    Should a service have several series of one kind, the baseline belongs to the first.
    """
    rest = dict(baseline)
    rose: Counter[Served] = Counter()
    for one in series:
        key = _key(one.labels)
        values = [value for time, value in one.samples if time <= until.get(key.service, 0)]
        if values:
            rose[key] += round(increase(values, rest.pop(key, 0.0)))
    return rose


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
    """The PromQL selector of one request counter."""
    labels = {"job": key.service, _METHOD: key.method, _ROUTE: key.route, _STATUS: str(key.status)}
    return REQUESTS + "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _key(labels: Mapping[str, str]) -> Served:
    """An empty label and an absent one are the same to Prometheus."""
    return Served(labels["job"], labels.get(_METHOD, ""), labels.get(_ROUTE, ""), int(labels[_STATUS]))


def _findings(
    defect: Defect, amounts: Counter[Served], demanded: Counter[Served]
) -> Iterator[tuple[int, Finding]]:
    for key, amount in sorted(amounts.items()):
        detail = f"{amount} of {demanded[key]} increments"
        if defect is Defect.DUPLICATED:
            detail = f"{amount} more than the ledger's {demanded[key]}: other traffic, or counted twice"
        yield amount, Finding(defect, str(key), detail, selector(key))
