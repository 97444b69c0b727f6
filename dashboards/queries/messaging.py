"""Events on their way: outbox, queues, consumers."""

from dashboards.queries.promql import (
    INSTANCE,
    SERVICE,
    SERVICES,
    increase,
    quantile,
    rate,
    ratio,
    selector,
    total,
)

_SENT = "messaging_client_sent_messages_total"
_CONSUMED = "messaging_client_consumed_messages_total"
_HANDLING = "messaging_process_duration_seconds_bucket"
_QUEUE = "messaging_queue_messages"
_AGE = "messaging_queue_oldest_message_age_seconds"
_GROUP = "messaging_consumer_group_name"
_EXCHANGE = "messaging_destination_name"


def outbox_lag() -> str:
    return f"max by (service_name) ({selector('outbox_lag_seconds', SERVICES)})"


def outbox_unpublished() -> str:
    return f"max by (service_name) ({selector('outbox_unpublished_messages', SERVICES)})"


def outbox_lag_of_all() -> str:
    return f"max({selector('outbox_lag_seconds', SERVICES)})"


def published() -> str:
    return total(rate(_SENT, SERVICES), _EXCHANGE)


def publishing(share: float) -> str:
    return quantile(share, rate("messaging_client_operation_duration_seconds_bucket", SERVICES), _EXCHANGE)


def waiting() -> str:
    """All instances of a consumer see the same queue."""
    by_state = selector(_QUEUE, SERVICES, 'state!="dead"')
    return f"sum by ({_GROUP}) (max by ({_GROUP}, state) ({by_state}))"


def waiting_in_all() -> str:
    return f"sum({waiting()})"


def oldest() -> str:
    return f"max by ({_GROUP}) ({selector(_AGE, SERVICES)})"


def oldest_of_all() -> str:
    return f"max({selector(_AGE, SERVICES)})"


def dead() -> str:
    dead = selector(_QUEUE, SERVICES, 'state="dead"')
    return f"sum(max by ({_GROUP}) ({dead}))"


def consumed() -> str:
    return total(rate(_CONSUMED, SERVICES), _GROUP)


def outcomes() -> str:
    return total(rate(_CONSUMED, SERVICES), "event_outcome")


def retried_ratio() -> str:
    return ratio(_failed(), rate(_CONSUMED, SERVICES), _GROUP)


def retried_ratio_of_all() -> str:
    return ratio(_failed(), rate(_CONSUMED, SERVICES))


def handling_times() -> str:
    return total(increase(_HANDLING, SERVICES, window="$__rate_interval"), "le")


def rate_of_service() -> str:
    return total(rate(_CONSUMED, SERVICE, INSTANCE))


def consumed_by_service() -> str:
    return total(rate(_CONSUMED, SERVICE, INSTANCE), "event_type, event_outcome")


def handling_by_service(share: float) -> str:
    return quantile(share, rate(_HANDLING, SERVICE, INSTANCE), "event_type")


def _failed() -> str:
    return rate(_CONSUMED, SERVICES, 'event_outcome=~"retried|dead"')
