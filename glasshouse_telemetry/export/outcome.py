"""What an attempt to deliver a batch can come to, and what delivers it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from opentelemetry.sdk.trace import ReadableSpan


@dataclass(frozen=True)
class Outcome:
    """Of one attempt. `error_type` is empty when the receiver took the batch, all but `rejected` items."""

    error_type: str = ""
    reason: str = ""
    retryable: bool = False
    retry_after: float = 0.0  # seconds for which the receiver wants to be left alone
    too_large: bool = False  # a part of the batch may be taken
    rejected: int = 0

    @property
    def delivered(self) -> bool:
        return not self.error_type


DELIVERED: Final = Outcome()


class Sender(Protocol):
    """Makes one attempt for each call, with what `Destination.prepare` made of spans. Used by one thread."""

    def send(self, batch: Sequence[Any]) -> Outcome: ...

    def close(self) -> None: ...


class RequestSender(Protocol):
    """Makes one attempt for each call, with an OTLP request that is serialized. Used by one thread."""

    def send(self, request: bytes) -> Outcome: ...

    def close(self) -> None: ...


def unchanged(span: ReadableSpan) -> ReadableSpan:
    return span


def name_of(span: ReadableSpan) -> str:
    return span.name


def estimated_size(span: ReadableSpan) -> int:
    """Roughly how much memory a span of the SDK takes."""
    size = 2500 + len(span.name) + _size_of_mapping(span.attributes)
    size += sum(700 + _size_of_mapping(event.attributes) for event in span.events)
    return size + sum(700 + _size_of_mapping(link.attributes) for link in span.links)


def _size_of_mapping(values: Mapping[str, Any] | None) -> int:
    return sum(64 + len(key) + _size_of_value(value) for key, value in (values or {}).items())


def _size_of_value(value: object) -> int:
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, (tuple, list)):
        return sum(8 + _size_of_value(each) for each in value)
    return _size_of_mapping(value) if isinstance(value, dict) else 24


class Destination(NamedTuple):
    """Where spans or log lines go. Each is prepared at once, so that little of it has to wait.

    `size_of` and `name_of` are asked about what `prepare` returned.
    """

    make_sender: Callable[[], Sender]
    prepare: Callable[[ReadableSpan], Any] = unchanged
    size_of: Callable[[Any], int] = estimated_size
    name_of: Callable[[Any], str] = name_of
    noun: str = "span"  # of one item
    spools: bool = False  # whether `prepare` makes what a spool can keep (fast/otlp.py: Encoded)
