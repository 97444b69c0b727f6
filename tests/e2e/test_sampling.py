"""With a percentage of traces kept, what is interesting is kept all the same, and rates stay exact."""

import uuid
from collections.abc import Iterator

import pytest
from rich.console import Console

from stackctl.query import Jaeger, Prometheus
from stackctl.run import stack as whole_stack
from stackctl.system.polling import NotYet, poll_until
from tests.e2e import otlp
from tests.e2e.running import kill


@pytest.fixture
def sampled_stack(stack: None, console: Console, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as environment:
        environment.setenv("TRACES_KEPT_PERCENT", "5")
        kill("otel-collector")
        whole_stack.bring_up(console)
        yield
    kill("otel-collector")
    whole_stack.bring_up(console)


def test_errors_and_slow_traces_are_kept_the_rest_is_thinned_out_and_rates_count_all(
    sampled_stack: None,
) -> None:
    service = f"sampled-{uuid.uuid4().hex[:8]}"
    failed, slow, fine = ([uuid.uuid4().hex for _ in range(count)] for count in (40, 40, 400))
    otlp.send(service, [otlp.span(trace_id, status=otlp.ERROR) for trace_id in failed])
    otlp.send(service, [otlp.span(trace_id, seconds=0.8) for trace_id in slow])
    otlp.send(service, [otlp.span(trace_id) for trace_id in fine])

    def interesting() -> bool | NotYet:
        found = Jaeger().traces([*failed, *slow])
        return len(found) == len(failed) + len(slow) or NotYet(f"{len(found)} of them")

    poll_until(interesting, "every failed and every slow trace in Jaeger", 60)
    kept = len(Jaeger().traces(fine))
    assert 0 < kept < len(fine) / 4, f"{kept} of {len(fine)} other traces were kept, at 5 percent"
    calls = f'sum(traces_span_metrics_calls_total{{service_name="{service}"}})'
    poll_until(
        lambda: Prometheus().value(calls) == 480 or NotYet(Prometheus().value(calls)),
        f"480 calls of {service} counted from spans in Prometheus",
        30,
    )
