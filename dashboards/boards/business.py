"""What the shop is there for: orders, money, stock and mail."""

from dashboards import colors
from dashboards.boards import business_fulfilment
from dashboards.layout import Dashboard, Row
from dashboards.limits import DECLINED, EMAILS_FAILING, ORDER_JOURNEY
from dashboards.panels import stat, time_series
from dashboards.queries import business
from dashboards.targets import now, over_time
from dashboards.thresholds import bad_below, wrong_unless_zero

# The shop counts in cents of one currency; this is how Grafana writes it.
CURRENCY = "currencyEUR"

_NOW = Row(
    "Now",
    [
        stat(
            "Orders per minute",
            "Orders placed. Compare with the same hour of other days before calling it a fall.",
            over_time(business.orders_placed(), "orders"),
            unit="short",
            width=3,
        ),
        stat(
            "Confirmed",
            "Share of the orders decided in the time shown that were confirmed.",
            now(business.orders_confirmed_ratio()),
            unit="percentunit",
            width=3,
            limits=bad_below(0.5, 0.8),
        ),
        stat(
            "Revenue",
            "Money captured and not given back, in the time shown.",
            now(business.revenue()),
            unit=CURRENCY,
            width=3,
        ),
        stat(
            "Journey (p95)",
            "From placing an order to its end. Far above a second, something holds orders up.",
            over_time(business.journey(0.95), "p95"),
            unit="s",
            width=3,
            limits=ORDER_JOURNEY,
        ),
        stat(
            "Orders stuck",
            "Orders that wait for a step of the saga longer than they should. Not zero: see Saga below.",
            over_time(business.stuck_in_all(), "stuck"),
            unit="none",
            width=3,
            limits=wrong_unless_zero(),
        ),
        stat(
            "Cards declined",
            "Share of the payments that the card processor declined. A few percent are customers.",
            over_time(business.declined_ratio(), "declined"),
            unit="percentunit",
            width=3,
            limits=DECLINED,
        ),
        stat(
            "Products out of stock",
            "Products of which no unit is left. Orders for them are cancelled, and that is not an error.",
            over_time(business.products_out(), "products"),
            unit="none",
            width=3,
        ),
        stat(
            "Mails failed",
            "Share of the attempts to send a mail that failed. None is lost: they are tried again.",
            over_time(business.emails_failed_ratio(), "failed"),
            unit="percentunit",
            width=3,
            limits=EMAILS_FAILING,
        ),
    ],
)

_ORDERS = Row(
    "Orders",
    [
        time_series(
            "Orders by status (per minute)",
            "PENDING counts orders placed. CONFIRMED follows it within a second; a gap between them is "
            "orders waiting.",
            over_time(business.orders_by_status(), "{{status}}"),
            unit="short",
            meanings=colors.ORDERS,
        ),
        time_series(
            "Cancelled and refused (per minute)",
            "Why orders did not come about. timed_out is ours; the rest is the customers' or the stock's.",
            over_time(business.orders_cancelled(), "cancelled: {{reason}}"),
            over_time(business.orders_refused(), "refused: {{reason}}"),
            unit="short",
            bars=True,
            meanings=colors.ORDER_ENDS,
        ),
    ],
)

_MONEY = Row(
    "Payments and money",
    [
        time_series(
            "Money per minute",
            "Captured and refunded. Refunds that follow captures in step are orders that failed after "
            "payment.",
            over_time(business.captured_per_minute(), "captured"),
            over_time(business.refunded_per_minute(), "refunded"),
            unit=CURRENCY,
            width=8,
            meanings=["captured", "refunded"],
        ),
        time_series(
            "Payments by status (per minute)",
            "AUTHORIZED becomes CAPTURED. DECLINED has the card processor's reason; VOIDED was given back "
            "unspent.",
            over_time(business.payments(), "{{status}} {{reason}}"),
            unit="short",
            width=8,
            meanings=colors.PAYMENTS,
        ),
        time_series(
            "Card processor (p95)",
            "How long it takes to answer. It is not ours: all we can do is wait, or stop asking.",
            over_time(business.card_processor(0.95), "{{operation}}", exemplars=True),
            unit="s",
            width=8,
        ),
        time_series(
            "Value of an order",
            "Median and p95 of the orders placed. A jump without a new price list is worth a question.",
            over_time(business.order_value(0.5), "p50"),
            over_time(business.order_value(0.95), "p95"),
            unit=CURRENCY,
        ),
        time_series(
            "Customers (per minute)",
            "Registrations and sign-ins. They fall before orders do when the way in is broken.",
            over_time(business.registrations(), "registered"),
            over_time(business.sign_ins(), "signed in"),
            unit="short",
        ),
    ],
)

DASHBOARD = Dashboard(
    "business",
    "Business",
    "Orders by outcome, money, the saga's steps and compensations, payments, stock and mail.",
    [_NOW, _ORDERS, _MONEY, *business_fulfilment.ROWS],
)
