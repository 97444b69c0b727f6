"""What the seed's orders have paid: money and orders agree from the start. A test holds them together."""

from datetime import UTC, datetime, timedelta

from apps.payments.lifecycle import Status
from apps.payments.payments import Payment
from chassis.identity import seed_id

# The order's number, its total in cents, and how far its payment is. Orders that are PENDING have none.
PAID: tuple[tuple[int, int, Status], ...] = (
    (0, 12450, Status.CAPTURED),
    (1, 2650, Status.CAPTURED),
    (2, 12900, Status.VOIDED),
    (3, 8280, Status.CAPTURED),
    (4, 11430, Status.CAPTURED),
    (5, 3990, Status.CAPTURED),
)
FIRST_PAID = datetime(2026, 1, 20, 10, 1, tzinfo=UTC)


def payments() -> list[Payment]:
    return [_payment(*paid) for paid in PAID]


def _payment(number: int, amount_cents: int, status: Status) -> Payment:
    return Payment(
        id=seed_id("payment", str(number)),
        order_id=seed_id("order", str(number)),
        amount_cents=amount_cents,
        status=status,
        decline_reason=None,
        created_at=FIRST_PAID + timedelta(days=number),
    )
