"""Events: outbox, queues, consumers."""

from dashboards.queries import messaging
from tests.rules.golden.worlds import NAN, SLOW, SPREAD, Golden, Topic, World, histogram

_CONSUMED = "messaging_client_consumed_messages_total"
_GROUP = "messaging_consumer_group_name"
_BY_ORDERS = f'service_name="orders", instance="a", {_GROUP}="orders", event_type="StockReserved"'
_BY_C = f'service_name="orders", instance="c", {_GROUP}="orders", event_type="StockReserved"'
_BY_PAYMENTS = f'service_name="payments", instance="p", {_GROUP}="payments", event_type="OrderPlaced"'
_BY_USERS = f'service_name="users", instance="u", {_GROUP}="users", event_type="OrderPlaced"'
_QUEUE, _AGE = "messaging_queue_messages", "messaging_queue_oldest_message_age_seconds"

WORLD = World(
    counters={
        'messaging_client_sent_messages_total{service_name="orders", '
        'messaging_destination_name="order_events"}': 2,
        'messaging_client_sent_messages_total{service_name="payments", '
        'messaging_destination_name="payment_events"}': 1.5,
        'messaging_client_sent_messages_total{service_name="users", '
        'messaging_destination_name="user_events"}': 9,
        **histogram(
            "messaging_client_operation_duration_seconds",
            'service_name="orders", messaging_destination_name="order_events"',
            SPREAD,
        ),
        # Orders takes 5 in a second, 1 of them in an instance that is not chosen; 0.6 fail. Payments takes 2.
        f'{_CONSUMED}{{{_BY_ORDERS}, event_outcome="handled"}}': 3,
        f'{_CONSUMED}{{{_BY_ORDERS}, event_outcome="retried"}}': 0.5,
        f'{_CONSUMED}{{{_BY_ORDERS}, event_outcome="dead"}}': 0.1,
        f'{_CONSUMED}{{{_BY_ORDERS}, event_outcome="ignored"}}': 0.4,
        f'{_CONSUMED}{{{_BY_C}, event_outcome="handled"}}': 1,
        f'{_CONSUMED}{{{_BY_PAYMENTS}, event_outcome="handled"}}': 2,
        f'{_CONSUMED}{{{_BY_USERS}, event_outcome="dead"}}': 9,
        **histogram("messaging_process_duration_seconds", _BY_ORDERS, SPREAD),
        **histogram("messaging_process_duration_seconds", _BY_USERS, SLOW),
    },
    gauges={
        'outbox_lag_seconds{service_name="orders", instance="a"}': 4,
        'outbox_lag_seconds{service_name="orders", instance="b"}': 7,
        'outbox_lag_seconds{service_name="payments", instance="p"}': 1,
        'outbox_lag_seconds{service_name="users", instance="u"}': 99,
        'outbox_unpublished_messages{service_name="orders", instance="a"}': 3,
        'outbox_unpublished_messages{service_name="orders", instance="b"}': 5,
        'outbox_unpublished_messages{service_name="users", instance="u"}': 99,
        # Two instances see the same queue: 3 are ready, 1 is being handled, 2 are dead.
        f'{_QUEUE}{{service_name="orders", instance="a", {_GROUP}="orders", state="ready"}}': 3,
        f'{_QUEUE}{{service_name="orders", instance="b", {_GROUP}="orders", state="ready"}}': 3,
        f'{_QUEUE}{{service_name="orders", instance="a", {_GROUP}="orders", state="in_flight"}}': 1,
        f'{_QUEUE}{{service_name="orders", instance="a", {_GROUP}="orders", state="dead"}}': 2,
        f'{_QUEUE}{{service_name="orders", instance="b", {_GROUP}="orders", state="dead"}}': 2,
        f'{_QUEUE}{{service_name="payments", instance="p", {_GROUP}="payments", state="ready"}}': 4,
        f'{_QUEUE}{{service_name="payments", instance="p", {_GROUP}="payments", state="dead"}}': 1,
        f'{_QUEUE}{{service_name="users", instance="u", {_GROUP}="users", state="ready"}}': 99,
        f'{_QUEUE}{{service_name="users", instance="u", {_GROUP}="users", state="dead"}}': 99,
        f'{_AGE}{{service_name="orders", instance="a", {_GROUP}="orders"}}': 12,
        f'{_AGE}{{service_name="orders", instance="b", {_GROUP}="orders"}}': 11,
        f'{_AGE}{{service_name="payments", instance="p", {_GROUP}="payments"}}': 30,
        f'{_AGE}{{service_name="users", instance="u", {_GROUP}="users"}}': 999,
    },
    chosen={"service": "orders|payments"},
)

