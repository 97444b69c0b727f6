"""What comes of an attempt to deliver a batch of spans."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

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
    """Makes one attempt for each call. Used by one thread."""

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome: ...

    def close(self) -> None: ...
