"""From the outbox to the broker: in order, at least once."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from chassis.events import _names as names
from chassis.events import _outbox, _tracing
from chassis.events._broker import Broker, Unroutable
from chassis.events._cleanup import Cleanup
from chassis.events._interval import Interval
from chassis.events._leadership import Leadership
from chassis.events._loop import Loop
from chassis.events._message import Message
from chassis.events._metrics import MessagingMetrics, messaging_metrics
from chassis.events._outbox import Outbox
from chassis.events._sessions import Sessions

_log = logging.getLogger("chassis.events")

BATCH: Final = 100
# For what other processes commit; a commit of this process wakes the relay at once.
POLL_S: Final = 0.5
KEEP: Final = timedelta(days=1)
_OBSERVE_EVERY_S: Final = 1.0


class Relay:
    """A thread that publishes what `outbox.add` has stored. Several may run on a database; one is at work.

    A message is marked after the broker has confirmed it, so a crash in between publishes it again;
    consumers' inboxes know it by its id. Published messages are deleted after `keep`.
    """

    def __init__(
        self,
        outbox: Outbox,
        sessions: Sessions,
        broker: Broker,
        *,
        poll_s: float = POLL_S,
        keep: timedelta = KEEP,
        metrics: MessagingMetrics | None = None,
        stalled: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stalled`: publish nothing while it says so (docs/drills.md)."""
        self._sessions = sessions
        self._broker = broker
        self._poll_s = poll_s
        self._metrics = metrics or messaging_metrics()
        self._stalled = stalled
        self._leadership = Leadership()
        self._observing = Interval(_OBSERVE_EVERY_S)
        self._tidying = Cleanup(sessions, lambda session, most: _outbox.forget_published(session, keep, most))
        self._flush_until = 0.0
        self._unheard: set[str] = set()
        self._loop = Loop("outbox relay", self._step, self._finish, wake=outbox.committed)

    def start(self) -> None:
        self._loop.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Publish what is there as far as broker and time allow; False when it did not end in time."""
        self._flush_until = time.monotonic() + timeout_s
        self._loop.request_stop()
        return self._loop.join(timeout_s)

    def _step(self) -> float:
        with suppress_instrumentation():  # of looking into a table several times a second
            if self._observing.due():
                self._observe()
            self._tidying.step()
            if self._stalled():
                return self._poll_s
            return 0.0 if self._publish_batch() == BATCH else self._poll_s

    def _finish(self) -> None:
        try:
            with suppress_instrumentation():
                while time.monotonic() < self._flush_until and self._publish_batch():
                    pass
                self._observe()
        finally:
            self._leadership.release()
            self._broker.close()

    def _publish_batch(self) -> int:
        with self._sessions.reading() as session:
            if not self._leadership.held(session):
                return 0
            batch = _outbox.unpublished(session, BATCH)
            published: list[int] = []
            try:
                for position, message in batch:
                    self._publish(message)
                    published.append(position)
            finally:
                self._mark(published)
        return len(batch)

    def _mark(self, published: list[int]) -> None:
        if published:
            with self._sessions.writing() as session:
                _outbox.mark_published(session, published)

    def _publish(self, message: Message) -> None:
        error_type = ""
        started = time.perf_counter()
        with _tracing.publishing(self._broker.system, message) as traced:
            try:
                self._broker.publish(traced)
                self._unheard.discard(message.exchange)
            except Unroutable as error:
                error_type = names.UNROUTABLE
                self._note_unheard(message.exchange, error)
            except Exception as error:
                error_type = type(error).__name__
                raise
            finally:
                seconds, span = time.perf_counter() - started, trace.get_current_span()
                self._metrics.note_published(message, self._broker.system, error_type, seconds, span)

    def _note_unheard(self, exchange: str, error: Unroutable) -> None:
        """A fanout exchange without a queue drops what it gets; held back, it would hold up what follows."""
        if exchange not in self._unheard:
            self._unheard.add(exchange)
            _log.warning("messages are dropped until somebody wants them: %s", error)

    def _observe(self) -> None:
        with self._sessions.reading() as session:
            self._metrics.note_outbox(_outbox.stats(session))
