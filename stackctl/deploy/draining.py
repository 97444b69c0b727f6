"""Before an instance is stopped: its last request is answered, and its counters were scraped a last time."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import requests
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from prometheus_client.parser import text_string_to_metric_families

from glasshouse_telemetry import names
from stackctl.deploy import queries
from stackctl.errors import StackError
from stackctl.query import Prometheus

# Callers look at the registry at most once a second, and only when they have something to send.
QUIET_SECONDS = 2.0
IDLE_WITHIN_SECONDS = 30.0
# Until the Collector has noticed a new instance, twice up to 5 s, and scraped it.
SCRAPED_WITHIN_SECONDS = 20.0


@dataclass(frozen=True)
class Load:
    """Of one instance: requests that it has answered since its start, and those that it is at."""

    answered: float
    active: float


def wait_until_idle(
    addresses: Collection[str],
    read: Callable[[str], Load | None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until no request has come or was under way for a while; False when they do not stop coming.

    An instance that does not answer has nothing to finish.
    """
    read = read or load_of
    deadline = clock() + IDLE_WITHIN_SECONDS
    before, since = [read(address) for address in addresses], clock()
    while clock() < deadline:
        sleep(0.2)
        now = [read(address) for address in addresses]
        if now != before or any(load and load.active for load in now):
            before, since = now, clock()
        elif clock() - since >= QUIET_SECONDS:
            return True
    return False


def wait_until_scraped(
    addresses: Collection[str],
    prometheus: Prometheus,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until Prometheus has a scrape of these instances as they are now; it may be away itself.

    By the time of the scrape, not by counts: series of processes that were at an address before count on
    for minutes.
    """
    since = now()
    while waiting := [address for address in addresses if _scraped_at(address, prometheus) < since]:
        if now() - since > SCRAPED_WITHIN_SECONDS:
            return not [address for address in waiting if load_of(address)]
        sleep(0.5)
    return True


def load_of(address: str) -> Load | None:
    """As the instance's own /metrics have it."""
    try:
        with suppress_http_instrumentation():
            response = requests.get(f"http://{address}/metrics", timeout=5)
            response.raise_for_status()
    except requests.RequestException:
        return None
    return Load(
        sum(_samples(response.text, f"{names.HTTP_SERVER_REQUEST_DURATION}_count")),
        sum(_samples(response.text, names.HTTP_SERVER_ACTIVE_REQUESTS)),
    )


def _samples(exposition: str, name: str) -> Iterator[float]:
    for family in text_string_to_metric_families(exposition):
        yield from (sample.value for sample in family.samples if sample.name == name)


def _scraped_at(address: str, prometheus: Prometheus) -> float:
    try:
        return prometheus.value(queries.last_scrape_of(address)) or 0.0
    except StackError:
        return 0.0
