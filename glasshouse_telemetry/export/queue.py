"""A bounded queue of ended spans, and the thread that delivers them. Who ends a span never waits."""

import os
import threading
from collections import deque
from collections.abc import Callable

from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from glasshouse_telemetry import names
from glasshouse_telemetry._forks import weakly
from glasshouse_telemetry.export.delivery import Delivery
from glasshouse_telemetry.export.outcome import Destination
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.metrics.batched_histogram import Counts


class SpanQueue(SpanProcessor):
    """Keeps ended spans until they are delivered.

    While the receiver is away the first batch is tried again, with growing pauses, up to `give_up_after`;
    behind it the queue fills, and once it is full new spans are dropped. What does not arrive is counted.
    """

    def __init__(
        self,
        destination: Destination,
        settings: QueueSettings,
        processed: Counts,
        exported: Counts,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`settle` is called before a flush: it ends the spans of requests that have been answered."""
        self._make_sender, self._prepare = destination.make_sender, destination.prepare
        self._settings = settings
        self._processed = processed
        self._exported = exported
        self._settle = settle
        self._begin()
        os.register_at_fork(after_in_child=weakly(self._begin))

    def _begin(self) -> None:
        """Also in a forked child: spans, thread and connections of the parent stay with the parent."""
        self._queue: deque[object] = deque()
        self._in_flight = 0
        self._lost_at_end = 0
        self._ended = False
        self._thread_sleeps = True
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._settled = threading.Condition()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._delivery = Delivery(self._make_sender, self._settings)

    @property
    def size(self) -> int:
        """Spans not delivered yet, those of the batch on its way included."""
        return len(self._queue) + self._in_flight

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        pass

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is not None and span.context.trace_flags.sampled:
            self.put(span)

    def put(self, span: ReadableSpan) -> None:
        """A span that is to be kept."""
        queue = self._queue
        waiting = len(queue)
        if self._ended or waiting + self._in_flight >= self._settings.capacity:
            self._processed.add(names.ALREADY_SHUTDOWN if self._ended else names.QUEUE_FULL)
            return
        try:
            queue.append(self._prepare(span))
        except Exception as error:  # one that cannot be encoded costs itself and no other
            self._processed.add("")
            self._exported.add(type(error).__name__)
            return
        if self._thread_sleeps:
            self._thread_sleeps = False
            self._wake.set()
            if self._thread is None:
                self._start_thread()
        elif waiting >= self._settings.batch_size and not self._hurry.is_set():
            self._hurry.set()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until nothing is queued; False when that takes longer."""
        self._settle()
        self._hurry.set()
        with self._settled:
            return self._settled.wait_for(lambda: not self.size, timeout_millis / 1000)

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, for at most `timeout` seconds, and count what is left."""
        if self._ended:
            return
        self._settle()
        self._ended = True
        self._delivery.end(timeout)
        self._hurry.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        else:  # nothing was queued, or an interpreter that is about to end refused to start a thread
            self._deliver_queue()
        self._count_left_over()

    def _is_full(self) -> bool:
        return self.size >= self._settings.capacity

    def _start_thread(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="telemetry-export", daemon=True)
                try:
                    thread.start()
                    self._thread = thread
                except RuntimeError:  # out of threads: the next span tries again
                    self._thread_sleeps = True

    def _run(self) -> None:
        with suppress_instrumentation():
            while not self._delivery.ending:
                self._thread_sleeps = True
                # Who puts a span looks at the flag afterwards: one of the two always sees the other.
                if self._queue:
                    self._thread_sleeps = False
                else:
                    self._wake.wait()
                self._wake.clear()
                self._hurry.wait(self._settings.delay)
                self._hurry.clear()
                self._deliver_queue()
            self._deliver_queue()
            self._delivery.close()

    def _deliver_queue(self) -> None:
        # What comes meanwhile waits for company again: under load it would go out in crumbs, one post each.
        due = len(self._queue)
        while due > 0 and self._queue and self._delivery.has_time():
            batch = self._take_batch()
            due -= len(batch)
            self._processed.add("", len(batch))
            outcome = self._delivery.deliver(batch, is_full=self._is_full)
            with self._settled:
                if not self._in_flight:
                    return  # a shutdown whose time was over has counted them
                self._exported.add(outcome.error_type, len(batch))
                self._in_flight = 0
                self._settled.notify_all()
                if outcome.error_type == names.SHUTDOWN_TIMEOUT:
                    self._lost_at_end += len(batch)
                    return

    def _take_batch(self) -> list[object]:
        with self._settled:
            number = min(self._settings.batch_size, len(self._queue))
            batch = [self._queue.popleft() for _ in range(number)]
            self._in_flight = number
        return batch

    def _count_left_over(self) -> None:
        """Also the batch on its way: whether it still arrives, nobody is left to see."""
        with self._settled:
            queued, in_flight = len(self._queue), self._in_flight
            self._queue.clear()
            self._in_flight = 0
            if queued:
                self._processed.add("", queued)
            if queued + in_flight:
                self._exported.add(names.SHUTDOWN_TIMEOUT, queued + in_flight)
            lost = queued + in_flight + self._lost_at_end
        self._delivery.outage.note_lost(lost)
