"""A card processor as a real one is: it remembers every payment, and now and then it fails."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from apps.payments.fake_card_processor import FakeCardProcessor
from chassis.facts import UpstreamFailed

T = TypeVar("T")
Failure = Literal["before", "after"]


@dataclass
class LedgerProcessor:
    """`failures` are used up one by one: a call fails before its effect, after it, or (None) not at all."""

    failures: list[Failure | None] = field(default_factory=list)
    decisions: dict[str, str | None] = field(default_factory=dict)
    authorized: dict[str, int] = field(default_factory=dict)
    captured: dict[str, int] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    meanwhile: Callable[[], object] = lambda: None

    def authorize(self, payment_id: str, amount_cents: int, card_token: str) -> str | None:
        def work() -> str | None:
            if payment_id not in self.decisions:
                fake = FakeCardProcessor(slow_for_s=0)
                self.decisions[payment_id] = fake.authorize(payment_id, amount_cents, card_token)
            if self.decisions[payment_id] is None and payment_id not in self.voided:
                self.authorized[payment_id] = amount_cents
            return self.decisions[payment_id]

        return self._do("authorize", work)

    def capture(self, payment_id: str, amount_cents: int) -> None:
        assert payment_id in self.authorized, "captured without an authorization"
        assert payment_id not in self.voided, "captured after it was voided"
        self._do("capture", lambda: self.captured.setdefault(payment_id, amount_cents))

    def refund(self, payment_id: str, amount_cents: int) -> None:
        assert payment_id in self.captured, "refunded without a capture"
        self._do("refund", lambda: self.refunded.setdefault(payment_id, amount_cents))

    def void(self, payment_id: str) -> None:
        assert payment_id not in self.captured, "voided after it was captured"
        self._do("void", lambda: self.voided.add(payment_id))

    def held(self, payment_id: str) -> int:
        """What is authorized and neither captured nor voided."""
        is_open = payment_id not in self.captured and payment_id not in self.voided
        return self.authorized.get(payment_id, 0) if is_open else 0

    def kept(self, payment_id: str) -> int:
        """What the shop has taken in the end."""
        return self.captured.get(payment_id, 0) - self.refunded.get(payment_id, 0)

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
