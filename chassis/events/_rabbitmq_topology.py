"""What one queue needs on RabbitMQ: itself, queues to wait in for a retry, a queue for dead letters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# A message waits in the first delay queue that is long enough and leaves it at its own time, or as soon as
# those ahead of it have left: a queue of RabbitMQ expires messages at its head only. So none waits longer
# than the next step.
DELAYS_S: Final = (1, 8, 64)


@dataclass(frozen=True)
class QueueSpec:
    name: str
    arguments: Mapping[str, str | int] = field(default_factory=dict)


def dead_letter_queue(queue: str) -> str:
    return f"{queue}.dead"


def delay_queue(queue: str, delay_s: float) -> str:
    """Where to wait for `delay_s`, at most the longest delay there is."""
    return _delay_queue(queue, next((step for step in DELAYS_S if delay_s <= step), DELAYS_S[-1]))


def delay_queues(queue: str) -> list[str]:
    return [_delay_queue(queue, step) for step in DELAYS_S]


def specs(queue: str) -> list[QueueSpec]:
    """In the order of declaring: what is dead-lettered must have somewhere to go.

    Quorum queues survive a kill of the node, count deliveries whose consumer died, and pass an expired
    message on only once the other queue has confirmed it (`at-least-once`); a classic queue could lose it on
    the way. Dead letters lie in a classic durable queue, where looking at them counts as nothing.
    """
    return [
        QueueSpec(dead_letter_queue(queue)),
        QueueSpec(queue, _quorum(dead_letters_to=dead_letter_queue(queue))),
        *(
            QueueSpec(
                _delay_queue(queue, step), {**_quorum(dead_letters_to=queue), "x-message-ttl": step * 1000}
            )
            for step in DELAYS_S
        ),
    ]


def _delay_queue(queue: str, step: int) -> str:
    return f"{queue}.retry.{step}s"


def _quorum(dead_letters_to: str) -> dict[str, str | int]:
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_letters_to,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # at-least-once asks for it
    }
