"""Events do not arrive, or nobody handles them."""

from typing import Final

from alerts.alert import Alert
from alerts.windows import PAGE, TICKET

_GROUP: Final = "{{ $labels.messaging_consumer_group_name }}"

ALERTS: Final = (
    Alert(
        name="DeadLetters",
        severity=TICKET,
        expr="""max by (service_name, messaging_consumer_group_name) (
  messaging_queue_messages{state="dead"}
) > 0""",
        wait="1m",
        summary=f"{_GROUP} has given up on messages",
        description="{{ $value }} messages in the queue "
        + _GROUP
        + " are dead letters: nobody handles them until they "
        "are replayed or purged.",
        dashboard="messaging?var-service={{ $labels.service_name }}",
        look=f"./stack dlq list --queue {_GROUP}",
        grafana=True,
    ),
    Alert(
        name="OutboxLagging",
        severity=PAGE,
        expr="max by (service_name) (outbox_lag_seconds) > <2m:s>",
        wait="1m",
        summary="{{ $labels.service_name }} does not get its events out",
        description="The oldest event that {{ $labels.service_name }} has not published is "
        "{{ $value | humanizeDuration }} old: what happens there is told to nobody.",
        dashboard="messaging?var-service={{ $labels.service_name }}",
    ),
    Alert(
        name="ConsumerLagging",
        severity=PAGE,
        expr="""max by (service_name, messaging_consumer_group_name) (
  messaging_queue_oldest_message_age_seconds
) > <5m:s>""",
        wait="2m",
        summary=f"{_GROUP} is behind with its messages",
        description="The oldest message in the queue "
        + _GROUP
        + " has waited for {{ $value | humanizeDuration }}.",
        dashboard="messaging?var-service={{ $labels.service_name }}",
    ),
)
