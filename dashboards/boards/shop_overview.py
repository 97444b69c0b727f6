"""The first place to look: is the shop well, and if not, where to go on."""

from dashboards import links
from dashboards.boards import shop_overview_now
from dashboards.layout import Dashboard, Row
from dashboards.limits import BUDGET_LEFT, BURN_RATE, SERVICE_ERRORS, SERVICE_LATENCY
from dashboards.panels import logs, time_series
from dashboards.queries import alerts, requests, runtime, slos
from dashboards.queries import logs as log_queries
from dashboards.tables import table
from dashboards.targets import lines, lines_over_time, now, over_time
from dashboards.thresholds import bad_above

_SIGNALS = Row(
    "Golden signals by service",
    [
        time_series(
            "Traffic",
            "Requests answered per second, HTTP and gRPC. Look for a service whose line leaves the others' "
            "shape.",
            over_time(requests.rate_by_service(), "{{service_name}}"),
            unit="reqps",
            links=[links.to_service()],
        ),
        time_series(
            "Errors",
            "Share of the answers that were the service's fault (5xx). The deepest service with errors is "
            "usually the cause; those above it pass them on.",
            over_time(requests.error_ratio_by_service(), "{{service_name}}"),
            unit="percentunit",
            limits=SERVICE_ERRORS,
            links=[links.to_service()],
        ),
        time_series(
            "Latency (p95)",
            "As slow as the slowest 5 % of requests. Dots are exemplars: click one to see that request's "
            "trace.",
            over_time(requests.p95_by_service(), "{{service_name}}", exemplars=True),
            unit="s",
            limits=SERVICE_LATENCY,
            links=[links.to_service()],
        ),
        time_series(
            "Saturation (threads busy)",
            "Share of each service's threads that were at work. Near 100 % requests wait for a thread, and "
            "latency grows although nothing became slower.",
            over_time(runtime.threads_busy_by_service(), "{{service_name}}"),
            unit="percentunit",
            most=1,
            limits=bad_above(0.6, 0.85),
            links=[links.to_service()],
        ),
    ],
)

_ATTENTION = Row(
    "What asks for attention",
    [
        table(
            "Alerts",
            "Alerts that fire or are about to (pending). Their runbooks say how to confirm, find the cause "
            "and mend.",
            {"Value": now(alerts.pending_or_firing())},
            keys={
                "alertname": "Alert",
                "alertstate": "State",
                "severity": "Severity",
                "service_name": "Service",
            },
            columns={},
            links={"Service": links.cell_to_service()},
            states={"State": ["pending", "firing"], "Severity": ["page", "ticket"]},
        ),
        table(
            "Objectives",
            "What is left of each error budget, and how fast it burns: above 1 it will not last. See SLOs.",
            {"Budget left": now(slos.every_budget_left()), "Burn (1 h)": now(slos.every_burn_rate("1h"))},
            keys={"service_name": "Service", "slo": "Of"},
            columns={
                "Budget left": ("percentunit", BUDGET_LEFT),
                "Burn (1 h)": ("none", BURN_RATE),
            },
            links={"Service": links.cell_to_service()},
            sort_by="Burn (1 h)",
        ),
        time_series(
            "Warnings and errors in logs",
            "Lines that somebody should read, by service. A step up is often the first thing to be seen.",
            lines_over_time(log_queries.warnings_and_errors_by_service(), "{{service_name}}"),
            unit="short",
            width=8,
            height=9,
            bars=True,
        ),
        logs(
            "Newest warnings and errors",
            "Open a line to see its fields; TraceID leads to the trace that it belongs to.",
            lines(log_queries.warnings_and_errors()),
            width=16,
        ),
    ],
)

DASHBOARD = Dashboard(
    "shop-overview",
    "Shop overview",
    "Golden signals per service, objectives, alerts and orders at a glance: the first place to look.",
    [shop_overview_now.ROW, _SIGNALS, _ATTENTION],
)