_ONE = {"service": "orders", "instance": "a|b"}
_ORDERS, _PAYMENTS = (f'{{{_GROUP}="{name}"}}' for name in ("orders", "payments"))


def _outcomes(handled: float, retried: float, dead: float, ignored: float, of: str = "") -> dict[str, float]:
    counts = {"handled": handled, "retried": retried, "dead": dead, "ignored": ignored}
    return {f'{{{of}event_outcome="{outcome}"}}': count for outcome, count in counts.items()}


TOPIC = Topic(
    "messaging",
    WORLD,
    [
        Golden(messaging.outbox_lag(), {'{service_name="orders"}': 7, '{service_name="payments"}': 1}),
        Golden(messaging.outbox_lag_of_all(), {"{}": 7}),
        Golden(messaging.outbox_unpublished(), {'{service_name="orders"}': 5}),
        Golden(
            messaging.published(),
            {
                '{messaging_destination_name="order_events"}': 2,
                '{messaging_destination_name="payment_events"}': 1.5,
            },
            {
                '{messaging_destination_name="order_events"}': 0,
                '{messaging_destination_name="payment_events"}': 0,
            },
        ),
        Golden(
            messaging.publishing(0.95),
            {'{messaging_destination_name="order_events"}': 0.75},
            {'{messaging_destination_name="order_events"}': NAN},
        ),
        Golden(messaging.waiting(), {_ORDERS: 4, _PAYMENTS: 4}),
        Golden(messaging.waiting_in_all(), {"{}": 8}),
        Golden(messaging.oldest(), {_ORDERS: 12, _PAYMENTS: 30}),
        Golden(messaging.oldest_of_all(), {"{}": 30}),
        Golden(messaging.dead(), {"{}": 3}),
        Golden(messaging.consumed(), {_ORDERS: 5, _PAYMENTS: 2}, {_ORDERS: 0, _PAYMENTS: 0}),
        Golden(messaging.outcomes(), _outcomes(6, 0.5, 0.1, 0.4), _outcomes(0, 0, 0, 0)),
        Golden(messaging.retried_ratio(), {_ORDERS: 0.12, _PAYMENTS: 0}, {_ORDERS: NAN, _PAYMENTS: NAN}),
        Golden(messaging.retried_ratio_of_all(), {"{}": 0.085714}, {"{}": NAN}),
        Golden(
            messaging.handling_times(),
            {'{le="0.1"}': 20, '{le="0.5"}': 36, '{le="1"}': 40, '{le="+Inf"}': 40},
            {'{le="0.1"}': 0, '{le="0.5"}': 0, '{le="1"}': 0, '{le="+Inf"}': 0},
        ),
        Golden(messaging.rate_of_service(), {"{}": 4}, {"{}": 0}, chosen=_ONE),
        Golden(
            messaging.consumed_by_service(),
            _outcomes(3, 0.5, 0.1, 0.4, of='event_type="StockReserved", '),
            _outcomes(0, 0, 0, 0, of='event_type="StockReserved", '),
            chosen=_ONE,
        ),
        Golden(
            messaging.handling_by_service(0.95),
            {'{event_type="StockReserved"}': 0.75},
            {'{event_type="StockReserved"}': NAN},
            chosen=_ONE,
        ),
    ],
)
