"""Who calls whom, and how well that goes."""

from dashboards import colors
from dashboards.layout import Dashboard, Row
from dashboards.limits import SERVICE_ERRORS, SERVICE_LATENCY
from dashboards.panels import states, time_series
from dashboards.queries import dependencies
from dashboards.queries.promql import PEER
from dashboards.tables import edges, table
from dashboards.targets import now, over_time
from dashboards.thresholds import PLAIN

_EDGE = f"{{{{service_name}}}} → {{{{{PEER}}}}}"
_BREAKER = {"0": "closed", "1": "half-open", "2": "open"}

_MAP = Row(
    "Who calls whom",
    [
        edges(
            "Service map",
            "Calls (HTTP, gRPC) and events (through exchanges). On each arrow: per second, and failed per "
            "second; click it for p95. Follow the red arrows, which have failures, in their direction: the "
            "last one is the cause.",
            {
                "mainstat": now(dependencies.call_edges()),
                "secondarystat": now(dependencies.failure_edges()),
                "detail__p95 seconds": now(dependencies.p95_edges()),
            },
        ),
        table(
            "Calls between services",
            "Seen by the caller, so a call that never arrived is here too. A caller's p95 far above the "
            "callee's own is the way between them, or a queue at the callee.",
            {
                "Per second": now(dependencies.calls()),
                "Failed": now(dependencies.error_ratio()),
                "p95": now(dependencies.p95()),
            },
            keys={"service_name": "Caller", PEER: "Callee"},
            columns={
                "Per second": ("reqps", PLAIN),
                "Failed": ("percentunit", SERVICE_ERRORS),
                "p95": ("s", SERVICE_LATENCY),
            },
            sort_by="Per second",
        ),
        time_series(
            "Latency of calls (p95)",
            "By caller and callee. Dots are exemplars that lead to traces.",
            over_time(dependencies.p95(), _EDGE, exemplars=True),
            unit="s",
            limits=SERVICE_LATENCY,
        ),
        time_series(
            "Failed calls",
            "Share of the calls that the other side failed at or never answered. Retries are counted each.",
            over_time(dependencies.error_ratio(), _EDGE),
            unit="percentunit",
            limits=SERVICE_ERRORS,
        ),
        time_series(
            "Calls",
            "Per second, by caller and callee. Growth without more requests from outside is a retry storm.",
            over_time(dependencies.calls(), _EDGE),
            unit="reqps",
        ),
    ],
)

_PROTECTION = Row(
    "Circuit breakers, retries, instances",
    [
        states(
            "Circuit breakers",
            "open: the peer failed too often and is left alone for a while; half-open: one call tries it. "
            "Look at the peer, not at the caller.",
            over_time(dependencies.breakers(), "{{service_name}} → {{peer}}"),
            _BREAKER,
        ),
        time_series(
            "Attempts of the gateway by outcome",
            "Each attempt by itself. unreached, timeout and circuit_open were never answered; the table "
            "above says whose they are.",
            over_time(dependencies.attempts_by_outcome(), "{{outcome}}"),
            unit="reqps",
            stacked=True,
            meanings=colors.ATTEMPTS,
        ),
        time_series(
            "Retries of the gateway",
            "Requests sent again after a failure: callers do not see what these hide.",
            over_time(dependencies.retries(), "{{service}}"),
            unit="reqps",
            width=8,
        ),
        time_series(
            "Healthy instances",
            "Instances that get requests, by version. A fall is a crash or a failing health check.",
            over_time(dependencies.instances_healthy(), "{{service}} {{version}}"),
            unit="none",
            width=8,
        ),
        time_series(
            "Errors by version",
            "Share of the attempts that failed. During a canary, compare the new version with the old one.",
            over_time(dependencies.version_error_ratio(), "{{service}} {{version}}"),
            unit="percentunit",
            width=8,
            limits=SERVICE_ERRORS,
        ),
    ],
)

DASHBOARD = Dashboard(
    "dependencies",
    "Dependencies",
    "Who calls whom with which rate, errors and latency; circuit breakers, retries, instances.",
    [_MAP, _PROTECTION],
)
