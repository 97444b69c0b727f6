"""What comes of an attempt to deliver a batch of spans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from opentelemetry.sdk.trace import ReadableSpan


@dataclass(frozen=True)
class Outcome:
    """`error_type` is empty when the batch was taken; `retry_after` is in seconds."""

    error_type: str = ""
    reason: str = ""
    retryable: bool = False
    retry_after: float = 0.0


DELIVERED: Final = Outcome()


class Sender(Protocol):
    """Makes one attempt for each call, with what `Destination.prepare` made of spans. Used by one thread."""

    def send(self, batch: Sequence[Any]) -> Outcome: ...

    def close(self) -> None: ...


def unchanged(span: ReadableSpan) -> ReadableSpan:
    return span


class Destination(NamedTuple):
    """Where spans go. Each is prepared as soon as it has ended, so that little of it has to wait."""

    make_sender: Callable[[], Sender]
    prepare: Callable[[ReadableSpan], object] = unchanged
