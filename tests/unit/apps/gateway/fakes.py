"""Who stands around the gateway, without their services."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.inventory.client import StockLevel
from chassis.errors import UpstreamFailed
from chassis.tokens import Identity


@dataclass
class FakeCredentials:
    accounts: dict[tuple[str, str], Identity] = field(default_factory=dict)

    def verify(self, email: str, password: str) -> Identity | None:
        return self.accounts.get((email, password))


@dataclass
class FakeInventory:
    available: dict[str, int] = field(default_factory=dict)
    failure: UpstreamFailed | None = None
    failures: int = 1_000_000
    calls: int = 0

    def levels(self, product_ids: Sequence[str]) -> list[StockLevel]:
        self._answer()
        return [StockLevel(each, self.available.get(each, 0), 2, 3) for each in product_ids]

    def set_available(self, product_id: str, available: int) -> StockLevel:
        self._answer()
        self.available[product_id] = available
        return StockLevel(product_id, available, 2, 3)

    def fail_next(self, times: int) -> None:
        self.failure, self.failures = UpstreamFailed("inventory", "UNAVAILABLE"), times

    def _answer(self) -> None:
        self.calls += 1
        if self.failure is not None and self.failures > 0:
            self.failures -= 1
            raise self.failure
