"""The rules of payments: an order has one; each cent of it is taken at most once and given back at most once.

Everything may be asked for twice, by several at once, or in disorder: it takes effect once.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from apps.payments import metrics
from apps.payments.lifecycle import (
    OUTCOMES,
    RETURNED,
    TO_CAPTURED,
    TO_RETURNED,
    Status,
    Way,
)
from apps.payments.payment import (
    AmountDiffers,
    InvalidTransition,
    OrderCancelled,
    Payment,
    PaymentNotFound,
)
from chassis.identity import new_id, utc_now
from chassis.paging import Page, PageRequest

__all__ = [
    "AmountDiffers",
    "CardProcessor",
    "InvalidTransition",
    "OrderCancelled",
    "Payment",
    "PaymentNotFound",
    "Payments",
    "Repository",
]

logger = logging.getLogger(__name__)


class CardProcessor(Protocol):
    """Whoever moves the money. Each method takes effect once for each order, however often it is called.

    `authorize` answers why the card was declined, or None when it was not. `reverse` gives back whatever is
    authorized or captured, and stands against either when it comes later: our side may have forgotten, in a
    transaction that was rolled back, what the processor has done. All raise UpstreamFailed when they may be
    tried again.
    """

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> str | None: ...
    def capture(self, order_id: str, amount_cents: int) -> None: ...
    def reverse(self, order_id: str) -> None: ...


class Repository(Protocol):
    """Where payments are kept, one for each order.

    `move` does nothing and says None when the status is not `current`. `when_committed` calls back once
    what was written before is there to stay.
    """

    def add_or_get(self, payment: Payment) -> Payment: ...
    def get(self, payment_id: str) -> Payment | None: ...
    def of_order(self, order_id: str) -> Payment | None: ...
    def move(
        self, payment_id: str, current: Status, wanted: Status, decline_reason: str | None = None
    ) -> Payment | None: ...
    def search(self, order_id: str | None, request: PageRequest) -> Page[Payment]: ...
    def when_committed(self, report: Callable[[], None]) -> None: ...


class Payments:
    def __init__(self, repository: Repository, processor: CardProcessor) -> None:
        self._repository = repository
        self._processor = processor
        # What the processor must have done before a payment may be said to be so.
        self._work: Mapping[Status, Callable[[Payment], None]] = {
            Status.CAPTURED: lambda payment: processor.capture(payment.order_id, payment.amount_cents),
            Status.REFUNDED: lambda payment: processor.reverse(payment.order_id),
            Status.VOIDED: lambda payment: processor.reverse(payment.order_id),
        }

    def get(self, payment_id: str) -> Payment:
        payment = self._repository.get(payment_id)
        if payment is None:
            raise PaymentNotFound
        return payment

    def of_order(self, order_id: str) -> Payment:
        payment = self._repository.of_order(order_id)
        if payment is None:
            raise PaymentNotFound
        return payment

    def search(self, order_id: str | None, request: PageRequest) -> Page[Payment]:
        return self._repository.search(order_id, request)

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> Payment:
        """The payment of the order, AUTHORIZED or DECLINED. That stays so, whatever card comes later."""
        payment = self._repository.add_or_get(_new(order_id, amount_cents, Status.PENDING))
        if payment.amount_cents != amount_cents and payment.status not in RETURNED:
            raise AmountDiffers
        if payment.status is Status.PENDING:
            payment = self._settle(payment, card_token)
        if payment.status in RETURNED:
            raise OrderCancelled
        return payment

    def capture(self, payment_id: str) -> Payment:
        payment = self._follow(TO_CAPTURED, self.get(payment_id))
        if payment.status is not Status.CAPTURED:
            raise InvalidTransition(payment.status, Status.CAPTURED)
        return payment

    def refund(self, payment_id: str) -> Payment:
        """Give all of it back: REFUNDED what was captured, VOIDED what was only authorized."""
        payment = self._follow(TO_RETURNED, self.get(payment_id))
        if payment.status not in RETURNED:
            raise InvalidTransition(payment.status, Status.REFUNDED)
        return payment

    def cancel_for_order(self, order_id: str) -> Payment:
        """Give back what the order has paid, and see to it that it pays nothing later.

        Where there is no payment, one of nothing is VOIDED: a tombstone for the authorization that may come.
        """
        return self._follow(TO_RETURNED, self._repository.add_or_get(_new(order_id, 0, Status.VOIDING)))

    def _settle(self, payment: Payment, card_token: str) -> Payment:
        """Ask the processor. Whoever settles or cancels the payment meanwhile has the last word."""
        declined = self._processor.authorize(payment.order_id, payment.amount_cents, card_token)
        status = Status.DECLINED if declined else Status.AUTHORIZED
        settled = self._repository.move(payment.id, Status.PENDING, status, declined)
        if settled is not None:
            self._report(settled)
        return settled or self.get(payment.id)

    def _follow(self, way: Way, payment: Payment) -> Payment:
        while (wanted := way.get(payment.status)) is not None:
            if (work := self._work.get(wanted)) is not None:
                work(payment)
            moved = self._repository.move(payment.id, payment.status, wanted)
            if moved is not None:
                self._report(moved)
            payment = moved or self.get(payment.id)  # or another was faster: go on from where it is now
        return payment

    def _report(self, payment: Payment) -> None:
        if payment.status in OUTCOMES:
            self._repository.when_committed(lambda: _note(payment))


def _new(order_id: str, amount_cents: int, status: Status) -> Payment:
    return Payment(new_id(), order_id, amount_cents, status, None, utc_now())


def _note(payment: Payment) -> None:
    metrics.count(payment.status, payment.decline_reason or "", payment.amount_cents)
    fields = {
        "payment.id": payment.id,
        "payment.status": payment.status,
        "payment.amount_cents": payment.amount_cents,
        "order.id": payment.order_id,
    }
    if payment.decline_reason:
        fields["payment.decline_reason"] = payment.decline_reason
    logger.info("payment %s", payment.status.lower(), extra=fields)
