"""The messages that RabbitMQ has handed to this process, and their age; AMQP tells nothing of others."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from chassis.events._amqp_message import AmqpMessage

# How long after its delay a retried message is still expected back, before another process must have got it.
_GRACE_S: Final = 5.0


class InFlightMessages:
    """The messages that are in flight here, and those that were sent into a delay from here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight: dict[str, set[AmqpMessage]] = {}
        self._delayed: dict[str, dict[str, tuple[datetime, float]]] = {}

    def take(self, queue: str, amqp_message: AmqpMessage) -> None:
        with self._lock:
            self._in_flight.setdefault(queue, set()).add(amqp_message)
            self._delayed.get(queue, {}).pop(amqp_message.message_id, None)

    def settle(self, queue: str, amqp_message: AmqpMessage) -> None:
        with self._lock:
            self._in_flight.get(queue, set()).discard(amqp_message)

    def delay(self, queue: str, amqp_message: AmqpMessage, delay_s: float) -> None:
        with self._lock:
            expected_until = self._clock() + delay_s + _GRACE_S
            self._delayed.setdefault(queue, {})[amqp_message.message_id] = (
                amqp_message.published_at,
                expected_until,
            )

    def forget(self, owner: object) -> None:
        """A connection is gone, and what it held is back in its queues."""
        with self._lock:
            for queue, held in self._in_flight.items():
                self._in_flight[queue] = {
                    amqp_message for amqp_message in held if amqp_message.owner is not owner
                }

    def count(self, queue: str) -> int:
        with self._lock:
            return len(self._in_flight.get(queue, ()))

    def oldest(self, queue: str) -> datetime | None:
        with self._lock:
            now = self._clock()
            expected = {
                key: (at, until) for key, (at, until) in self._delayed.get(queue, {}).items() if until > now
            }
            self._delayed[queue] = expected
            in_flight = (amqp_message.published_at for amqp_message in self._in_flight.get(queue, ()))
            return min([*in_flight, *(at for at, _ in expected.values())], default=None)
