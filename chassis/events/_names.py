"""Names of the messaging signals: OpenTelemetry's semantic conventions; `event.*` and `outbox_*` are ours."""

from typing import Final

# Attributes of spans, fields of log lines and (with underscores) labels
SYSTEM: Final = "messaging.system"
OPERATION_NAME: Final = "messaging.operation.name"
OPERATION_TYPE: Final = "messaging.operation.type"
DESTINATION_NAME: Final = "messaging.destination.name"
CONSUMER_GROUP_NAME: Final = "messaging.consumer.group.name"
MESSAGE_ID: Final = "messaging.message.id"
CONVERSATION_ID: Final = "messaging.message.conversation_id"
EVENT_TYPE: Final = "event.type"
EVENT_OUTCOME: Final = "event.outcome"
EVENT_TRIES: Final = "event.tries"

# Metrics (counters without their suffix _total)
CLIENT_OPERATION_DURATION: Final = "messaging_client_operation_duration_seconds"
CLIENT_SENT_MESSAGES: Final = "messaging_client_sent_messages"
CLIENT_CONSUMED_MESSAGES: Final = "messaging_client_consumed_messages"
PROCESS_DURATION: Final = "messaging_process_duration_seconds"
QUEUE_MESSAGES: Final = "messaging_queue_messages"
QUEUE_OLDEST_AGE: Final = "messaging_queue_oldest_message_age_seconds"
OUTBOX_UNPUBLISHED: Final = "outbox_unpublished_messages"
OUTBOX_LAG: Final = "outbox_lag_seconds"

# Values
PUBLISH: Final = "publish"
PROCESS: Final = "process"
SEND: Final = "send"  # the operation *type* of publishing
OTHER: Final = "_OTHER"
UNROUTABLE: Final = "unroutable"
