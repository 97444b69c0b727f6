"""The queue between ended spans and their receiver: nothing waits, nothing is lost without being counted."""

import gc
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import CollectorRegistry

from glasshouse_telemetry.export.outcome import (
    DELIVERED,
    Destination,
    Outcome,
    estimated_size,
    unchanged,
)
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.fast.otlp import encoded, size_of
from glasshouse_telemetry.metrics.instruments import Instruments

AWAY = Outcome("ConnectionError", "connection refused", retryable=True)
REFUSED = Outcome("400", "400 Bad Request")
TOO_LARGE = Outcome("413", "413 Content Too Large", too_large=True)
PROCESSED = "otel_sdk_processor_span_processed_total"
EXPORTED = "otel_sdk_exporter_span_exported_total"
FAST = QueueSettings(capacity=1000, batch_size=10, delay=0.005, first_pause=0.001, longest_pause=0.005)
Prepare = Callable[[ReadableSpan], Any]


class FakeReceiver:
    """Takes what is sent, or gives the outcomes told beforehand first; can be made to hang."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.away = False
        self.takes: Callable[[Sequence[Any]], bool] = lambda spans: True
        self.taken: list[str] = []
        self.batches: list[int] = []
        self.attempts = 0
        self.closed = False
        self.answering = threading.Event()
        self.answering.set()
        self.asked = threading.Event()

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        self.attempts += 1
        self.asked.set()
        self.answering.wait(5)
        if self.outcomes:
            outcome = self.outcomes.pop(0)
        elif self.away:
            outcome = AWAY
        else:
            outcome = DELIVERED if self.takes(spans) else TOO_LARGE
        if outcome.delivered:
            self.taken += [span.name for span in spans]
            self.batches.append(len(spans))
        return outcome

    def close(self) -> None:
        self.closed = True


class Pipeline:
    """A queue behind a tracer, its receiver and its counts."""

    def __init__(
        self,
        receiver: FakeReceiver,
        settings: QueueSettings,
        prepare: Prepare,
        size_of: Callable[[Any], int],
    ) -> None:
        self.receiver = receiver
        self._registry = CollectorRegistry()
        record = Instruments(self._registry)
        counts = record.spans_processed, record.spans_exported
        self.queue = SpanQueue(Destination(lambda: receiver, prepare, size_of), settings, *counts)
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(self.queue)
        self._tracer = self._provider.get_tracer("test")

    def end(self, *names: str) -> None:
        for name in names:
            self._tracer.start_span(name).end()

    def end_with(self, attributes: dict[str, Any]) -> None:
        self._tracer.start_span("span", attributes=attributes).end()

    def count(self, sample: str, error_type: str = "") -> float:
        return self._registry.get_sample_value(sample, {"error_type": error_type}) or 0.0


MakePipeline = Callable[..., Pipeline]


@pytest.fixture
def pipeline() -> Iterator[MakePipeline]:
    made: list[Pipeline] = []

    def make(
        *outcomes: Outcome,
        settings: QueueSettings = FAST,
        prepare: Prepare = unchanged,
        size_of: Callable[[Any], int] = estimated_size,
    ) -> Pipeline:
        made.append(Pipeline(FakeReceiver(*outcomes), settings, prepare, size_of))
        return made[-1]

    yield make
    for each in made:
        each.receiver.answering.set()
        each.queue.shutdown(0.1)


def poll_until(condition: Callable[[], object], what: str, seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.002)


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
    def exporting() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == "telemetry-export"}

    before = exporting()  # those of earlier tests, which may be ending
    line = pipeline()
    assert exporting() <= before
    line.end("first")
    poll_until(lambda: len(exporting() - before) == 1, "the exporting thread")


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
    line = pipeline(prepare=encoded, size_of=size_of)
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


def test_waiting_because_the_receiver_asks_loses_nothing(pipeline: MakePipeline) -> None:
    busy = Outcome("429", "429 Too Many Requests", retryable=True, retry_after=0.1)
    line = pipeline(*[busy] * 3, settings=QueueSettings(delay=0.001, give_up_after=0.05, first_pause=0.001))

    line.end("kept")

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == ["kept"]


def test_at_the_end_a_receiver_that_asks_for_more_time_than_there_is_is_left_alone(
    pipeline: MakePipeline,
) -> None:
    line = pipeline(
        Outcome("503", "503", retryable=True, retry_after=600), settings=QueueSettings(delay=0.001)
    )
    line.end("late")
    line.receiver.asked.wait(5)

    line.queue.shutdown(5)

    assert line.receiver.attempts == 1
    assert line.count(EXPORTED, "shutdown_timeout") == 1


def test_a_batch_that_is_too_large_goes_in_parts(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=60, batch_size=100))
    line.receiver.takes = lambda spans: len(spans) <= 3

    line.end(*numbered(50))

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(50)
    assert line.count(EXPORTED) == 50
    assert line.queue.size == line.queue.size_bytes == 0


def test_a_span_that_is_too_large_is_dropped_alone_and_named(
    pipeline: MakePipeline, lines: list[dict[str, Any]]
) -> None:
    line = pipeline(settings=QueueSettings(delay=60, batch_size=100))
    line.receiver.takes = lambda spans: "huge" not in [span.name for span in spans]

    line.end(*numbered(20), "huge", "last")

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == [*numbered(20), "last"]
    assert (line.count(EXPORTED, "413"), line.count(EXPORTED)) == (1, 21)
    (warning,) = lines
    assert "'huge'" in warning["message"]
    assert "413 Content Too Large" in warning["message"]


def test_a_receiver_that_finds_everything_too_large_is_not_pestered(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=60, batch_size=512))
    line.receiver.takes = lambda spans: False

    line.end(*numbered(512))

    assert line.queue.force_flush(5000)
    assert line.count(EXPORTED, "413") == 512
    assert line.receiver.attempts < 64


def test_after_a_batch_that_was_too_large_the_next_ones_are_smaller(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=60, batch_size=20), size_of=lambda span: 10_000)
    line.receiver.takes = lambda spans: len(spans) <= 10

    line.end(*numbered(100))

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(100)
    assert line.receiver.attempts < 2 * len(line.receiver.batches)


def test_spans_that_the_receiver_rejected_are_counted_and_its_reason_is_logged_once(
    pipeline: MakePipeline, lines: list[dict[str, Any]]
) -> None:
    line = pipeline(*[Outcome(rejected=2, reason="too old")] * 3)

    line.end(*numbered(30))

    assert line.queue.force_flush(5000)
    assert (line.count(EXPORTED, "rejected"), line.count(EXPORTED)) == (6, 24)
    assert [each["message"] for each in lines] == ["the receiver rejects some spans (2 in a batch): too old"]


def test_a_queue_that_is_full_in_bytes_drops_new_spans_and_counts_them(
    pipeline: MakePipeline, lines: list[dict[str, Any]]
) -> None:
    line = pipeline(AWAY, AWAY, AWAY, settings=replace(FAST, capacity_bytes=1000), size_of=lambda span: 300)
    line.receiver.answering.clear()

    line.end(*numbered(5))

    assert line.queue.size == 3
    assert line.queue.size_bytes == 900
    assert line.count(PROCESSED, "queue_full") == 2
    line.receiver.answering.set()
    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(3)
    assert line.queue.size_bytes == 0
    assert "the span queue is full: new spans are dropped and counted" in [each["message"] for each in lines]


def test_long_values_count_where_spans_wait_as_objects(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(capacity_bytes=50_000, delay=60))

    for _ in range(10):
        line.end_with({"text": "x" * 10_000, "list": ["y" * 1000], "map": {"key": b"z" * 1000}})

    assert line.queue.size == 3


def test_a_batch_keeps_within_its_bytes(pipeline: MakePipeline) -> None:
    settings = QueueSettings(delay=60, batch_bytes=1_000_000)
    line = pipeline(settings=settings, size_of=lambda span: 300_000)

    line.end(*numbered(10))

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == numbered(10)
    assert line.receiver.batches == [3, 3, 3, 1]


def test_many_bytes_go_at_once(pipeline: MakePipeline) -> None:
    line = pipeline(settings=QueueSettings(delay=60, batch_bytes=1000), size_of=lambda span: 600)

    line.end("first", "second")

    poll_until(lambda: line.receiver.taken == ["first", "second"], "both spans")


def test_a_flush_waits_for_what_is_queued_and_not_for_what_follows(pipeline: MakePipeline) -> None:
    line = pipeline()
    ending = threading.Event()

    def go_on() -> None:
        while not ending.is_set():
            line.end("more")

    threads = [threading.Thread(target=go_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    flushed = line.queue.force_flush(5000)
    ending.set()
    for thread in threads:
        thread.join()

    assert flushed


def test_a_flush_is_bounded(pipeline: MakePipeline) -> None:
    line = pipeline()
    line.receiver.answering.clear()
    line.end("stuck")

    assert not line.queue.force_flush(50)
    line.receiver.answering.set()


def test_a_flush_after_the_end_does_not_wait(pipeline: MakePipeline) -> None:
    line = pipeline()
    line.end("last")
    line.queue.shutdown(5)

    assert line.queue.force_flush(5000)


class Tally:
    """Counts without a lock, as whatever is counted within `put` must be."""

    def __init__(self) -> None:
        self.added: list[tuple[str, int]] = []

    def add(self, value: str, amount: int = 1) -> None:
        self.added.append((value, amount))

    def total(self, value: str = "") -> int:
        return sum(amount for each, amount in list(self.added) if each == value)


class Reentrant:
    """A queue into which spans are put from everywhere at once."""

    def __init__(self, settings: QueueSettings, receiver: FakeReceiver | None = None) -> None:
        self.receiver = receiver or FakeReceiver()
        self.processed, self.exported = Tally(), Tally()
        self.queue = SpanQueue(Destination(lambda: self.receiver), settings, self.processed, self.exported)

    def put(self, spans: int = 1) -> None:
        for _ in range(spans):
            self.queue.put(ReadableSpan("span", resource=Resource.get_empty()))

    def end(self) -> None:
        assert self.queue.force_flush(10_000)
        self.queue.shutdown(5)


@pytest.mark.timeout(method="thread")  # the other method is an alarm, too
@pytest.mark.parametrize("capacity", [1_000_000, 10], ids=["roomy", "full"])
def test_a_signal_handler_may_put_a_span_in_the_middle_of_anything(capacity: int) -> None:
    line = Reentrant(QueueSettings(capacity=capacity, batch_size=5, delay=0.0001))
    handled: list[None] = []

    def handle(*_: object) -> None:
        line.put()
        handled.append(None)

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    deadline, put = time.monotonic() + 10, 0
    try:
        while len(handled) < 300 and time.monotonic() < deadline:
            line.put()
            put += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    line.end()
    assert len(handled) >= 300
    assert line.processed.total() + line.processed.total("queue_full") == put + len(handled)
    assert line.exported.total() == len(line.receiver.taken) == line.processed.total()


@pytest.mark.timeout(method="thread")  # the other method is an alarm, too
def test_a_signal_handler_may_put_the_first_span_while_a_thread_is_being_started() -> None:
    """`Thread.start` holds a lock that is not reentrant: the exporting thread must start without it."""
    line = Reentrant(QueueSettings(delay=0.001))
    before = signal.signal(signal.SIGALRM, lambda *_: line.put())
    try:
        with threading._active_limbo_lock:  # type: ignore[attr-defined]
            signal.raise_signal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)

    line.end()
    assert line.exported.total() == 1


def test_a_finalizer_may_put_a_span_in_the_middle_of_anything() -> None:
    line = Reentrant(QueueSettings(capacity=1_000_000, batch_size=5, delay=0.0001))
    finalized: list[None] = []

    class Garbage:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            line.put()
            finalized.append(None)

    thresholds = gc.get_threshold()
    gc.set_threshold(20)
    try:
        for _ in range(3000):
            Garbage()
            line.put()
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()

    line.end()
    assert len(finalized) == 3000
    assert line.exported.total() == 6000


def test_a_span_that_ends_while_another_is_prepared_is_kept(pipeline: MakePipeline) -> None:
    def prepare(span: ReadableSpan) -> ReadableSpan:
        if span.name == "outer":
            line.end("inner")
        return span

    line = pipeline(prepare=prepare)
    line.end("outer")

    assert line.queue.force_flush(5000)
    assert line.receiver.taken == ["inner", "outer"]


def test_spans_end_while_the_exporting_thread_logs(pipeline: MakePipeline) -> None:
    """No lock is held while it logs: a handler may wait for a thread that ends a span, or for a flush."""
    line = pipeline(AWAY)
    waited: list[bool] = []

    class Waiting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == "telemetry.export":
                thread = threading.Thread(target=line.end, args=("by a thread",))
                thread.start()
                thread.join(5)
                waited.append(not thread.is_alive())

    handler = Waiting()
    logging.getLogger().addHandler(handler)
    try:
        line.end("first")
        assert line.queue.force_flush(10_000)
    finally:
        logging.getLogger().removeHandler(handler)

    assert waited == [True, True], "one warning at the beginning of the outage, one at its end"
    assert line.queue.force_flush(5000)
    assert sorted(line.receiver.taken) == ["by a thread", "by a thread", "first"]


def test_a_logging_handler_that_raises_costs_no_span(pipeline: MakePipeline) -> None:
    def refuse(record: logging.LogRecord) -> bool:
        raise RuntimeError("a filter of the app")

    line = pipeline(AWAY)
    logger = logging.getLogger("telemetry.export")
    logger.addFilter(refuse)
    try:
        line.end("kept")
        assert line.queue.force_flush(5000)
    finally:
        logger.removeFilter(refuse)
    assert line.receiver.taken == ["kept"]


def test_the_thread_waits_by_what_threads_are_made_of_when_it_starts(
    pipeline: MakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gevent replaces both in the worker of a preloaded app: a greenlet must not wait like a thread."""
    waits: list[float | None] = []

    class Replaced:
        def __init__(self) -> None:
            self._real: Any = real()

        def put(self, item: object) -> None:
            self._real.put(item)

        def get(self, timeout: float | None = None) -> object:
            waits.append(timeout)
            return self._real.get(timeout=timeout)

    line = pipeline()
    real = queue.SimpleQueue
    monkeypatch.setattr(queue, "SimpleQueue", Replaced)
    line.end("first")

    assert line.queue.force_flush(5000)
    line.queue.shutdown(5)
    assert len(waits) >= 3, "the thread, the flush and the shutdown"
    assert None not in waits, "every wait is bounded"


