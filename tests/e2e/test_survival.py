"""Backends die and come back; what was sent before, meanwhile and after is all there, once."""

import subprocess
import sys
import time

import pytest
from rich.console import Console

from stackctl import stack as whole_stack
from stackctl.paths import ROOT
from stackctl.polling import poll_until
from stackctl.traffic.ledger import read_ledger
from stackctl.traffic.runs import Run, load_run
from stackctl.verify.report import Report
from tests.e2e.reports import defects, verified
from tests.e2e.running import kill, pids

BACKENDS = ("otel-collector", "prometheus", "alertmanager", "loki", "jaeger")


@pytest.fixture
def traffic(stack: None, run: Run) -> subprocess.Popen[bytes]:
    """Traffic for a minute beside the test, as a process of its own."""
    before = load_run().run_id
    command = [
        sys.executable,
        "-m",
        "stackctl",
        "traffic",
        "--rate",
        "25",
        "--duration",
        "60s",
        "--seed",
        "7",
    ]
    sending = subprocess.Popen([*command, "--no-freshness"], cwd=ROOT, stdout=subprocess.DEVNULL)

    def begun() -> bool:
        current = load_run()
        return current.run_id != before and current.ledger.exists() and any(read_ledger(current.ledger))

    poll_until(begun, "the first row of the ledger of ./stack traffic", 30)
    return sending


def test_each_backend_is_killed_in_turn_under_traffic_and_nothing_is_lost_or_twice(
    traffic: subprocess.Popen[bytes], console: Console
) -> None:
    for name in BACKENDS:
        others = {other: pid for other, pid in pids().items() if other != name}
        kill(name)
        _let_traffic_pass(requests=25)
        assert whole_stack.bring_up(console) == [name]
        assert {other: pid for other, pid in pids().items() if other != name} == others
        _let_traffic_pass(requests=50)
    assert traffic.wait(timeout=180) == 0

    report = verified(load_run())
    assert defects(report) == []
    assert report.ok
    assert (report.requests.unanswered, report.requests.unexpected) == (0, 0)


def test_a_restart_of_everything_keeps_the_data(run: Run, report: Report, console: Console) -> None:
    assert report.ok
    whole_stack.take_down(console)
    assert pids() == {}
    whole_stack.bring_up(console)
    after = verified(run)
    assert defects(after) == []


def _let_traffic_pass(requests: int) -> None:
    """Wait until so many more requests were answered: that is what must survive, not a span of time."""
    run = load_run()
    wanted = sum(1 for _ in read_ledger(run.ledger)) + requests
    poll_until(
        lambda: (
            sum(1 for _ in read_ledger(run.ledger)) >= wanted or time.time() > run.started_at + run.duration
        ),
        f"{requests} more rows in the ledger of {run.run_id}",
        30,
    )
