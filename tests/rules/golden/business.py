"""Orders, money, stock and mail."""

from dashboards.queries import business
from tests.rules.golden.worlds import NAN, SPREAD, Golden, Topic, World, histogram

WORLD = World(
    counters={
        # 2 orders placed in a second, by two instances; 1.5 are confirmed and 0.5 cancelled.
        'shop_orders_total{service_name="orders", instance="a", status="PENDING"}': 1.5,
        'shop_orders_total{service_name="orders", instance="b", status="PENDING"}': 0.5,
        'shop_orders_total{service_name="orders", instance="a", status="CONFIRMED"}': 1.5,
        'shop_orders_total{service_name="orders", instance="a", status="CANCELLED"}': 0.5,
        'shop_orders_total{service_name="orders", instance="a", status="SHIPPED"}': 0.25,
        'shop_orders_refused_total{service_name="orders", reason="unknown_product"}': 0.1,
        'shop_orders_cancelled_total{service_name="orders", reason="out_of_stock"}': 0.2,
        'shop_orders_cancelled_total{service_name="orders", reason="timed_out"}': 0.3,
        # 10.00 is the median, 75.00 p95.
        **histogram("shop_order_value_cents", "", {"1000": 1, "5000": 1.8, "10000": 2}),
        'shop_payments_captured_cents_total{service_name="payments"}': 3000,
        'shop_payments_refunded_cents_total{service_name="payments"}': 500,
        **histogram("shop_saga_duration_seconds", 'outcome="confirmed"', SPREAD),
        'shop_payments_total{service_name="payments", status="AUTHORIZED", reason=""}': 1.8,
        'shop_payments_total{service_name="payments", status="CAPTURED", reason=""}': 1.4,
        'shop_payments_total{service_name="payments", status="DECLINED", reason="card_declined"}': 0.2,
        'shop_payments_total{service_name="payments", status="VOIDED", reason=""}': 0.1,
        'shop_saga_compensations_total{step="payment"}': 0.1,
        'shop_saga_nudges_total{step="reserve"}': 0.05,
        **histogram("shop_card_processor_duration_seconds", 'operation="authorize"', SPREAD),
        'shop_reservations_total{service_name="inventory", status="RESERVED"}': 1.6,
        'shop_reservations_total{service_name="inventory", status="REJECTED"}': 0.2,
        'notifications_emails_total{outcome="sent"}': 1.5,
        'notifications_emails_total{outcome="failed"}': 0.3,
        'notifications_emails_total{outcome="refused"}': 0.2,
        **histogram("notifications_smtp_duration_seconds", "", SPREAD),
        "shop_users_registered_total": 0.1,
        "gateway_tokens_issued_total": 0.2,
    },
    gauges={
        # Instances that ask the same database.
        'shop_orders_stuck{instance="a", step="reserve"}': 3,
        'shop_orders_stuck{instance="b", step="reserve"}': 2,
        'shop_orders_stuck{instance="a", step="authorize"}': 1,
        'shop_order_history_lag_seconds{instance="a"}': 4,
        'shop_order_history_lag_seconds{instance="b"}': 7,
        'shop_stock_units{instance="a", pool="available"}': 100,
        'shop_stock_units{instance="b", pool="available"}': 90,
        'shop_stock_units{instance="a", pool="reserved"}': 5,
        'shop_stock_products_out{instance="a"}': 2,
        'shop_stock_products_out{instance="b"}': 1,
    },
)

# Of 1,800 orders in 15 minutes.
_STEPS = {
    "order placed": 1800,
    "payment authorized": 1620,
    "stock reserved": 1440,
    "order confirmed": 1350,
    "payment captured": 1260,
    "order cancelled": 450,
}

