"""A bounded queue of ended spans, and the thread that delivers them. Who ends a span never waits."""

import os
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from telemetry import names
from telemetry._metrics import Counts
from telemetry._outage import Outage
from telemetry._outcome import DELIVERED, Outcome, Sender
from telemetry._queue_settings import QueueSettings

_NEVER: Final = float("inf")


class SpanQueue(SpanProcessor):
    """Keeps ended spans until they are delivered.

    While the receiver is away the first batch is tried again, with growing pauses, up to `give_up_after`;
    behind it the queue fills, and once it is full new spans are dropped. What does not arrive is counted.
    """

    def __init__(
        self, make_sender: Callable[[], Sender], settings: QueueSettings, processed: Counts, exported: Counts
    ) -> None:
        self._make_sender = make_sender
        self._settings = settings
        self._processed = processed
        self._exported = exported
        self._begin()
        os.register_at_fork(after_in_child=_weakly(self._begin))

    def _begin(self) -> None:
        """Also in a forked child: spans, thread and connections of the parent stay with the parent."""
        self._queue: deque[ReadableSpan] = deque()
        self._in_flight = 0
        self._filled = threading.Event()
        self._hurry = threading.Event()
        self._end = threading.Event()
        self._delivered = threading.Condition()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sender: Sender | None = None
        self._deadline = _NEVER
        self._patient = True
        self._lost_at_end = 0
        self._outage = Outage(self._settings.capacity)

    @property
    def size(self) -> int:
        """Spans not delivered yet, those of the batch on its way included."""
        return len(self._queue) + self._in_flight

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        pass

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if self._end.is_set():
            self._processed.add(names.ALREADY_SHUTDOWN)
            return
        if self.size >= self._settings.capacity:
            self._processed.add(names.QUEUE_FULL)
            return
        self._queue.append(span)
        if not self._filled.is_set():
            self._filled.set()
        if len(self._queue) >= self._settings.batch_size and not self._hurry.is_set():
            self._hurry.set()
        if self._thread is None:
            self._start_thread()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until nothing is queued; False when that takes longer."""
        self._hurry.set()
        with self._delivered:
            return self._delivered.wait_for(lambda: not self.size, timeout_millis / 1000)

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, for at most `timeout` seconds, and count what is left.

        A receiver that was away already is asked once more, not waited for.
        """
        if self._end.is_set():
            return
        self._deadline = time.monotonic() + timeout
        self._patient = not self._outage.lasts
        self._end.set()
        self._hurry.set()
        self._filled.set()
        if self._thread is not None:
            self._thread.join(timeout)
        elif self._queue:  # an interpreter that is about to end may refuse to start threads
            self._deliver_queue()
        self._count_left_over()

    def _start_thread(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="telemetry-export", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # out of threads: the next span tries again
                    return
                self._thread = thread

    def _run(self) -> None:
        with suppress_instrumentation():
            while not self._end.is_set():
                self._filled.wait()
                self._hurry.wait(self._settings.delay)
                self._filled.clear()
                self._hurry.clear()
                self._deliver_queue()
            self._deliver_queue()
        if self._sender is not None:
            self._sender.close()

    def _deliver_queue(self) -> None:
        while self._queue and time.monotonic() < self._deadline:
            batch = self._take_batch()
            self._processed.add("", len(batch))
            outcome = self._deliver(batch)
            self._exported.add(outcome.error_type, len(batch))
            with self._delivered:
                self._in_flight = 0
                self._delivered.notify_all()
            if outcome.error_type == names.SHUTDOWN_TIMEOUT:
                self._lost_at_end += len(batch)
                return

    def _take_batch(self) -> list[ReadableSpan]:
        batch: list[ReadableSpan] = []
        with suppress(IndexError):  # emptied meanwhile by a shutdown whose time is over
            while len(batch) < self._settings.batch_size:
                batch.append(self._queue.popleft())
                self._in_flight = len(batch)
        return batch

    def _deliver(self, batch: list[ReadableSpan]) -> Outcome:
        pause = self._settings.first_pause
        give_up_at = time.monotonic() + self._settings.give_up_after
        while True:
            outcome = self._attempt(batch)
            self._outage.note(outcome, full=self.size >= self._settings.capacity)
            if outcome is DELIVERED or not outcome.retryable:
                return outcome
            wait = max(outcome.retry_after, pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, self._settings.longest_pause)
            if time.monotonic() + wait > give_up_at:
                return Outcome(names.RETRY_TIMEOUT)
            if self._end.wait(wait) and not self._wait_at_the_end():
                return Outcome(names.SHUTDOWN_TIMEOUT)

    def _wait_at_the_end(self) -> bool:
        """Pause between the last attempts; False when there is no time for another."""
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._patient:
            return False
        time.sleep(min(left, self._settings.first_pause))
        return True

    def _attempt(self, batch: list[ReadableSpan]) -> Outcome:
        try:
            if self._sender is None:
                self._sender = self._make_sender()
            return self._sender.send(batch)
        except Exception as error:
            return Outcome(type(error).__name__, str(error))

    def _count_left_over(self) -> None:
        left = len(self._queue)
        self._queue.clear()
        if left:
            self._processed.add("", left)
            self._exported.add(names.SHUTDOWN_TIMEOUT, left)
        self._outage.note_lost(left + self._in_flight + self._lost_at_end)


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """A hook for forks can never be taken back: this one keeps nothing alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := reference()) is not None:
            alive()

    return call
