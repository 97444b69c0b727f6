"""The instruments that payments owns."""

from prometheus_client import Counter, Histogram

from apps.payments.lifecycle import OUTCOMES, Status

reached = Counter(
    "shop_payments",
    "Payments that reached a status; `reason` is why a card was declined.",
    ["status", "reason"],
)
captured_cents = Counter("shop_payments_captured_cents", "Money captured, in cents.")
refunded_cents = Counter("shop_payments_refunded_cents", "Money captured and then refunded, in cents.")
processor_duration = Histogram(
    "shop_card_processor_duration_seconds",
    "Duration of calls of the card processor; `outcome` is done, declined or failed.",
    ["operation", "outcome"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

for _status in OUTCOMES - {Status.DECLINED}:
    reached.labels(_status, "")  # there from the start: the first payment of a kind is an increase too


def count(status: Status, reason: str, amount_cents: int) -> None:
    reached.labels(status, reason).inc()
    if status is Status.CAPTURED:
        captured_cents.inc(amount_cents)
    elif status is Status.REFUNDED:
        refunded_cents.inc(amount_cents)
