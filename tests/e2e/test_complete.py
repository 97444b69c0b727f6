"""Every request of mixed traffic is in all three signals, once; and the proof itself can fail."""

import json
import time
import uuid
from dataclasses import asdict, replace

import pytest

from proof.expectations import RISING
from proof.ledger.rows import read_ledger
from proof.ledger.runs import Run
from proof.verify.report import Report
from proof.verify.verification import verify_run
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.run.service_settings import saga_mode
from stackctl.shop_scenarios import SERVICES, TRAFFIC, SagaMode, edges
from stackctl.system.polling import NotYet, poll_until
from tests.e2e.reports import defects

WITHIN = 30.0

EDGES = edges(SagaMode(saga_mode()))


def test_every_request_is_in_all_three_signals_and_nothing_is_there_twice(report: Report) -> None:
    assert defects(report) == []
    assert report.ok
    assert all(check.expected > 0 for check in report.checks), "a check of nothing proves nothing"


def test_every_request_was_answered_as_expected(report: Report) -> None:
    assert (report.requests.unanswered, report.requests.unexpected) == (0, 0)


def test_an_order_that_was_never_placed_is_found_missing_in_every_signal_and_in_the_shop(
    run: Run, report: Report
) -> None:
    """The proof can fail: a ledger with one invented row does not verify."""
    true_ledger = run.ledger.read_text()
    order = next(row for row in read_ledger(run.ledger) if row.kind == "order_create")
    invented = replace(order, trace_id="f" * 32, span_id="f" * 16, created_id=str(uuid.uuid4()))
    with run.ledger.open("a") as ledger:
        ledger.write(json.dumps(asdict(invented)) + "\n")

    verdict = verify_run(run.run_id, 1.0, lambda signal, state: None)

    run.ledger.write_text(true_ledger)
    assert not verdict.ok
    missing = {check.name for check in verdict.checks if check.missing}
    assert missing == {
        "traces",
        "calls between services",
        "events and saga steps",
        "events handled",
        "access lines by trace",
        "increments of counters",
        "events published and handled",
        "business counters",
        "orders placed",
        "mails",
    }


@pytest.mark.parametrize("service", [*SERVICES, TRAFFIC])
def test_jaeger_knows_the_service(run: Run, service: str) -> None:
    poll_until(lambda: service in Jaeger().services(), f"the service {service} in Jaeger", WITHIN)


@pytest.mark.parametrize("service", SERVICES)
def test_loki_has_lines_of_the_service(run: Run, service: str) -> None:
    start, end = int(run.started_at * 1e9), time.time_ns()
    poll_until(
        lambda: next(Loki().lines(f'{{service_name="{service}"}}', start, end), NotYet("no line")),
        f"a line of {service} in Loki",
        WITHIN,
    )


@pytest.mark.parametrize("service", SERVICES)
def test_prometheus_has_counted_what_the_service_did(run: Run, service: str) -> None:
    query = f'sum({{__name__=~"{"|".join(sorted(RISING))}",job="{service}"}}) > 0'
    poll_until(lambda: Prometheus().value(query), f"what {service} did in Prometheus", WITHIN)


@pytest.fixture(scope="module")
def service_graph(run: Run, report: Report) -> set[tuple[str, str]]:
    """Once the report is there, all traces are."""
    return Jaeger().dependencies(run.started_at, run.started_at + run.duration)


@pytest.mark.parametrize("caller, callee", sorted(EDGES))
def test_the_service_graph_shows_the_edge(
    service_graph: set[tuple[str, str]], caller: str, callee: str
) -> None:
    assert (caller, callee) in service_graph


def test_everything_that_is_scraped_is_up(run: Run) -> None:
    jobs = {*SERVICES, "console", "otel-collector", "prometheus", "alertmanager", "loki", "jaeger"}

    def all_up() -> bool | NotYet:
        up = {series.labels["job"] for series in Prometheus().instant("up == 1")}
        return up == jobs or NotYet(sorted(up))

    poll_until(all_up, f"up == 1 in Prometheus for {', '.join(sorted(jobs))}", WITHIN)


def test_freshness_was_measured_for_every_signal(report: Report) -> None:
    assert {signal: probes.probes > 0 for signal, probes in report.freshness.items()} == {
        "traces": True,
        "logs": True,
        "metrics": True,
    }
