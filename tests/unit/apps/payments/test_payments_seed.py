"""Money and orders agree from the first moment."""

from apps.orders import seed as orders_seed
from apps.payments import seed
from apps.payments.lifecycle import Status


def test_the_seed_has_paid_what_the_orders_of_the_seed_cost() -> None:
    paid_for = {
        "CONFIRMED": Status.CAPTURED,
        "SHIPPED": Status.CAPTURED,
        "DELIVERED": Status.CAPTURED,
        "CANCELLED": Status.VOIDED,
    }
    expected = {
        order.id: (order.total_cents, paid_for[order.status])
        for order in orders_seed.orders()
        if order.status in paid_for
    }
    assert {paid.order_id: (paid.amount_cents, paid.status) for paid in seed.payments()} == expected
