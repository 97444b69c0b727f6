"""One service in depth: what it was asked, how it answered, what it had to work with, what it said."""

from dashboards import colors, variables
from dashboards.boards import service_inside
from dashboards.layout import Dashboard, Row
from dashboards.limits import CONNECTIONS, SERVICE_ERRORS, SERVICE_LATENCY
from dashboards.panels import heatmap, stat, time_series
from dashboards.queries import messaging, requests, runtime
from dashboards.targets import buckets, over_time
from dashboards.thresholds import bad_above

_THREADS = bad_above(0.6, 0.85)

_NOW = Row(
    "Now",
    [
        stat(
            "Requests per second",
            "Requests answered, HTTP and gRPC.",
            over_time(requests.rate_of_service(), "requests"),
            unit="reqps",
        ),
        stat(
            "Failed requests",
            "Share of the answers that were the service's fault. Red from what its objective allows.",
            over_time(requests.error_ratio_of_service(), "failed"),
            unit="percentunit",
            limits=SERVICE_ERRORS,
        ),
        stat(
            "Latency (p95)",
            "95 of 100 requests are answered faster than this. Red from the objective's bound.",
            over_time(requests.quantile_of_service(0.95), "p95"),
            unit="s",
            limits=SERVICE_LATENCY,
        ),
        stat(
            "Messages per second",
            "Events consumed. Payments and notifications live on these rather than on requests.",
            over_time(messaging.rate_of_service(), "messages"),
            unit="ops",
        ),
        stat(
            "Threads busy",
            "Share of the threads at work, in the instance that has most to do.",
            over_time(runtime.threads_busy_of_service(), "busy"),
            unit="percentunit",
            limits=_THREADS,
        ),
        stat(
            "Instances",
            "Instances that answer when they are scraped.",
            over_time(runtime.instances(), "instances"),
            unit="none",
        ),
    ],
)

_REQUESTS = Row(
    "Requests and messages",
    [
        time_series(
            "Rate by route",
            "Requests answered per second. A route that vanishes is as telling as one that rises.",
            over_time(requests.rate_by_operation(), requests.OPERATION),
            unit="reqps",
        ),
        time_series(
            "Answers by status",
            "4xx are the callers' mistakes, 5xx the service's own. A step in 4xx often means that a caller "
            "changed.",
            over_time(requests.rate_by_status(), requests.STATUS),
            unit="reqps",
            stacked=True,
            meanings=[*colors.HTTP, *colors.GRPC],
        ),
        time_series(
            "Errors by route",
            "Share of the answers that were the service's fault. One route alone points to its code or its "
            "table; all of them point to what they share.",
            over_time(requests.error_ratio_by_operation(), requests.OPERATION),
            unit="percentunit",
            limits=SERVICE_ERRORS,
        ),
        time_series(
            "Duration",
            "When p99 rises alone, few requests are slow: look at slow traces. When p50 rises too, all are: "
            "look at saturation. Dots are exemplars that lead to traces.",
            *(
                over_time(requests.quantile_of_service(share), name, exemplars=True)
                for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
            ),
            unit="s",
            limits=SERVICE_LATENCY,
        ),
        heatmap(
            "Request processing time",
            "How many requests took how long. Two bands are two kinds of requests; a band that climbs is a "
            "queue. Duration, beside it, has exemplars that lead to traces.",
            buckets(requests.durations()),
            unit="s",
        ),
        time_series(
            "Duration by route (p95)",
            "Which route is slow. Compare with the others before blaming the machine.",
            over_time(requests.p95_by_operation(), requests.OPERATION, exemplars=True),
            unit="s",
            limits=SERVICE_LATENCY,
        ),
        time_series(
            "Messages handled",
            "Events per second that this service consumes. retried failed and comes again; dead will not.",
            over_time(messaging.consumed_by_service(), "{{event_type}} {{event_outcome}}"),
            unit="ops",
            many=True,
        ),
        time_series(
            "Handling a message (p95)",
            "Handler and transaction, by event. Dots are exemplars that lead to the consumer's span.",
            over_time(messaging.handling_by_service(0.95), "{{event_type}}", exemplars=True),
            unit="s",
        ),
    ],
)

_SATURATION = Row(
    "Saturation",
    [
        time_series(
            "Threads and connections in use",
            "Share of what there is. Threads near 100 % with an idle processor wait for something slow: "
            "another service, or the database.",
            over_time(runtime.threads_busy(), "threads {{instance}}"),
            over_time(runtime.connections_used(), "connections {{instance}}"),
            unit="percentunit",
            most=1,
            limits=CONNECTIONS,
        ),
        time_series(
            "Requests waiting for a thread",
            "Should be zero. What waits here is not yet counted in durations: callers see more latency than "
            "we do.",
            over_time(runtime.waiting(), "{{instance}}"),
            unit="short",
            limits=bad_above(1, 8),
        ),
    ],
)

DASHBOARD = Dashboard(
    "service",
    "Service",
    "One service: rate, errors, duration, saturation, process, logs and traces.",
    [_NOW, _REQUESTS, _SATURATION, *service_inside.ROWS],
    [variables.service(), variables.route(), variables.instance()],
)
