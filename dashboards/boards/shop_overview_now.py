"""The first row of Shop overview: six numbers."""

from dashboards import links
from dashboards.layout import Row
from dashboards.limits import GATEWAY_ERRORS, GATEWAY_LATENCY
from dashboards.panels import stat
from dashboards.queries import alerts, business, requests
from dashboards.targets import now, over_time
from dashboards.thresholds import wrong_unless_zero

ROW = Row(
    "Now",
    [
        stat(
            "Orders per minute",
            "Orders that customers place. A fall while requests go on coming means that something in the "
            "way is broken: see Business.",
            over_time(business.orders_placed(), "orders"),
            unit="short",
            links=[links.to("business", "Business")],
        ),
        stat(
            "Orders confirmed",
            "Share of the orders decided in the time shown that were confirmed. Declined cards and empty "
            "shelves lower it a little all the time; a sudden fall does not come from customers.",
            now(business.orders_confirmed_ratio()),
            unit="percentunit",
            links=[links.to("business", "Business")],
        ),
        stat(
            "Requests per second",
            "Requests at the gateway, from outside. Zero means that nobody reaches us at all.",
            over_time(requests.rate_at_gateway(), "requests"),
            unit="reqps",
        ),
        stat(
            "Failed requests",
            "Share of the requests from outside that ended in 5xx. Red from the share that the objective "
            "allows.",
            over_time(requests.error_ratio_at_gateway(), "failed"),
            unit="percentunit",
            limits=GATEWAY_ERRORS,
            links=[links.to("slos", "SLOs")],
        ),
        stat(
            "Latency from outside (p95)",
            "95 of 100 requests from outside are faster than this. Red from the objective's bound.",
            over_time(requests.quantile_at_gateway(0.95), "p95"),
            unit="s",
            limits=GATEWAY_LATENCY,
            links=[links.to("slos", "SLOs")],
        ),
        stat(
            "Alerts firing",
            "Alerts that fire now. They are listed below, with the service that each is about.",
            over_time(alerts.firing(), "alerts"),
            unit="none",
            limits=wrong_unless_zero(),
        ),
    ],
)
