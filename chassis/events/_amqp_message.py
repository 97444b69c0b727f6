"""A message as RabbitMQ carries it: bytes, and properties for other programs and for our account of tries."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pika import BasicProperties

from chassis.events import _message
from chassis.events._message import Message

_TRIES: Final = "x-tries"
_REASON: Final = "x-reason"
_DIED_AT: Final = "x-died-at"
# Accounts of an earlier life of the message. RabbitMQ would take the second retry for a cycle if it found its
# own.
_PAST: Final = (_TRIES, _REASON, _DIED_AT, "x-death", "x-first-death-", "x-last-death-", "x-delivery-count")


@dataclass(frozen=True, eq=False)
class AmqpMessage:
    """`owner` is the connection that a tag belongs to."""

    raw: bytes
    properties: BasicProperties
    owner: object = None
    tag: int = 0
    headers: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", self.properties.headers or {})

    @property
    def message_id(self) -> str:
        """Empty when a stranger has published it."""
        return self.properties.message_id or ""

    @property
    def published_at(self) -> datetime:
        return datetime.fromtimestamp(self.properties.timestamp or time.time(), UTC)

    @property
    def past_tries(self) -> int:
        """Returns by consumers that died, and tries that ended with a retry or here."""
        return int(self.headers.get(_TRIES, 0)) + int(self.headers.get("x-delivery-count", 0))

    @property
    def reason(self) -> str:
        return str(self.headers.get(_REASON) or self.headers.get("x-first-death-reason", ""))

    @property
    def died_at(self) -> datetime:
        stated = self.headers.get(_DIED_AT)
        return datetime.fromisoformat(stated) if stated else self.published_at

    def to_retry(self, tries: int, delay_s: float) -> "AmqpMessage":
        return self._readdressed({_TRIES: tries}, expiration=str(max(0, round(delay_s * 1000))))

    def to_give_up(self, tries: int, reason: str) -> "AmqpMessage":
        return self._readdressed({_TRIES: tries, _REASON: reason, _DIED_AT: datetime.now(UTC).isoformat()})

    def to_replay(self) -> "AmqpMessage":
        return self._readdressed({}, timestamp=int(time.time()))

    def _readdressed(self, headers: Mapping[str, Any], **changes: Any) -> "AmqpMessage":
        kept = {name: value for name, value in self.headers.items() if not name.startswith(_PAST)}
        before = self.properties
        same = {name: getattr(before, name) for name in ("content_type", "message_id", "type", "timestamp")}
        return AmqpMessage(
            self.raw, BasicProperties(delivery_mode=2, headers={**kept, **headers}, **{**same, **changes})
        )


def to_amqp_message(message: Message) -> AmqpMessage:
    properties = BasicProperties(
        content_type="application/json",
        delivery_mode=2,
        message_id=message.id,
        type=message.type,
        timestamp=int(time.time()),
        headers=dict(message.headers),
    )
    return AmqpMessage(_message.encode(message), properties)
