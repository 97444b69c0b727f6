"""Where the services' counters stand before a run, read from their own /metrics."""

import time
from collections.abc import Mapping

import requests
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from prometheus_client.parser import text_string_to_metric_families

from proof.expectations import WATCHED, Counted, counted
from stackctl import ports
from stackctl.errors import StackError
from stackctl.run import readiness
from stackctl.settings import saved_options

Counters = dict[Counted, float]
# By instance: its address, as Prometheus has it in the label of that name.
Baseline = dict[str, Counters]

# A request is counted shortly after its answer has left. Two equal readings this far apart are the last word.
_SETTLE_SECONDS = 0.3


def running_services() -> dict[str, str]:
    """The service at each address with metrics; a new version that is only starting has counted nothing."""
    return {
        ports.address(each.metrics_port): each.service
        for each in saved_options.load().instances()
        if not each.candidate or readiness.answers(ports.url(each.port, "/readyz"))
    }


def parse_counters(service: str, exposition: str) -> Counters:
    """Pick what a run is held against out of a service's /metrics."""
    return {
        counted(service, sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name in WATCHED
    }


def settled_counters(services: Mapping[str, str], timeout: float = 3.0) -> Baseline:
    """Read all counters until two readings are equal: nothing sent earlier is still to be counted.

    When they never stand still, somebody else sends requests too; `verify` will say so.

    Args:
        services: the service at each instance's address.
        timeout: seconds.
    """
    deadline = time.monotonic() + timeout
    counters = _scrape(services)
    while time.monotonic() < deadline:
        time.sleep(_SETTLE_SECONDS)
        before, counters = counters, _scrape(services)
        if counters == before:
            break
    return counters


def _scrape(services: Mapping[str, str]) -> Baseline:
    return {address: _scrape_one(service, address) for address, service in services.items()}


def _scrape_one(service: str, address: str) -> Counters:
    try:
        # An earlier run in this process may have had `requests` observed.
        with suppress_http_instrumentation():
            response = requests.get(f"http://{address}/metrics", timeout=5)
        response.raise_for_status()
    except requests.RequestException as error:
        raise StackError(
            f"The service {service} at {address} does not answer.", "Is the stack up? ./stack up"
        ) from error
    return parse_counters(service, response.text)
