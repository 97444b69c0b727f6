"""Payments kept in memory: the repository's promises without its database."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from apps.payments.lifecycle import Status
from apps.payments.payments import Payment
from chassis.paging import Page, PageRequest


@dataclass
class MemoryRepository:
    payments: dict[str, Payment] = field(default_factory=dict)

    def add_or_get(self, payment: Payment) -> Payment:
        present = self.of_order(payment.order_id)
        return present or self.payments.setdefault(payment.id, payment)

    def get(self, payment_id: str) -> Payment | None:
        return self.payments.get(payment_id)

    def of_order(self, order_id: str) -> Payment | None:
        return next((payment for payment in self.payments.values() if payment.order_id == order_id), None)

    def move(
        self, payment_id: str, current: Status, wanted: Status, decline_reason: str | None = None
    ) -> Payment | None:
        payment = self.payments[payment_id]
        if payment.status is not current:
            return None
        self.payments[payment_id] = replace(payment, status=wanted, decline_reason=decline_reason)
        return self.payments[payment_id]

    def search(self, order_id: str | None, request: PageRequest) -> Page[Payment]:
        found = [payment for payment in self.payments.values() if order_id in (None, payment.order_id)]
        return Page(found, request.page, request.limit, len(found))

    def when_committed(self, report: Callable[[], None]) -> None:
        report()
