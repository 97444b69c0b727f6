"""Calls made at once belong to the request that makes them."""

from collections.abc import Iterator
from threading import Barrier

import pytest
from opentelemetry import trace

from chassis.errors import NotFound
from chassis.parallel import Parallel
from glasshouse_telemetry.testing import capture_spans


@pytest.fixture
def parallel() -> Iterator[Parallel]:
    parallel = Parallel(threads=2)
    yield parallel
    parallel.close()


def test_they_run_at_the_same_time(parallel: Parallel) -> None:
    together = Barrier(2)
    futures = [parallel.start(lambda: together.wait(timeout=10)) for _ in range(2)]
    assert sorted(future.result() for future in futures) == [0, 1]


def test_their_spans_are_children_of_the_request(parallel: Parallel) -> None:
    with capture_spans() as spans:
        tracer = trace.get_tracer("test")

        def call() -> None:
            with tracer.start_as_current_span("call"):
                pass

        with tracer.start_as_current_span("request"):
            parallel.start(call).result()
    call_span, request_span = spans
    assert request_span.context is not None and call_span.parent is not None
    assert call_span.parent.span_id == request_span.context.span_id


def test_what_one_raises_is_raised_to_who_asks_for_its_result(parallel: Parallel) -> None:
    def call() -> None:
        raise NotFound("x")

    with pytest.raises(NotFound):
        parallel.start(call).result()
