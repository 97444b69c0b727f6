"""A card processor as a real one is: it remembers every order, and now and then it fails."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from apps.payments.fake_card_processor import FakeCardProcessor
from chassis.errors import UpstreamFailed

T = TypeVar("T")
Failure = Literal["before", "after"]


@dataclass
class LedgerProcessor:
    """`failures` are used up one by one: a call fails before its effect, after it, or (None) not at all."""

    failures: list[Failure | None] = field(default_factory=list)
    decisions: dict[str, str | None] = field(default_factory=dict)
    authorized: dict[str, int] = field(default_factory=dict)
    captured: dict[str, int] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    meanwhile: Callable[[], object] = lambda: None

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> str | None:
        def work() -> str | None:
            if order_id in self.reversed:
                return "reversed"
            if order_id not in self.decisions:
                fake = FakeCardProcessor(slow_for_s=0)
                self.decisions[order_id] = fake.authorize(order_id, amount_cents, card_token)
            if self.decisions[order_id] is None:
                self.authorized[order_id] = amount_cents
            return self.decisions[order_id]

        return self._do("authorize", work)

    def capture(self, order_id: str, amount_cents: int) -> None:
        assert order_id in self.authorized, "captured without an authorization"
        if order_id in self.reversed:
            raise UpstreamFailed("card-processor", "has reversed it")
        self._do("capture", lambda: self.captured.setdefault(order_id, amount_cents))

    def reverse(self, order_id: str) -> None:
        self._do("reverse", lambda: self.reversed.add(order_id))

    def held(self, order_id: str) -> int:
        """What is authorized and neither captured nor given back."""
        is_open = order_id not in self.captured and order_id not in self.reversed
        return self.authorized.get(order_id, 0) if is_open else 0

    def kept(self, order_id: str) -> int:
        """What the shop has taken in the end."""
        return 0 if order_id in self.reversed else self.captured.get(order_id, 0)

    def _do(self, operation: str, work: Callable[[], T]) -> T:
        self.calls[operation] += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure == "before":
            raise UpstreamFailed("card-processor", "refused the connection")
        result = work()
        self.meanwhile()
        if failure == "after":
            raise UpstreamFailed("card-processor", "broke the connection")
        return result
