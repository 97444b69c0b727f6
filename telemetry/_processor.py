"""A bounded queue of ended spans and the thread that delivers them. The thread that ends a span never waits."""

import logging
import os
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from telemetry import names
from telemetry._exporter import DELIVERED, Outcome, Sender
from telemetry._metrics import Counts

_log = logging.getLogger("telemetry.export")
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class QueueSettings:
    """Times in seconds."""

    capacity: int = 50_000
    batch_size: int = 512
    delay: float = 0.2
    give_up_after: float = 300.0

    @classmethod
    def from_env(cls) -> "QueueSettings":
        capacity = _positive("OTEL_BSP_MAX_QUEUE_SIZE", cls.capacity)
        return cls(
            capacity=capacity,
            batch_size=min(capacity, _positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", cls.batch_size)),
            delay=_positive("OTEL_BSP_SCHEDULE_DELAY", 200) / 1000,
        )


def _positive(variable: str, default: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if text.isdecimal() and int(text) > 0:
        return int(text)
    _log.warning("%s must be a positive whole number, not %r: using %d", variable, text, default)
    return default


class SpanQueue(SpanProcessor):
    """Keeps ended spans until they are delivered.

    While the receiver is away a batch is tried again with growing pauses, for `give_up_after` seconds; the queue fills
    up, and once it is full new spans are dropped. Every span that does not arrive is counted, under its reason.
    """

    def __init__(
        self, make_sender: Callable[[], Sender], settings: QueueSettings, processed: Counts, exported: Counts
    ) -> None:
        self.settings = settings
        self._make_sender = make_sender
        self._processed = processed
        self._exported = exported
        self._start_anew()
        os.register_at_fork(after_in_child=_weakly(self._start_anew))

    def _start_anew(self) -> None:
        """Also in a forked child: the parent's spans, thread and connections stay the parent's."""
        self._queue: deque[ReadableSpan] = deque()
        self._in_flight = 0
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sender: Sender | None = None
        self._closing = False
        self._deadline = float("inf")
        self._failing_since: float | None = None
        self._dropped_before = 0

    @property
    def size(self) -> int:
        return len(self._queue) + self._in_flight

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        pass

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if self._closing:
            self._processed.add(names.ALREADY_SHUTDOWN)
            return
        if len(self._queue) + self._in_flight >= self.settings.capacity:
            self._processed.add(names.QUEUE_FULL)
            return
        self._queue.append(span)
        if self._thread is None:
            self._start_thread()
        if len(self._queue) >= self.settings.batch_size:
            self._wake.set()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until what is queued now is delivered or given up; False when that takes too long."""
        until = time.monotonic() + timeout_millis / 1000
        while self.size and time.monotonic() < until:
            self._wake.set()
            time.sleep(0.005)
        return not self.size

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued for at most `timeout` seconds; count what is left."""
        if self._closing:
            return
        self._deadline = time.monotonic() + timeout
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout + 0.5)

    def _start_thread(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="telemetry-export", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        with suppress_instrumentation():
            while not self._closing:
                self._wake.wait(self.settings.delay)
                self._wake.clear()
                self._deliver_queue()
            self._deliver_queue()
        if self._sender is not None:
            self._sender.close()

    def _deliver_queue(self) -> None:
        while self._queue:
            batch = self._take_batch()
            self._processed.add("", len(batch))
            outcome = self._deliver(batch)
            self._exported.add(outcome.error_type, len(batch))
            self._in_flight = 0

    def _take_batch(self) -> list[ReadableSpan]:
        count = min(len(self._queue), self.settings.batch_size)
        self._in_flight = count
        return [self._queue.popleft() for _ in range(count)]

    def _deliver(self, batch: list[ReadableSpan]) -> Outcome:
        pause = _FIRST_PAUSE
        give_up_at = time.monotonic() + self.settings.give_up_after
        while True:
            outcome = self._attempt(batch)
            if outcome is DELIVERED:
                self._note_recovery()
                return outcome
            self._note_failure(outcome)
            if not outcome.retryable:
                return outcome
            wait = max(outcome.retry_after, pause * random.uniform(0.8, 1.2))
            if time.monotonic() + wait > self._deadline:
                return Outcome(names.SHUTDOWN_TIMEOUT)
            if time.monotonic() + wait > give_up_at:
                return Outcome(names.RETRY_TIMEOUT)
            self._pause(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _attempt(self, batch: list[ReadableSpan]) -> Outcome:
        try:
            if self._sender is None:
                self._sender = self._make_sender()
            return self._sender.send(batch)
        except Exception as error:
            return Outcome(type(error).__name__, str(error))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        closing = self._closing
        while (left := until - time.monotonic()) > 0 and self._closing == closing:
            time.sleep(min(left, 0.05))

    def _note_failure(self, outcome: Outcome) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            _log.warning("spans cannot be delivered, up to %d are kept: %s", self.settings.capacity, outcome.reason)

    def _note_recovery(self) -> None:
        if self._failing_since is not None:
            _log.warning("spans are delivered again after %.1f s", time.monotonic() - self._failing_since)
            self._failing_since = None


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Hooks for forks can never be unregistered: this one keeps nothing alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := reference()) is not None:
            alive()

    return call
