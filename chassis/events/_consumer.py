"""The threads that take messages from one queue."""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

from opentelemetry.instrumentation.utils import suppress_instrumentation

from chassis.events import _inbox
from chassis.events._backoff import Backoff
from chassis.events._broker import Broker, BrokerUnavailable
from chassis.events._cleanup import Cleanup
from chassis.events._loop import Loop
from chassis.events._metrics import MessagingMetrics, messaging_metrics
from chassis.events._outcomes import OutcomeReport
from chassis.events._processing import Processing
from chassis.events._retry_policy import Handler, Rules
from chassis.events._sessions import Sessions

MAX_TRIES: Final = 15  # with the back-off below, some seven minutes
BACKOFF: Final = Backoff(first_s=0.2, longest_s=60.0)
# Longer than any dead letter may lie before it is replayed.
KEEP: Final = timedelta(days=7)
# How long stopping may have to wait for an idle consumer.
_WAIT_S: Final = 0.25
_OBSERVE_EVERY_S: Final = 2.0


class Consumer:
    """Hands each message of `queue` to the handler of its type, which writes with the session that it gets.

    A handler that raises is tried again with growing delays, `max_tries` times in all; then, or at once when
    it raises PermanentError, the message is a dead letter. Types without a handler are acknowledged. Each
    message takes effect once: the inbox is written in the handler's transaction.
    """

    def __init__(
        self,
        broker: Broker,
        queue: str,
        exchanges: Collection[str],
        handlers: Mapping[str, Handler],
        sessions: Sessions,
        *,
        max_tries: int = MAX_TRIES,
        backoff: Backoff = BACKOFF,
        threads: int = 1,
        keep: timedelta = KEEP,
        metrics: MessagingMetrics | None = None,
        stalled: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stalled`: take no message while it says so (docs/drills.md)."""
        rules = Rules(queue, exchanges, handlers, max_tries, backoff)
        metrics = metrics or messaging_metrics()
        processing = Processing(broker, sessions, rules, OutcomeReport(broker.system, rules, metrics))
        self._workers = [_Worker(broker, rules, processing, stalled) for _ in range(threads)]
        watch = _Watch(broker, queue, sessions, keep, metrics)
        self._loops = [
            *(Loop(f"consume {queue}", worker.step, broker.close) for worker in self._workers),
            Loop(f"watch {queue}", watch.step, broker.close),
        ]

    @property
    def declared(self) -> bool:
        """Whether the queue exists: from now on it misses nothing that is published. For /readyz."""
        return any(worker.declared for worker in self._workers)

    def start(self) -> None:
        """Call it in the process that does the work, after any fork. Returns before the broker is reached."""
        for loop in self._loops:
            loop.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Finish the messages in hand; False when that took too long. The others go back to the queue."""
        until = time.monotonic() + timeout_s
        for loop in self._loops:
            loop.request_stop()
        return all(loop.join(max(0.0, until - time.monotonic())) for loop in self._loops)


class _Worker:
    def __init__(
        self, broker: Broker, rules: Rules, processing: Processing, stalled: Callable[[], bool]
    ) -> None:
        self._broker = broker
        self._rules = rules
        self._processing = processing
        self._stalled = stalled
        self.declared = False

    def step(self) -> float:
        try:
            if not self.declared:
                self._broker.declare(self._rules.queue, self._rules.exchanges)
                self.declared = True
            if self._stalled():
                return _WAIT_S
            delivery = self._broker.receive(self._rules.queue, _WAIT_S)
            if delivery is not None:
                self._processing.process(delivery)
        except BrokerUnavailable:
            self.declared = False  # it may come back empty
            raise
        return 0.0


class _Watch:
    """Looks at the queue for the metrics, on its own thread: a handler that hangs must not hide it."""

    def __init__(
        self, broker: Broker, queue: str, sessions: Sessions, keep: timedelta, metrics: MessagingMetrics
    ) -> None:
        self._broker = broker
        self._queue = queue
        self._metrics = metrics
        self._tidying = Cleanup(sessions, lambda session, most: _inbox.forget(session, keep, most))

    def step(self) -> float:
        self._metrics.note_queue(self._queue, self._broker.stats(self._queue))
        with suppress_instrumentation():
            self._tidying.step()
        return _OBSERVE_EVERY_S
