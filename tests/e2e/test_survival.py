"""Backends die and come back; what was sent before, meanwhile and after is all there, once."""

from rich.console import Console

from proof.ledger.runs import Run, load_run
from proof.verify.report import Report
from stackctl.run import stack as whole_stack
from tests.e2e.reports import defects, verified
from tests.e2e.running import kill, kill_with_workers, pids
from tests.e2e.sending import begin_traffic

BACKENDS = ("otel-collector", "prometheus", "alertmanager", "loki", "jaeger")


def test_each_backend_is_killed_in_turn_under_traffic_and_nothing_is_lost_or_twice(
    stack: None, run: Run, console: Console
) -> None:
    traffic = begin_traffic(rate=25, seconds=60)
    # The mail server, too: mails wait for it.
    for name in (*BACKENDS, "mail"):
        others = {other: pid for other, pid in pids().items() if other != name}
        kill(name)
        traffic.let_pass(requests=25)
        assert whole_stack.bring_up(console) == [name]
        assert {other: pid for other, pid in pids().items() if other != name} == others
        traffic.let_pass(requests=50)
    assert traffic.wait() == 0

    report = verified(load_run())
    assert defects(report) == []
    assert report.ok
    assert (report.requests.unanswered, report.requests.unexpected) == (0, 0)


def test_a_service_killed_while_the_collector_is_away_leaves_its_spans_to_the_next(
    stack: None, console: Console
) -> None:
    traffic = begin_traffic(rate=25, seconds=30)
    kill("otel-collector")
    traffic.let_pass(requests=200)
    kill_with_workers("products")
    assert whole_stack.bring_up(console) == ["otel-collector", "products"]
    assert traffic.wait() == 0

    # Its counters since the last scrape are gone, and of its spans those of the last moment (docs/loss.md).
    (traces,) = (check for check in verified(load_run()).checks if check.name == "traces")
    lacking = traces.missing + traces.lost
    assert lacking <= 5, f"{lacking} of {traces.expected} traces lack spans: {traces.findings[:5]}"
    assert traces.duplicated == 0


def test_a_restart_of_everything_keeps_the_data(run: Run, report: Report, console: Console) -> None:
    assert report.ok
    whole_stack.take_down(console)
    assert pids() == {}
    whole_stack.bring_up(console)
    after = verified(run)
    assert defects(after) == []
