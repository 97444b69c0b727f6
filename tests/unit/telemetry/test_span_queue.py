"""The queue between ended spans and their receiver: nothing waits, nothing is lost without being counted."""

import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import CollectorRegistry

from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome, unchanged
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.fast.otlp import encoded
from glasshouse_telemetry.metrics.instruments import Instruments

AWAY = Outcome("ConnectionError", "connection refused", retryable=True)
REFUSED = Outcome("400", "400 Bad Request")
PROCESSED = "otel_sdk_processor_span_processed_total"
EXPORTED = "otel_sdk_exporter_span_exported_total"
FAST = QueueSettings(capacity=1000, batch_size=10, delay=0.005, first_pause=0.001, longest_pause=0.005)
Prepare = Callable[[ReadableSpan], object]


class FakeReceiver:
    """Takes what is sent, or gives the outcomes told beforehand first; can be made to hang."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.away = False
        self.taken: list[str] = []
        self.attempts = 0
        self.closed = False
        self.answering = threading.Event()
        self.answering.set()
        self.asked = threading.Event()

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        self.attempts += 1
        self.asked.set()
        self.answering.wait(5)
        outcome = self.outcomes.pop(0) if self.outcomes else AWAY if self.away else DELIVERED
        if outcome is DELIVERED:
            self.taken += [span.name for span in spans]
        return outcome

    def close(self) -> None:
        self.closed = True


class Pipeline:
    """A queue behind a tracer, its receiver and its counts."""

    def __init__(self, receiver: FakeReceiver, settings: QueueSettings, prepare: Prepare) -> None:
        self.receiver = receiver
        self._registry = CollectorRegistry()
        record = Instruments(self._registry)
        counts = record.spans_processed, record.spans_exported
        self.queue = SpanQueue(Destination(lambda: receiver, prepare), settings, *counts)
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(self.queue)
        self._tracer = self._provider.get_tracer("test")

    def end(self, *names: str) -> None:
        for name in names:
            self._tracer.start_span(name).end()

    def count(self, sample: str, error_type: str = "") -> float:
        return self._registry.get_sample_value(sample, {"error_type": error_type}) or 0.0


MakePipeline = Callable[..., Pipeline]


@pytest.fixture
def pipeline() -> Iterator[MakePipeline]:
    made: list[Pipeline] = []

    def make(*outcomes: Outcome, settings: QueueSettings = FAST, prepare: Prepare = unchanged) -> Pipeline:
        made.append(Pipeline(FakeReceiver(*outcomes), settings, prepare))
        return made[-1]

    yield make
    for each in made:
        each.receiver.answering.set()
        each.queue.shutdown(0.1)


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_every_span_arrives_once_and_in_order(pipeline: MakePipeline) -> None:
    line = pipeline()

    line.end(*numbered(25))

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(25)
    assert line.count(PROCESSED) == line.count(EXPORTED) == 25


def test_spans_that_are_not_sampled_stay_out() -> None:
    registry = CollectorRegistry()
    record = Instruments(registry)
    queue = SpanQueue(Destination(FakeReceiver), FAST, record.spans_processed, record.spans_exported)
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(queue)

    provider.get_tracer("test").start_span("unsampled").end()

    assert queue.size == 0


def test_no_thread_is_there_before_the_first_span(pipeline: MakePipeline) -> None:
    def exporting() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "telemetry-export"]

    before = len(exporting())
    line = pipeline()
    assert len(exporting()) == before
    line.end("first")
    assert len(exporting()) == before + 1


def test_a_receiver_that_comes_back_gets_everything_once(pipeline: MakePipeline) -> None:
    line = pipeline(AWAY, AWAY, AWAY)

    line.end(*numbered(25))

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(25)
    assert line.count(EXPORTED) == 25


def test_new_spans_are_dropped_when_it_is_full_and_each_is_counted(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(capacity=10, batch_size=4, delay=0.001))
    line.receiver.answering.clear()

    line.end("first")
    line.receiver.asked.wait(5)
    line.end(*numbered(24))

    assert line.queue.size == 10
    assert line.count(PROCESSED, "queue_full") == 15
    line.receiver.answering.set()
    assert line.queue.force_flush(5000)
    assert line.receiver.taken == ["first", *numbered(9)]


def test_who_ends_a_span_never_waits(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(capacity=10, batch_size=1, delay=0.001))
    line.receiver.answering.clear()
    line.end("first")
    line.receiver.asked.wait(5)

    started = time.perf_counter()
    line.end(*numbered(1000))

    assert time.perf_counter() - started < 1
    line.receiver.answering.set()


def test_what_the_receiver_refuses_does_not_hold_up_what_follows(pipeline: MakePipeline) -> None:
    line = pipeline(REFUSED, settings=QueueSettings(capacity=10, batch_size=2, delay=0.005))

    line.end(*numbered(6))

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(6)[2:]
    assert (line.count(EXPORTED, "400"), line.count(EXPORTED)) == (2, 4)


def test_a_batch_is_given_up_after_a_bounded_time(pipeline: MakePipeline) -> None:
    line = pipeline(
        settings=QueueSettings(delay=0.005, give_up_after=0.05, first_pause=0.01, longest_pause=0.01)
    )
    line.receiver.away = True

    line.end(*numbered(3))

    assert line.queue.force_flush(5000)
    assert line.count(EXPORTED, "retry_timeout") == 3
    assert line.receiver.attempts > 1


def test_a_receiver_can_say_when_to_come_again(pipeline: MakePipeline) -> None:
    line = pipeline(Outcome("429", "429 Too Many Requests", retryable=True, retry_after=0.2))

    started = time.perf_counter()
    line.end("polite")

    assert line.queue.force_flush(5000)
    assert time.perf_counter() - started >= 0.2


def test_a_sender_that_raises_costs_its_batch_and_no_more(pipeline: MakePipeline) -> None:
    line = pipeline()
    calls = iter([RuntimeError("broken encoder")])
    send = line.receiver.send

    def raise_once(spans: Sequence[ReadableSpan]) -> Outcome:
        if (error := next(calls, None)) is not None:
            raise error
        return send(spans)

    line.receiver.send = raise_once  # type: ignore[method-assign]
    line.end("lost")
    line.queue.force_flush(5000)
    line.end("kept")

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == ["kept"]
    assert line.count(EXPORTED, "RuntimeError") == 1


def test_a_span_that_cannot_be_encoded_costs_itself_and_no_other(pipeline: MakePipeline) -> None:
    def refuse_bad(span: ReadableSpan) -> ReadableSpan:
        if span.name == "bad":
            raise ValueError(span.name)
        return span

    line = pipeline(prepare=refuse_bad)
    line.end("first", "bad", "last")

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == ["first", "last"]
    assert (line.count(PROCESSED), line.count(EXPORTED, "ValueError"), line.count(EXPORTED)) == (3, 1, 2)


def test_spans_that_wait_are_no_work_for_the_garbage_collector(pipeline: MakePipeline) -> None:
    line = pipeline(prepare=encoded)
    line.receiver.away = True
    line.end(*numbered(100))

    gc.collect()

    assert line.queue.size == 100
    assert not any(map(gc.is_tracked, line.queue._queue))


def test_shutdown_delivers_what_is_queued(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=60))

    line.end(*numbered(25))
    line.queue.shutdown(5)

    assert line.receiver.taken == numbered(25)
    assert line.receiver.closed


def test_shutdown_waits_for_a_receiver_that_stumbles(pipeline: MakePipeline) -> None:
    line = pipeline(AWAY, AWAY, settings=QueueSettings(delay=60, first_pause=0.01))

    line.end("last")
    line.queue.shutdown(5)

    assert line.receiver.taken == ["last"]


def test_shutdown_is_bounded_and_counts_what_is_left(
    pipeline: MakePipeline, lines: list[dict[str, Any]]
) -> None:
    line = pipeline(settings=QueueSettings(batch_size=10, delay=60, first_pause=0.01))
    line.receiver.away = True

    started = time.perf_counter()
    line.end(*numbered(25))
    line.queue.shutdown(0.3)

    assert time.perf_counter() - started < 2
    assert line.count(EXPORTED, "shutdown_timeout") == 25
    assert "25 spans could not be delivered before the end" in [each["message"] for each in lines]


def test_a_receiver_long_away_is_asked_once_more_at_the_end(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=0.001, first_pause=30, longest_pause=30))
    line.receiver.away = True
    line.end("lost")
    line.receiver.asked.wait(5)

    started = time.perf_counter()
    line.queue.shutdown(20)

    assert time.perf_counter() - started < 5
    assert line.receiver.attempts <= 3
    assert line.count(EXPORTED, "shutdown_timeout") == 1


def test_shutdown_does_not_wait_for_a_receiver_that_hangs(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(batch_size=10, delay=0.001))
    line.receiver.answering.clear()
    line.end("hanging")
    line.receiver.asked.wait(5)
    line.end(*numbered(5))

    started = time.perf_counter()
    line.queue.shutdown(0.2)

    assert time.perf_counter() - started < 2
    assert line.count(PROCESSED) == line.count(EXPORTED, "shutdown_timeout") == 6


def test_spans_after_the_end_are_counted(pipeline: MakePipeline) -> None:
    line = pipeline()
    line.queue.shutdown(1)

    line.end("late")

    assert line.count(PROCESSED, "already_shutdown") == 1


def test_ended_equals_delivered_plus_dropped_whatever_the_threads_do(pipeline: MakePipeline) -> None:
    line = pipeline(
        *[AWAY, DELIVERED] * 20,
        settings=QueueSettings(capacity=50, batch_size=10, delay=0.001, first_pause=0.001),
    )

    threads = [threading.Thread(target=line.end, args=numbered(500)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert line.queue.force_flush(5000)
    assert line.count(PROCESSED, "queue_full") + len(line.receiver.taken) == 4000
    assert line.count(EXPORTED) == len(line.receiver.taken)


def test_an_outage_is_one_warning_and_its_end_another(
    pipeline: MakePipeline, lines: list[dict[str, Any]]
) -> None:
    line = pipeline(*[AWAY] * 20)

    line.end(*numbered(25))
    line.queue.force_flush(5000)

    failed, recovered = lines
    assert (failed["severity"], failed["logger"]) == ("WARNING", "telemetry.export")
    assert failed["message"] == "spans cannot be delivered, up to 1000 are kept: connection refused"
    assert recovered["message"].startswith("spans are delivered again after")


def test_one_outage_after_the_other_is_no_flood(pipeline: MakePipeline, lines: list[dict[str, Any]]) -> None:
    line = pipeline(*[AWAY, DELIVERED] * 10)

    for number in range(10):
        line.end(str(number))
        line.queue.force_flush(5000)

    assert len(line.receiver.taken) == 10
    assert len(lines) == 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_delivers_its_own_spans_alone(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=60))
    line.end("of the parent")

    child = os.fork()
    if child == 0:
        line.end("of the child")
        line.queue.shutdown(5)
        os._exit(0 if line.receiver.taken == ["of the child"] else 1)
    assert os.waitpid(child, 0)[1] == 0

    line.queue.shutdown(5)
    assert line.receiver.taken == ["of the parent"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (50_000, 512, 0.2)),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_SCHEDULE_DELAY": "50"}, (100, 100, 0.05)),
        ({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "7"}, (50_000, 7, 0.2)),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "0", "OTEL_BSP_SCHEDULE_DELAY": "soon"}, (50_000, 512, 0.2)),
    ],
)
def test_its_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: tuple[int, int, float]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    settings = QueueSettings.from_env()

    assert (settings.capacity, settings.batch_size, settings.delay) == expected


@pytest.fixture(autouse=True)
def all_lines_are_kept() -> None:
    logging.getLogger().setLevel(logging.INFO)
