"""What the shop is there for: orders, their way through the saga, money, stock and mail."""

from dashboards.queries.promql import RANGE, increase, quantile, rate, ratio, selector, total

PER_MINUTE = "60 * "

_ORDERS = "shop_orders_total"


def orders_placed() -> str:
    return PER_MINUTE + total(rate(_ORDERS, 'status="PENDING"'))


def orders_by_status() -> str:
    return PER_MINUTE + total(rate(_ORDERS), "status")


def orders_confirmed_ratio() -> str:
    """Of the orders that were decided."""
    decided = increase(_ORDERS, 'status=~"CONFIRMED|CANCELLED"')
    return ratio(increase(_ORDERS, 'status="CONFIRMED"'), decided)


def orders_refused() -> str:
    return PER_MINUTE + total(rate("shop_orders_refused_total"), "reason")


def orders_cancelled() -> str:
    return PER_MINUTE + total(rate("shop_orders_cancelled_total"), "reason")


def order_value(share: float) -> str:
    return quantile(share, rate("shop_order_value_cents_bucket")) + " / 100"


def revenue() -> str:
    """Captured and not given back, in the time that is shown."""
    captured = total(increase("shop_payments_captured_cents_total"))
    return f"({captured} - {total(increase('shop_payments_refunded_cents_total'))}) / 100"


def captured_per_minute() -> str:
    return PER_MINUTE + total(rate("shop_payments_captured_cents_total")) + " / 100"


def refunded_per_minute() -> str:
    return PER_MINUTE + total(rate("shop_payments_refunded_cents_total")) + " / 100"


def journey(share: float) -> str:
    """From placing an order to its being confirmed or cancelled."""
    return quantile(share, rate("shop_saga_duration_seconds_bucket"))


def journeys() -> str:
    return total(increase("shop_saga_duration_seconds_bucket", window="$__rate_interval"), "le")


def steps() -> dict[str, str]:
    """How many orders came how far in the time that is shown, in the order of docs/saga.md."""
    counted = {
        "order placed": selector(_ORDERS, 'status="PENDING"'),
        "payment authorized": selector("shop_payments_total", 'status="AUTHORIZED"'),
        "stock reserved": selector("shop_reservations_total", 'status="RESERVED"'),
        "order confirmed": selector(_ORDERS, 'status="CONFIRMED"'),
        "payment captured": selector("shop_payments_total", 'status="CAPTURED"'),
        "order cancelled": selector(_ORDERS, 'status="CANCELLED"'),
    }
    return {step: f"sum(increase({counter}[{RANGE}]))" for step, counter in counted.items()}


def compensations() -> str:
    return PER_MINUTE + total(rate("shop_saga_compensations_total"), "step")


def reminders() -> str:
    return PER_MINUTE + total(rate("shop_saga_nudges_total"), "step")


def stuck() -> str:
    return "max by (step) (shop_orders_stuck)"


def stuck_in_all() -> str:
    return f"sum({stuck()})"


def history_lag() -> str:
    return "max(shop_order_history_lag_seconds)"


def payments() -> str:
    return PER_MINUTE + total(rate("shop_payments_total"), "status, reason")


def declined_ratio() -> str:
    """Of the payments that the card processor was asked to authorize."""
    return ratio(
        rate("shop_payments_total", 'status="DECLINED"'),
        rate("shop_payments_total", 'status=~"AUTHORIZED|DECLINED"'),
    )


def card_processor(share: float) -> str:
    return quantile(share, rate("shop_card_processor_duration_seconds_bucket"), "operation")


def stock() -> str:
    return "max by (pool) (shop_stock_units)"


def products_out() -> str:
    return "max(shop_stock_products_out)"


def reservations() -> str:
    return PER_MINUTE + total(rate("shop_reservations_total"), "status")


def emails() -> str:
    return PER_MINUTE + total(rate("notifications_emails_total"), "outcome")


def emails_failed_ratio() -> str:
    """Of the attempts to send one."""
    return ratio(
        rate("notifications_emails_total", 'outcome=~"failed|refused"'), rate("notifications_emails_total")
    )


def email_duration(share: float) -> str:
    return quantile(share, rate("notifications_smtp_duration_seconds_bucket"))


def registrations() -> str:
    return PER_MINUTE + total(rate("shop_users_registered_total"))


def sign_ins() -> str:
    return PER_MINUTE + total(rate("gateway_tokens_issued_total"))
