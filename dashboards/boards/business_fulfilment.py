"""The rows of Business on how an order is carried out: saga, stock, mail."""

from dashboards import colors
from dashboards.layout import Row
from dashboards.panels import bar_gauge, heatmap, time_series
from dashboards.queries import business
from dashboards.targets import buckets, now, over_time
from dashboards.thresholds import bad_above

_SAGA = Row(
    "Saga",
    [
        bar_gauge(
            "Steps reached",
            "How many orders came how far in the time shown. The first bar that is shorter than the one "
            "above it is where orders end.",
            *(now(query, step) for step, query in business.steps().items()),
            unit="short",
            width=8,
            meanings=colors.SAGA_STEPS,
        ),
        heatmap(
            "Journey of an order",
            "From placing to the decision. A second band at 30 s and more are orders that were reminded.",
            buckets(business.journeys()),
            unit="s",
            width=8,
        ),
        time_series(
            "Given back and reminded (per minute)",
            "Payments and stock given back for cancelled orders, and orders that had to be set going again. "
            "Reminders mean lost or late events.",
            over_time(business.compensations(), "given back: {{step}}"),
            over_time(business.reminders(), "reminded: {{step}}"),
            unit="short",
            width=8,
            bars=True,
        ),
        time_series(
            "Orders stuck by step",
            "At which step orders wait longer than they should: authorize is payments, reserve is inventory.",
            over_time(business.stuck(), "{{step}}"),
            unit="none",
        ),
        time_series(
            "Lag of the order history",
            "How far the searchable history is behind the orders. It grows when its consumer stalls.",
            over_time(business.history_lag(), "lag"),
            unit="s",
            limits=bad_above(5, 30),
        ),
    ],
)

_STOCK = Row(
    "Stock and mail",
    [
        time_series(
            "Units by place",
            "Reserved units return or are sold within seconds. A reserved line that only climbs is stock "
            "that nobody gives back.",
            over_time(business.stock(), "{{pool}}"),
            unit="short",
        ),
        time_series(
            "Reservations by status (per minute)",
            "REJECTED is stock that was not there; RELEASED was given back for a cancelled order.",
            over_time(business.reservations(), "{{status}}"),
            unit="short",
            meanings=colors.RESERVATIONS,
        ),
        time_series(
            "Mails by outcome (per minute)",
            "failed is tried again; refused is not. failed without sent means that the mail server is away.",
            over_time(business.emails(), "{{outcome}}"),
            unit="short",
            meanings=colors.MAILS,
        ),
        time_series(
            "Handing over a mail (p95)",
            "How long the mail server takes for one mail.",
            over_time(business.email_duration(0.95), "p95"),
            unit="s",
            limits=bad_above(1, 5),
        ),
    ],
)

ROWS = (_SAGA, _STOCK)
