"""What a consumer tells of each message: metrics, a log line, and what its span says at the end."""

import logging
from typing import Final

from opentelemetry.trace import Span, StatusCode

from chassis.events import _names as names
from chassis.events._message import MalformedMessage, Message
from chassis.events._metrics import MessagingMetrics
from chassis.events._retry_policy import Decision, Outcome, Rules
from glasshouse_telemetry.names import DURATION_MS, ERROR_TYPE

_log = logging.getLogger("chassis.events")
_LEVELS: Final = {Outcome.RETRIED: logging.WARNING, Outcome.DEAD: logging.ERROR}


class OutcomeReport:
    """Labels name only exchanges and types that the consumer knows: strangers make no new series."""

    def __init__(self, system: str, rules: Rules, metrics: MessagingMetrics) -> None:
        self._system = system
        self._rules = rules
        self._metrics = metrics

    def count(self, message: Message, outcome: Outcome) -> None:
        self._metrics.note_outcome(self._labels(message), outcome)

    def malformed(self, error: MalformedMessage) -> None:
        labels = (self._system, names.PROCESS, names.OTHER, self._rules.queue, names.OTHER)
        self._metrics.note_outcome(labels, Outcome.DEAD)
        _log.error("a malformed message in %s is a dead letter now: %s", self._rules.queue, error)

    def processed(self, message: Message, decision: Decision, seconds: float, tries: int, span: Span) -> None:
        self._metrics.note_processed(self._labels(message), decision.error_type, seconds, span)
        self._complete(span, decision)
        self._write_line(message, decision, seconds, tries)

    def _complete(self, span: Span, decision: Decision) -> None:
        span.set_attribute(names.EVENT_OUTCOME, decision.outcome)
        if decision.error is not None:
            span.record_exception(decision.error)
            span.set_attribute(ERROR_TYPE, decision.error_type)
        if decision.outcome in _LEVELS:
            span.set_status(StatusCode.ERROR, decision.reason)

    def _write_line(self, message: Message, decision: Decision, seconds: float, tries: int) -> None:
        fields = {
            names.DESTINATION_NAME: message.exchange,
            names.CONSUMER_GROUP_NAME: self._rules.queue,
            names.MESSAGE_ID: message.id,
            names.CONVERSATION_ID: message.key,
            names.EVENT_TYPE: message.type,
            names.EVENT_OUTCOME: decision.outcome.value,
            names.EVENT_TRIES: tries,
            DURATION_MS: round(seconds * 1000, 3),
        }
        _log.log(
            _LEVELS.get(decision.outcome, logging.INFO),
            "process %s %s %s",
            message.exchange,
            message.type,
            decision.outcome,
            extra=fields,
            exc_info=decision.error,
        )

    def _labels(self, message: Message) -> tuple[str, str, str, str, str]:
        exchange = message.exchange if message.exchange in self._rules.exchanges else names.OTHER
        event_type = message.type if message.type in self._rules.handlers else names.OTHER
        return (self._system, names.PROCESS, exchange, self._rules.queue, event_type)