TOPIC = Topic(
    "business",
    WORLD,
    [
        Golden(business.orders_placed(), {"{}": 120}, {"{}": 0}),
        Golden(
            business.orders_by_status(),
            {
                '{status="PENDING"}': 120,
                '{status="CONFIRMED"}': 90,
                '{status="CANCELLED"}': 30,
                '{status="SHIPPED"}': 15,
            },
            {
                '{status="PENDING"}': 0,
                '{status="CONFIRMED"}': 0,
                '{status="CANCELLED"}': 0,
                '{status="SHIPPED"}': 0,
            },
        ),
        Golden(business.orders_confirmed_ratio(), {"{}": 0.75}, {"{}": NAN}),
        Golden(
            business.orders_refused(), {'{reason="unknown_product"}': 6}, {'{reason="unknown_product"}': 0}
        ),
        Golden(
            business.orders_cancelled(),
            {'{reason="out_of_stock"}': 12, '{reason="timed_out"}': 18},
            {'{reason="out_of_stock"}': 0, '{reason="timed_out"}': 0},
        ),
        Golden(business.order_value(0.5), {"{}": 10}, {"{}": NAN}),
        Golden(business.order_value(0.95), {"{}": 75}, {"{}": NAN}),
        Golden(business.revenue(), {"{}": 22500}, {"{}": 0}),
        Golden(business.captured_per_minute(), {"{}": 1800}, {"{}": 0}),
        Golden(business.refunded_per_minute(), {"{}": 300}, {"{}": 0}),
        Golden(business.journey(0.95), {"{}": 0.75}, {"{}": NAN}),
        Golden(
            business.journeys(),
            {'{le="0.1"}': 20, '{le="0.5"}': 36, '{le="1"}': 40, '{le="+Inf"}': 40},
            {'{le="0.1"}': 0, '{le="0.5"}': 0, '{le="1"}': 0, '{le="+Inf"}': 0},
        ),
        *(Golden(business.steps()[step], {"{}": orders}, {"{}": 0}) for step, orders in _STEPS.items()),
        Golden(business.compensations(), {'{step="payment"}': 6}, {'{step="payment"}': 0}),
        Golden(business.reminders(), {'{step="reserve"}': 3}, {'{step="reserve"}': 0}),
        Golden(business.stuck(), {'{step="reserve"}': 3, '{step="authorize"}': 1}),
        Golden(business.stuck_in_all(), {"{}": 4}),
        Golden(business.history_lag(), {"{}": 7}),
        Golden(
            business.payments(),
            {
                '{status="AUTHORIZED"}': 108,
                '{status="CAPTURED"}': 84,
                '{status="DECLINED", reason="card_declined"}': 12,
                '{status="VOIDED"}': 6,
            },
            {
                '{status="AUTHORIZED"}': 0,
                '{status="CAPTURED"}': 0,
                '{status="DECLINED", reason="card_declined"}': 0,
                '{status="VOIDED"}': 0,
            },
        ),
        Golden(business.declined_ratio(), {"{}": 0.1}, {"{}": NAN}),
        Golden(
            business.card_processor(0.95), {'{operation="authorize"}': 0.75}, {'{operation="authorize"}': NAN}
        ),
        Golden(business.stock(), {'{pool="available"}': 100, '{pool="reserved"}': 5}),
        Golden(business.products_out(), {"{}": 2}),
        Golden(
            business.reservations(),
            {'{status="RESERVED"}': 96, '{status="REJECTED"}': 12},
            {'{status="RESERVED"}': 0, '{status="REJECTED"}': 0},
        ),
        Golden(
            business.emails(),
            {'{outcome="sent"}': 90, '{outcome="failed"}': 18, '{outcome="refused"}': 12},
            {'{outcome="sent"}': 0, '{outcome="failed"}': 0, '{outcome="refused"}': 0},
        ),
        Golden(business.emails_failed_ratio(), {"{}": 0.25}, {"{}": NAN}),
        Golden(business.email_duration(0.95), {"{}": 0.75}, {"{}": NAN}),
        Golden(business.registrations(), {"{}": 6}, {"{}": 0}),
        Golden(business.sign_ins(), {"{}": 12}, {"{}": 0}),
    ],
)
