"""A card processor that decides by the card's token alone: the same card, the same end.

It has no memory, since nothing that happens in it twice can be seen from outside.
"""

import time
from collections.abc import Callable, Mapping

from apps.payments import faults
from chassis.errors import UpstreamFailed

DECLINED: Mapping[str, str] = {
    "tok_declined": "card_declined",
    "tok_insufficient_funds": "insufficient_funds",
    "tok_expired": "expired_card",
}
APPROVED = frozenset({"tok_visa", "tok_slow"})
SLOW = "tok_slow"
FAILING = "tok_error"
UNKNOWN_CARD = "invalid_card"


class FakeCardProcessor:
    def __init__(self, slow_for_s: float, wait: Callable[[float], None] = time.sleep) -> None:
        self._slow_for_s = slow_for_s
        self._wait = wait

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> str | None:
        faults.SLOW.delay(self._wait)
        if card_token == FAILING:
            raise UpstreamFailed("card-processor", "answered 503", "The card processor failed. Try again.")
        if card_token == SLOW:
            self._wait(self._slow_for_s)
        good = card_token in APPROVED
        return faults.decline_reason() if good else DECLINED.get(card_token, UNKNOWN_CARD)

    def capture(self, order_id: str, amount_cents: int) -> None:
        """It is there: the money moves."""

    def reverse(self, order_id: str) -> None:
        """It goes back."""
