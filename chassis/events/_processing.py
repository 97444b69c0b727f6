"""One message from its delivery to its settlement."""

import time
from contextvars import copy_context

from opentelemetry.trace import Span

from chassis.events import _inbox, _message, _tracing
from chassis.events._broker import Broker, Delivery
from chassis.events._message import MalformedMessage, Message
from chassis.events._outcomes import OutcomeReport
from chassis.events._retry_policy import Decision, Handler, Outcome, Rules, shorten
from chassis.events._sessions import Sessions


class Processing:
    """Effects and inbox entry in one transaction, and only then the acknowledgement."""

    def __init__(self, broker: Broker, sessions: Sessions, rules: Rules, report: OutcomeReport) -> None:
        self._broker = broker
        self._sessions = sessions
        self._rules = rules
        self._report = report

    def process(self, delivery: Delivery) -> None:
        """In a context of its own: nothing of a message's trace or request stays on the thread."""
        copy_context().run(self._process, delivery)

    def _process(self, delivery: Delivery) -> None:
        try:
            message = _message.decode(delivery.raw)
        except MalformedMessage as error:
            self._broker.dead_letter(delivery, shorten(f"malformed: {error}"))
            self._report.malformed(error)
            return
        handler = self._rules.handlers.get(message.type)
        if handler is None:
            self._broker.ack(delivery)
            self._report.count(message, Outcome.IGNORED)
            return
        with _tracing.processing(self._broker.system, self._rules.queue, message, delivery.tries) as span:
            self._handle(delivery, message, handler, span)

    def _handle(self, delivery: Delivery, message: Message, handler: Handler, span: Span) -> None:
        started = time.perf_counter()
        decision = self._apply(delivery, message, handler)
        self._report.processed(message, decision, time.perf_counter() - started, delivery.tries, span)
        if decision.outcome is Outcome.HANDLED:
            # Committed is handled, whatever becomes of the acknowledgement; the others are redelivered
            # without it.
            self._report.count(message, decision.outcome)
        self._settle(delivery, decision)
        if decision.outcome is not Outcome.HANDLED:
            self._report.count(message, decision.outcome)

    def _apply(self, delivery: Delivery, message: Message, handler: Handler) -> Decision:
        if delivery.tries > self._rules.max_tries:
            return Decision(Outcome.DEAD, reason="every consumer that took it has died or timed out")
        try:
            with self._sessions.writing() as session:
                if not _inbox.accept(session, self._rules.queue, message.id):
                    return Decision(Outcome.DUPLICATE)
                handler(session, message)
        except Exception as error:
            return self._rules.judge(error, delivery.tries)
        return Decision(Outcome.HANDLED)

    def _settle(self, delivery: Delivery, decision: Decision) -> None:
        match decision.outcome:
            case Outcome.RETRIED:
                self._broker.retry(delivery, decision.delay_s)
            case Outcome.DEAD:
                self._broker.dead_letter(delivery, decision.reason)
            case _:
                self._broker.ack(delivery)
