"""What the queries of log lines return, from a real Loki with our file, for lines that are known."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import requests

from alerts.logs import ALERTS
from alerts.profiles import PRODUCTION
from dashboards.queries import logs
from stackctl import ports
from stackctl.system.polling import NotYet, poll_until
from tests.grafana import all_queries, dashboards, interpolated
from tests.private_backends import PrivateBackends

VARIABLES: Final = {"__auto": "60s", "service": "orders"}
Series = dict[str, float]


@dataclass(frozen=True)
class Lines:
    """So many equal lines of a service, some seconds before it is asked."""

    service: str
    severity: str
    count: int
    message: str = "a line"
    ago_s: int = 10
    namespace: str = "shop"
    fields: Mapping[str, str] = field(default_factory=dict)


LINES: Final = (
    Lines("orders", "INFO", 12),
    Lines("orders", "WARN", 3),
    Lines("orders", "ERROR", 2),
    Lines("users", "ERROR", 1),
    Lines("users", "CRITICAL", 1),
    # Before the last minute.
    Lines("orders", "ERROR", 7, ago_s=90),
    # What was done to the shop is no line of it.
    Lines("stackctl", "WARN", 1, "drill begins", fields={"event_name": "drill.begun"}),
    Lines("stackctl", "INFO", 1, "new version", fields={"event_name": "deploy.promoted"}),
    Lines("stackctl", "INFO", 1, "traffic", fields={"event_name": "traffic.begun"}),
)

# Of messages that differ only by numbers: 10 are not enough, 11 are. Access lines do not count, nor does what
# was there within the hour before.
HOUR: Final = 3600
BURSTS: Final = (
    Lines("payments", "ERROR", 10, "card 17 is lost", ago_s=HOUR),
    Lines("inventory", "ERROR", 6, "stock 4 of 7 is gone", ago_s=HOUR),
    Lines("inventory", "ERROR", 5, "stock 15 of 3 is gone", ago_s=HOUR + 30),
    Lines("gateway", "ERROR", 20, "GET /orders 503", ago_s=HOUR, fields={"logger": "telemetry.access"}),
    Lines("products", "ERROR", 20, "as ever", ago_s=HOUR),
    Lines("products", "ERROR", 1, "as ever", ago_s=HOUR + 1800),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with PrivateBackends(tmp_path_factory.mktemp("loki"), ["loki"]) as backends:
        yield backends.url(ports.LOKI_HTTP)


@pytest.fixture(scope="module")
def asked_at(url: str) -> float:
    """When all lines are there, and are as old as they say."""
    now = time.time()
    for lines in (*BURSTS, *LINES):
        answer = requests.post(f"{url}/otlp/v1/logs", json=otlp(lines, now), timeout=10)
        assert answer.ok, answer.text
    expected = sum(each.count for each in (*BURSTS, *LINES))
    everything = 'sum(count_over_time({service_name=~".+"}[2h]))'
    poll_until(
        lambda: series(url, everything, now) == {"{}": expected} or NotYet(series(url, everything, now)),
        "all lines in Loki",
        30,
    )
    return now


def otlp(lines: Lines, now: float) -> dict[str, Any]:
    first_ns = int((now - lines.ago_s) * 1e9)
    records = [
        {
            "timeUnixNano": str(first_ns + number),
            "severityText": lines.severity,
            "body": {"stringValue": lines.message},
            "attributes": attributes(lines.fields),
        }
        for number in range(lines.count)
    ]
    resource = {"service.name": lines.service, "service.namespace": lines.namespace}
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": attributes(resource)},
                "scopeLogs": [{"logRecords": records}],
            }
        ]
    }


def attributes(named: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in named.items()]


def series(url: str, expr: str, at: float) -> Series:
    params = {"query": expr, "time": f"{at:.9f}"}
    answer = requests.get(f"{url}/loki/api/v1/query", params, timeout=10)
    assert answer.ok, answer.text
    return {
        "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(each["metric"].items())) + "}": round(
            float(each["value"][1]), 6
        )
        for each in answer.json()["data"]["result"]
    }


def lines_found(url: str, expr: str, at: float) -> int:
    params = {"query": expr, "start": f"{at - 900:.9f}", "end": f"{at:.9f}", "limit": "1000"}
    answer = requests.get(f"{url}/loki/api/v1/query_range", params, timeout=10)
    assert answer.ok, answer.text
    return sum(len(stream["values"]) for stream in answer.json()["data"]["result"])


# Of the last minute.
RATES: Final[Mapping[str, Series]] = {
    logs.by_severity(): {
        '{detected_level="info"}': 0.2,
        '{detected_level="warn"}': 0.05,
        '{detected_level="error"}': 0.033333,
    },
    logs.warnings_and_errors_by_service(): {'{service_name="orders"}': 5, '{service_name="users"}': 2},
}
# Of the last quarter of an hour.
FOUND: Final[Mapping[str, int]] = {
    logs.of_service(): 24,
    logs.warnings_and_errors(): 14,
    logs.drills(): 1,
    logs.deployments(): 1,
}


@pytest.mark.parametrize("expr", RATES)
def test_a_rate_of_lines_is_what_was_written(url: str, asked_at: float, expr: str) -> None:
    assert series(url, interpolated(expr, VARIABLES), asked_at) == RATES[expr]


@pytest.mark.parametrize("expr", RATES)
def test_where_nothing_was_written_there_is_no_rate(url: str, asked_at: float, expr: str) -> None:
    assert series(url, interpolated(expr, VARIABLES), asked_at - 7200) == {}


@pytest.mark.parametrize("expr", FOUND)
def test_the_lines_that_are_found_are_those_that_are_meant(url: str, asked_at: float, expr: str) -> None:
    assert lines_found(url, interpolated(expr, VARIABLES), asked_at) == FOUND[expr]


def test_every_query_of_lines_is_known_here() -> None:
    of_panels = {
        query.target["expr"] for query in all_queries() if query.target["datasource"]["type"] == "loki"
    }
    marks = {each["expr"] for dashboard in dashboards().values() for each in dashboard["annotations"]["list"]}
    assert of_panels | marks == {*RATES, *FOUND}


def test_more_than_ten_new_errors_are_a_burst(url: str, asked_at: float) -> None:
    [burst] = ALERTS
    assert series(url, PRODUCTION.expand(burst.expr), asked_at - HOUR + 60) == {
        '{message="stock # of # is gone", service_name="inventory"}': 11
    }
