"""A bounded queue of ended spans or of log lines, and the thread that delivers them.

Both may come from anywhere: a request, a signal handler, a finalizer in the middle of either. So `put`
takes no lock and waits for nobody. It appends to a deque and wakes the thread by a `SimpleQueue`, each in one
step that nothing can interrupt; `threading.Event` and `Thread.start` take locks that are not reentrant. Only
the thread sends, pauses and logs, and it holds no lock meanwhile.
"""

import _thread
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from glasshouse_telemetry import names
from glasshouse_telemetry._forks import weakly
from glasshouse_telemetry.export.delivery import Delivery
from glasshouse_telemetry.export.outcome import Destination, Outcome
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.export.spool import Spool
from glasshouse_telemetry.export.spool_file import LeftFile

_FOR_LATER: Final = frozenset({names.RETRY_TIMEOUT, names.SHUTDOWN_TIMEOUT})
_IDLE: Final = 60.0  # seconds after which a thread that nobody wakes looks by itself


class Counter(Protocol):
    """Counts by one label. Must neither block nor raise."""

    def add(self, value: str, amount: int = 1) -> None: ...


class _Flush:
    """Stands in the queue behind the items that a flush waits for."""

    def __init__(self) -> None:
        self.done: queue.SimpleQueue[bool] = queue.SimpleQueue()


