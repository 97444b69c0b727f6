"""Where the services' request counters stand before a run, read from their own /metrics."""

import time
from collections.abc import Mapping

import requests
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from prometheus_client.parser import text_string_to_metric_families

from stackctl.errors import StackError
from stackctl.expectations import Served
from telemetry import names

Counters = dict[Served, float]

# A request is counted shortly after its answer has left. Two equal readings this far apart are the last word.
_SETTLE_SECONDS = 0.3


def parse_counters(service: str, exposition: str) -> Counters:
    """Pick the request counter out of a service's /metrics."""
    return {
        Served(
            service,
            sample.labels[names.label(names.HTTP_REQUEST_METHOD)],
            sample.labels[names.label(names.HTTP_ROUTE)],
            int(sample.labels[names.label(names.HTTP_RESPONSE_STATUS_CODE)]),
        ): sample.value
        for family in text_string_to_metric_families(exposition)
        if family.name == names.HTTP_SERVER_REQUEST_DURATION
        for sample in family.samples
        if sample.name == f"{names.HTTP_SERVER_REQUEST_DURATION}_count"
    }


def settled_counters(urls: Mapping[str, str], timeout: float = 3.0) -> Counters:
    """Read all counters until two readings are equal: nothing sent earlier is still to be counted.

    When they never stand still, somebody else sends requests too; `verify` will say so.
    """
    deadline = time.monotonic() + timeout
    counters = _scrape(urls)
    while time.monotonic() < deadline:
        time.sleep(_SETTLE_SECONDS)
        before, counters = counters, _scrape(urls)
        if counters == before:
            break
    return counters


def _scrape(urls: Mapping[str, str]) -> Counters:
    return {key: value for name, url in urls.items() for key, value in _scrape_one(name, url).items()}


def _scrape_one(service: str, url: str) -> Counters:
    try:
        # An earlier run in this process may have had `requests` observed.
        with suppress_http_instrumentation():
            response = requests.get(f"{url}/metrics", timeout=5)
        response.raise_for_status()
    except requests.RequestException as error:
        raise StackError(
            f"The service {service} at {url} does not answer.", "Is the stack up? ./stack up"
        ) from error
    return parse_counters(service, response.text)
