"""Events on their way between services, and the databases that they come from and end in."""

from dashboards import colors, variables
from dashboards.boards import messaging_databases
from dashboards.layout import Dashboard, Row
from dashboards.limits import DATABASE, MESSAGE_AGE, OUTBOX_LAG
from dashboards.panels import heatmap, stat, time_series
from dashboards.queries import databases, messaging
from dashboards.targets import buckets, over_time
from dashboards.thresholds import bad_above, wrong_unless_zero

_RETRIED = bad_above(0.01, 0.1)

_NOW = Row(
    "Now",
    [
        stat(
            "Outbox",
            "Age of the oldest event that a service has not published yet.",
            over_time(messaging.outbox_lag_of_all(), "age"),
            unit="s",
            limits=OUTBOX_LAG,
        ),
        stat(
            "Oldest message",
            "Age of the oldest message that nobody has settled, in any queue. The delay that customers feel.",
            over_time(messaging.oldest_of_all(), "age"),
            unit="s",
            limits=MESSAGE_AGE,
        ),
        stat(
            "Dead letters",
            "Messages that were given up on. ./stack dlq list shows why; ./stack dlq replay tries them "
            "again.",
            over_time(messaging.dead(), "dead"),
            unit="none",
            limits=wrong_unless_zero(),
        ),
        stat(
            "Waiting",
            "Messages in all queues that nobody has settled yet.",
            over_time(messaging.waiting_in_all(), "waiting"),
            unit="short",
        ),
        stat(
            "Retried",
            "Share of the messages that failed: they are redelivered, or were given up on.",
            over_time(messaging.retried_ratio_of_all(), "retried"),
            unit="percentunit",
            limits=_RETRIED,
        ),
        stat(
            "Database (p95)",
            "As slow as the slowest 5 % of the statements of all services.",
            over_time(databases.p95_of_all(), "p95"),
            unit="s",
            limits=DATABASE,
        ),
    ],
)

_OUTBOX = Row(
    "Publishing",
    [
        time_series(
            "Outbox lag",
            "Age of the oldest event that is not published yet. It grows when the broker is away or the "
            "relay stalls; nothing is lost meanwhile.",
            over_time(messaging.outbox_lag(), "{{service_name}}"),
            unit="s",
            width=8,
            limits=OUTBOX_LAG,
        ),
        time_series(
            "Events to be published",
            "A short rise under load is normal; a line that only climbs is a relay that does not keep up.",
            over_time(messaging.outbox_unpublished(), "{{service_name}}"),
            unit="short",
            width=8,
        ),
        time_series(
            "Publishing (p95)",
            "Until the broker has confirmed an event. Dots are exemplars that lead to traces.",
            over_time(messaging.publishing(0.95), "{{messaging_destination_name}}", exemplars=True),
            unit="s",
            width=8,
        ),
    ],
)

_QUEUES = Row(
    "Queues and consumers",
    [
        time_series(
            "Messages waiting",
            "By consumer. One that climbs while the others rest is a consumer that stalls or keeps failing.",
            over_time(messaging.waiting(), "{{messaging_consumer_group_name}}"),
            unit="short",
        ),
        time_series(
            "Age of the oldest message",
            "By consumer. Depth tells how much, age tells how bad: a queue of one can be an hour old.",
            over_time(messaging.oldest(), "{{messaging_consumer_group_name}}"),
            unit="s",
            limits=MESSAGE_AGE,
        ),
        time_series(
            "Published and consumed",
            "Events per second into exchanges and out of queues. One event has as many consumers as "
            "subscribe to it.",
            over_time(messaging.published(), "to {{messaging_destination_name}}"),
            over_time(messaging.consumed(), "by {{messaging_consumer_group_name}}"),
            unit="ops",
        ),
        time_series(
            "Outcomes",
            "handled, ignored (not for this consumer) and duplicate are fine. retried failed and comes "
            "again; dead will not.",
            over_time(messaging.outcomes(), "{{event_outcome}}"),
            unit="ops",
            meanings=colors.MESSAGES,
        ),
        time_series(
            "Retried or given up",
            "Share of the messages, by consumer. A single poison message shows here before it is dead.",
            over_time(messaging.retried_ratio(), "{{messaging_consumer_group_name}}"),
            unit="percentunit",
            limits=_RETRIED,
        ),
        heatmap(
            "Handling a message",
            "Handler and transaction, all consumers. Which service is slow, and its traces: see Service.",
            buckets(messaging.handling_times()),
            unit="s",
        ),
    ],
)

DASHBOARD = Dashboard(
    "messaging",
    "Messaging and databases",
    "Outbox, queues, consumers, retries and dead letters; queries, connections and locks.",
    [_NOW, _OUTBOX, _QUEUES, messaging_databases.ROW],
    [variables.services()],
)