class ExportQueue:
    """Keeps items until they are delivered.

    While the receiver is away the first batch is tried again, with growing pauses, up to `give_up_after`;
    behind it the queue fills, and once it is full, in items or in bytes, new ones are dropped. What does not
    arrive is counted.
    """

    def __init__(
        self,
        destination: Destination,
        settings: QueueSettings,
        processed: Counter,
        exported: Counter,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`settle` is called before a flush: it puts what is not put yet."""
        self._destination = destination
        self._prepare, self._size_of = destination.prepare, destination.size_of
        self._settings = settings
        self._capacity, self._capacity_bytes = settings.capacity, settings.capacity_bytes
        self._batch_size, self._batch_bytes = settings.batch_size, settings.batch_bytes
        self._processed = processed
        self._exported = exported
        self._settle = settle
        self._spool: Spool | None = None
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=weakly(self._begin))

    def _begin(self) -> None:
        """Also in a forked child: items, thread and connections of the parent stay with the parent."""
        self._queue: deque[Any] = deque()
        self._in_flight: deque[Any] = deque()  # the items of the batch on its way
        # Two threads that change this at the same time may lose a change; it is put right when nothing waits.
        self._bytes = 0
        self._lost_at_end = 0
        self._ended = self._closed = False
        self._thread_sleeps = True
        self._hurry = self._has_dropped = False
        self._make_signals()
        self._to_start = deque([None])  # whoever takes it starts the thread
        self._delivery = Delivery(self._destination, self._settings, self._pause_until_end)
        if self._spool is not None:
            self._spool.abandon()
            self._spool = None
        if self._settings.spool_dir is not None and self._destination.spools:
            self._spool = Spool(self._settings.spool_dir, self._settings.spool_bytes)

    def _make_signals(self) -> None:
        self._signals: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[None] = queue.SimpleQueue()

    @property
    def size(self) -> int:
        """Items not delivered yet, those of the batch on its way included."""
        return len(self._queue) + len(self._in_flight)

    @property
    def size_bytes(self) -> int:
        return max(self._bytes, 0)

    def put(self, item: Any) -> None:
        """Take an item, unless the queue is full. Never waits."""
        waiting = len(self._queue)
        if self._ended or waiting + len(self._in_flight) >= self._capacity:
            self._drop()
            return
        try:
            prepared = self._prepare(item)
            size = self._size_of(prepared)
        except Exception as error:  # one that cannot be encoded costs itself and no other
            self._processed.add("")
            self._exported.add(type(error).__name__)
            return
        total = self._bytes + size
        if total > self._capacity_bytes:
            self._drop()
            return
        self._bytes = total
        if self._spool is not None:
            self._spool.put(prepared)
        self._queue.append(prepared)
        if self._thread_sleeps:
            self._thread_sleeps = False
            self._wake()
        elif (waiting >= self._batch_size or total >= self._batch_bytes) and not self._hurry:
            self._hurry = True
            self._wake()
        if self._closed:  # meanwhile
            self._count_left(names.ALREADY_SHUTDOWN)

    def deliver_left(self) -> None:
        """Begin with what killed processes have left in the spool, before there is anything of our own."""
        if self._spool is not None and self._to_start:
            self._wake()

    def flush(self, timeout: float) -> bool:
        """Wait until what is queued now is delivered or given up; False when that takes longer."""
        deadline = time.monotonic() + timeout
        self._settle()
        if not self.size:
            return True
        flush = _Flush()
        self._queue.append(flush)
        self._hurry = True
        self._wake()
        if self._closed:  # meanwhile
            self._count_left(names.ALREADY_SHUTDOWN)
        try:
            return flush.done.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            return False

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, for at most `timeout` seconds, and count what is left."""
        if self._ended:
            return
        self._settle()
        self._ended = True
        self._delivery.end(timeout)
        if self._take_start():  # nothing was queued, or an interpreter about to end refused to start a thread
            self._deliver_queue()
        else:
            self._signals.put(None)
            with suppress(queue.Empty):
                self._finished.get(timeout=timeout)
        self._closed = True
        self._count_left_over()

    def _drop(self) -> None:
        self._has_dropped = True
        self._processed.add(names.ALREADY_SHUTDOWN if self._ended else names.QUEUE_FULL)

    def _dropped_lately(self) -> bool:
        dropped, self._has_dropped = self._has_dropped, False
        return dropped

    def _wake(self) -> None:
        if self._to_start and self._take_start():
            self._make_signals()  # of the thread's kind: gevent may have replaced both of them meanwhile
            try:
                _thread.start_new_thread(self._run, ())
            except RuntimeError:  # out of threads: the next item tries again
                self._to_start.append(None)
                self._thread_sleeps = True
        self._signals.put(None)

    def _take_start(self) -> bool:
        with suppress(IndexError):
            self._to_start.pop()
            return True
        return False

    def _run(self) -> None:
        threading.current_thread().name = "telemetry-export"
        with suppress_instrumentation():
            if self._spool is not None:
                self._spool.open()
            while not self._ended:
                self._thread_sleeps = True
                # Who puts an item looks at the flag afterwards: one of the two always sees the other.
                if not self._queue:
                    self._bytes = 0
                    with suppress(queue.Empty):
                        self._signals.get(timeout=_IDLE)
                self._thread_sleeps = False
                self._pause(self._settings.delay, lambda: self._hurry or self._ended)
                self._hurry = False
                if self._spool is not None:
                    self._spool.catch_up()
                    self._deliver_left(self._spool)
                self._deliver_queue()
            self._deliver_queue()
            with suppress(Exception):
                self._delivery.close()
            if self._spool is not None:
                with suppress(Exception):
                    self._spool.close()
        self._finished.put(None)

    def _pause(self, seconds: float, is_over: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not is_over() and (left := deadline - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._signals.get(timeout=left)

    def _pause_until_end(self, seconds: float) -> None:
        self._pause(seconds, lambda: self._ended)

    def _deliver_left(self, spool: Spool) -> None:
        """What processes that were killed have left in the spool, before what is our own."""
        try:
            for left in spool.left_by_others():
                try:
                    if not self._deliver_file(left):
                        return
                    left.remove()
                finally:
                    left.close()
        except Exception as error:  # a mistake of ours, or a file system that fails: our own spans go on
            spool.stop_looking()
            self._delivery.outage.note_failed_spool(error)

    def _deliver_file(self, left: LeftFile) -> bool:
        """False when the receiver is away, or the end has come: what is left of it is for later."""
        for_later = False

        def settle(outcome: Outcome, number: int) -> None:
            nonlocal for_later
            for_later = for_later or outcome.error_type in _FOR_LATER
            if not for_later:
                left.acknowledge(number)
                self._processed.add("", number)
                self._count_results(outcome, left.items[:number])
                del left.items[:number]

        while left.items and not (for_later or self._ended):
            batch, total = left.items[:1], self._size_of(left.items[0])
            for item in left.items[1 : self._batch_size]:
                total += self._size_of(item)
                if total > self._delivery.batch_bytes:
                    break
                batch.append(item)
            self._delivery.deliver(batch, settle=settle, has_dropped=self._dropped_lately)
        return not left.items

    def _deliver_queue(self) -> None:
        # What comes meanwhile waits for the next batch: under load it would go out a few items at a time.
        due = len(self._queue)
        while due > 0 and self._queue and self._delivery.has_time():
            batch = self._take_batch()
            due -= max(len(batch), 1)
            if not batch:
                continue
            self._processed.add("", len(batch))
            try:
                outcome = self._delivery.deliver(
                    batch, settle=self._count_outcome, has_dropped=self._dropped_lately
                )
            except Exception as error:  # a mistake of ours costs this batch
                outcome = Outcome(type(error).__name__)
                self._count_outcome(outcome, len(self._in_flight))
            if outcome.error_type == names.SHUTDOWN_TIMEOUT:
                break
        if self._closed:
            self._count_left(names.ALREADY_SHUTDOWN)

    def _take_batch(self) -> list[Any]:
        """What stands before the next flush, within the limits of a batch. Empty: there was a flush alone."""
        batch: list[Any] = []
        total = 0
        with suppress(IndexError):  # the queue is empty
            while len(batch) < self._batch_size:
                prepared = self._queue.popleft()
                if type(prepared) is _Flush:
                    if batch:
                        self._queue.appendleft(prepared)
                    else:
                        prepared.done.put(True)
                    break
                size = self._size_of(prepared)
                if batch and total + size > self._delivery.batch_bytes:
                    self._queue.appendleft(prepared)
                    break
                self._in_flight.append(prepared)
                batch.append(prepared)
                total += size
        return batch

    def _count_outcome(self, outcome: Outcome, number: int) -> None:
        """Items that are no longer in flight have been counted by a shutdown whose time was over."""
        items: list[Any] = []
        with suppress(IndexError):
            while len(items) < number:
                items.append(self._in_flight.popleft())
        self._bytes -= sum(map(self._size_of, items))
        if self._spool is not None and outcome.error_type != names.SHUTDOWN_TIMEOUT:
            self._spool.acknowledge(items)
        self._count_results(outcome, items)
        if outcome.error_type == names.SHUTDOWN_TIMEOUT:
            self._lost_at_end += len(items)

    def _count_results(self, outcome: Outcome, items: Sequence[Any]) -> None:
        rejected = min(outcome.rejected, len(items))  # the receiver does not say which
        if rejected:
            self._count_exported(names.REJECTED, items[:rejected])
        if len(items) > rejected:
            self._count_exported(outcome.error_type, items[rejected:])

    def _count_exported(self, error_type: str, items: Sequence[Any]) -> None:
        self._exported.add(error_type, len(items))

    def _count_left_over(self) -> None:
        """Also the batch on its way: whether it still arrives, nobody is left to see."""
        self._count_outcome(Outcome(names.SHUTDOWN_TIMEOUT), len(self._in_flight))
        queued = self._count_left("")
        if queued:
            self._exported.add(names.SHUTDOWN_TIMEOUT, queued)
        kept = self._spool is not None and self._spool.keeps
        self._delivery.outage.note_left(queued + self._lost_at_end, kept=kept)

    def _count_left(self, error_type: str) -> int:
        """Empty the queue of an end that is over: how many items were in it."""
        items = 0
        with suppress(IndexError):
            while True:
                prepared = self._queue.popleft()
                if type(prepared) is _Flush:
                    prepared.done.put(False)
                else:
                    items += 1
        if items:
            self._processed.add(error_type, items)
        return items


class SpanQueue(ExportQueue, SpanProcessor):
    """A queue of ended spans, behind a tracer provider."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        pass

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is not None and span.context.trace_flags.sampled:
            self.put(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.flush(timeout_millis / 1000)
