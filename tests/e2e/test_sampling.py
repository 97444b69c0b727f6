"""With a percentage of traces kept, every error is kept all the same, and the rates stay exact."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from stackctl import stack as whole_stack
from stackctl.polling import poll_until
from stackctl.query import Jaeger, Prometheus
from stackctl.traffic.ledger import read_ledger
from stackctl.traffic.running import run_traffic
from tests.e2e.running import kill

CALLS = 'sum(traces_span_metrics_calls_total{service_name="traffic"})'


@pytest.fixture
def sampled_stack(stack: None, console: Console, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as environment:
        environment.setenv("TRACES_KEPT_PERCENT", "5")
        kill("otel-collector")
        whole_stack.bring_up(console)
        yield
    kill("otel-collector")
    whole_stack.bring_up(console)


def test_errors_are_kept_the_rest_is_thinned_out_and_rates_count_all(
    sampled_stack: None, console: Console
) -> None:
    run = run_traffic(console, rate=30, duration=10, seed=11, profile="errors", freshness=False)
    rows = [row for row in read_ledger(run.ledger) if row.answered]
    failed = {row.trace_id for row in rows if (row.status or 0) >= 400}
    fine = {row.trace_id for row in rows} - failed

    poll_until(lambda: failed <= Jaeger().traces(failed).keys(), "every failed trace in Jaeger", 60)
    kept = len(Jaeger().traces(fine))
    assert kept < len(fine) / 2, f"{kept} of {len(fine)} traces without an error were kept, at 5 percent"
    # The Collector has just started, so its counter began at zero with this run.
    poll_until(lambda: Prometheus().value(CALLS) == len(rows), f"{len(rows)} calls counted from spans", 30)
