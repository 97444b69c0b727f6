"""What a request sets going and nobody waits for, in a trace of its own."""

from collections import Counter
from dataclasses import dataclass, field

from proof.expectations.calls import Call


@dataclass(frozen=True, order=True)
class AsyncStep:
    """By the root `span` of its trace; when an event is handled also by which, and from which queue."""

    service: str
    span: str
    event: str = ""
    queue: str = ""
    # What it calls.
    calls: tuple[Call, ...] = field(default=(), compare=False)
    # The service whose span its root links to: who published the event, or its own.
    origin: str = field(default="", compare=False)

    def __str__(self) -> str:
        return " ".join(part for part in (self.service, self.span, self.event, self.queue) if part)


@dataclass(frozen=True)
class ExpectedStep:
    """A step for one order or one user, whose id is `key`. It takes effect once."""

    step: AsyncStep
    key: str
    # Then nobody knows how its calls end.
    calls_are_open: bool = field(default=False, compare=False)

    @property
    def calls(self) -> Counter[Call]:
        return Counter() if self.calls_are_open else Counter(self.step.calls)

    @property
    def allowed(self) -> Counter[Call]:
        calls = self.step.calls if self.calls_are_open else ()
        return Counter(call.with_any_status() for call in calls)

    @property
    def services(self) -> frozenset[str]:
        """All that take part in it."""
        return frozenset({self.step.service, *(call.callee for call in self.step.calls)})

    def __str__(self) -> str:
        return f"{self.step} {self.key}"
