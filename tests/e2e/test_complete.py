"""Every request of mixed traffic is in all three signals, once; and the proof itself can fail."""

import json
import shutil
import time
from dataclasses import asdict, replace

import pytest

from stackctl.expectations import CONVENTIONS, EDGES, SERVICES, TRAFFIC
from stackctl.polling import NotYet, poll_until
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.traffic.ledger import read_ledger
from stackctl.traffic.runs import Run, new_run_id
from stackctl.verify.report import Report
from stackctl.verify.verifying import verify_run
from tests.e2e.reports import defects

WITHIN = 30.0

# Those that take part in what traffic asks for.
REACHED = sorted({callee for _, callee in EDGES})


def test_every_request_is_in_all_three_signals_and_nothing_is_there_twice(report: Report) -> None:
    assert defects(report) == []
    assert report.ok
    assert all(check.expected > 0 for check in report.checks), "a check of nothing proves nothing"


def test_every_request_was_answered_as_expected(report: Report) -> None:
    assert (report.requests.unanswered, report.requests.unexpected) == (0, 0)


def test_a_request_that_was_never_sent_is_found_missing_in_every_signal(run: Run, report: Report) -> None:
    """The proof can fail: a ledger with one invented row does not verify."""
    forged = replace(run, run_id=new_run_id())
    shutil.copytree(run.folder, forged.folder)
    forged.save()
    first = next(row for row in read_ledger(run.ledger) if row.kind == "product_get")
    invented = replace(first, trace_id="f" * 32, span_id="f" * 16, request_id="never-sent")
    with forged.ledger.open("a") as ledger:
        ledger.write(json.dumps(asdict(invented)) + "\n")

    verdict = verify_run(forged.run_id, 1.0, lambda signal, state: None)

    shutil.rmtree(forged.folder)
    assert not verdict.ok
    assert {check.signal for check in verdict.checks if check.missing} == {"traces", "logs", "metrics"}


@pytest.mark.parametrize("service", [*REACHED, TRAFFIC])
def test_jaeger_knows_the_service(run: Run, service: str) -> None:
    poll_until(lambda: service in Jaeger().services(), f"the service {service} in Jaeger", WITHIN)


@pytest.mark.parametrize("service", REACHED)
def test_loki_has_lines_of_the_service(run: Run, service: str) -> None:
    start, end = int(run.started_at * 1e9), time.time_ns()
    poll_until(
        lambda: next(Loki().lines(f'{{service_name="{service}"}}', start, end), NotYet("no line")),
        f"a line of {service} in Loki",
        WITHIN,
    )


@pytest.mark.parametrize("service", REACHED)
def test_prometheus_has_durations_of_the_calls_of_the_service(run: Run, service: str) -> None:
    counters = "|".join(f"{convention.counter}_count" for convention in CONVENTIONS.values())
    query = f'sum({{__name__=~"{counters}",job="{service}"}}) > 0'
    poll_until(lambda: Prometheus().value(query), f"durations of calls of {service} in Prometheus", WITHIN)


@pytest.mark.parametrize("caller, callee", sorted(EDGES))
def test_the_service_graph_shows_the_edge(run: Run, caller: str, callee: str) -> None:
    poll_until(
        lambda: (caller, callee) in Jaeger().dependencies(time.time(), 600),
        f"the edge {caller} → {callee} in Jaeger",
        WITHIN,
    )


def test_everything_that_is_scraped_is_up(run: Run) -> None:
    jobs = {*SERVICES, "otel-collector", "prometheus", "alertmanager", "loki", "jaeger"}

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
