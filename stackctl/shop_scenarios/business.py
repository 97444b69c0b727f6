"""By how much the shop's own counters rise for what becomes of an order."""

from collections.abc import Mapping, Sequence

from proof.expectations.counters import Counted
from stackctl.shop_scenarios.kinds import OrderOutcome


def _order(status: str) -> Counted:
    return Counted("orders", "shop_orders_total", (("status", status),))


def _cancelled(reason: str) -> Counted:
    return Counted("orders", "shop_orders_cancelled_total", (("reason", reason),))


def _payment(status: str) -> Counted:
    return Counted("payments", "shop_payments_total", (("status", status),))


def _reservation(status: str) -> Counted:
    return Counted("inventory", "shop_reservations_total", (("status", status),))


def _mail(template: str) -> Counted:
    labels = (("outcome", "sent"), ("template", template))
    return Counted("notifications", "notifications_emails_total", labels)


_PAYMENT_GIVEN_BACK = Counted("orders", "shop_saga_compensations_total", (("step", "payment"),))

GAINS: Mapping[OrderOutcome, Sequence[Counted]] = {
    OrderOutcome.CONFIRMED: (
        _order("PENDING"),
        _payment("AUTHORIZED"),
        _reservation("RESERVED"),
        _order("CONFIRMED"),
        _payment("CAPTURED"),
        _reservation("CONFIRMED"),
        _mail("order_confirmed"),
    ),
    OrderOutcome.PAYMENT_DECLINED: (
        _order("PENDING"),
        _payment("DECLINED"),
        _order("CANCELLED"),
        _cancelled("payment_declined"),
        # Of nothing: so that none can follow.
        _reservation("RELEASED"),
        _mail("order_cancelled"),
    ),
    OrderOutcome.OUT_OF_STOCK: (
        _order("PENDING"),
        _payment("AUTHORIZED"),
        _reservation("REJECTED"),
        _order("CANCELLED"),
        _cancelled("out_of_stock"),
        _payment("VOIDED"),
        _PAYMENT_GIVEN_BACK,
        _mail("order_cancelled"),
    ),
}

WELCOMED = _mail("welcome")
SHIPPED = _order("SHIPPED")