def test_each_span_is_counted_once_when_the_end_comes_in_between() -> None:
    for _ in range(20):
        line = Reentrant(QueueSettings(capacity=1_000_000, batch_size=7, delay=0.0001))
        threads = [threading.Thread(target=line.put, args=(500,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        line.queue.shutdown(5)
        for thread in threads:
            thread.join()

        assert line.queue.size == 0
        assert line.processed.total() == line.exported.total() + line.exported.total("shutdown_timeout")
        assert line.processed.total() + line.processed.total("already_shutdown") == 2000


@pytest.mark.parametrize(
    ("environment", "changed"),
    [
        ({}, {}),
        (
            {"OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_SCHEDULE_DELAY": "50"},
            {"capacity": 100, "batch_size": 100, "delay": 0.05},
        ),
        ({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "7"}, {"batch_size": 7}),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "0", "OTEL_BSP_SCHEDULE_DELAY": "soon"}, {}),
        ({"TELEMETRY_SPAN_QUEUE_BYTES": "1000"}, {"capacity_bytes": 1000, "batch_bytes": 1000}),
        ({"TELEMETRY_SPAN_BATCH_BYTES": "1000"}, {"batch_bytes": 1000}),
        ({"TELEMETRY_SPAN_QUEUE_BYTES": "64M"}, {}),
    ],
)
def test_its_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], changed: dict[str, Any]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert QueueSettings.from_env() == replace(QueueSettings(), **changed)


def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")

    QueueSettings.from_env()

    assert [line["message"] for line in lines] == [
        "OTEL_BSP_MAX_QUEUE_SIZE must be a positive whole number, not '-1': using 50000"
    ]


@pytest.fixture(autouse=True)
def all_lines_are_kept() -> None:
    logging.getLogger().setLevel(logging.INFO)
