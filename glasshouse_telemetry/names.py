"""Every name of the telemetry contract (docs/telemetry.md): log fields, metrics, labels, span attributes."""

from typing import Final

# Log line
TIMESTAMP: Final = "timestamp"
SEVERITY: Final = "severity"
MESSAGE: Final = "message"
LOGGER: Final = "logger"
SERVICE: Final = "service"
TRACE_ID: Final = "trace_id"
SPAN_ID: Final = "span_id"
REQUEST_ID: Final = "request_id"
DURATION_MS: Final = "duration_ms"
ACCESS_LOGGER: Final = "telemetry.access"

# Attributes of spans and fields of log lines (OpenTelemetry semantic conventions)
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_REQUEST_METHOD_ORIGINAL: Final = "http.request.method_original"
HTTP_REQUEST_RESEND_COUNT: Final = "http.request.resend_count"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
URL_FULL: Final = "url.full"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"
USER_AGENT_ORIGINAL: Final = "user_agent.original"
NETWORK_PROTOCOL_VERSION: Final = "network.protocol.version"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
SERVICE_PEER_NAME: Final = "service.peer.name"
ERROR_TYPE: Final = "error.type"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
CODE_STACKTRACE: Final = "code.stacktrace"
DB_COLLECTION_NAME: Final = "db.collection.name"
DB_NAMESPACE: Final = "db.namespace"
DB_OPERATION_BATCH_SIZE: Final = "db.operation.batch.size"
DB_OPERATION_NAME: Final = "db.operation.name"
DB_QUERY_SUMMARY: Final = "db.query.summary"
DB_QUERY_TEXT: Final = "db.query.text"
DB_SYSTEM_NAME: Final = "db.system.name"

# Resource
SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_VERSION: Final = "service.version"
SERVICE_INSTANCE_ID: Final = "service.instance.id"
DEPLOYMENT_ENVIRONMENT_NAME: Final = "deployment.environment.name"

# Metrics (as prometheus-client names them: counters without their suffix _total)
HTTP_SERVER_REQUEST_DURATION: Final = "http_server_request_duration_seconds"
HTTP_SERVER_ACTIVE_REQUESTS: Final = "http_server_active_requests"
HTTP_CLIENT_REQUEST_DURATION: Final = "http_client_request_duration_seconds"
DB_CLIENT_OPERATION_DURATION: Final = "db_client_operation_duration_seconds"
DB_CLIENT_CONNECTION_COUNT: Final = "db_client_connection_count"
DB_CLIENT_CONNECTION_MAX: Final = "db_client_connection_max"
SPANS_PROCESSED: Final = "otel_sdk_processor_span_processed"
SPAN_QUEUE_SIZE: Final = "otel_sdk_processor_span_queue_size"
SPAN_QUEUE_CAPACITY: Final = "otel_sdk_processor_span_queue_capacity"
SPANS_EXPORTED: Final = "otel_sdk_exporter_span_exported"
LOG_LINES_WRITTEN: Final = "telemetry_log_lines_written"
LOG_LINES_DROPPED: Final = "telemetry_log_lines_dropped"

DB_POOL_NAME: Final = "db.client.connection.pool.name"
DB_CONNECTION_STATE: Final = "db.client.connection.state"

# Values
SCOPE: Final = "telemetry"  # of our tracer
OTHER_METHOD: Final = "_OTHER"
QUEUE_FULL: Final = "queue_full"
ALREADY_SHUTDOWN: Final = "already_shutdown"
RETRY_TIMEOUT: Final = "retry_timeout"
SHUTDOWN_TIMEOUT: Final = "shutdown_timeout"
REJECTED: Final = "rejected"


def label(attribute: str) -> str:
    """The Prometheus label for an OpenTelemetry attribute: `http.route` becomes `http_route`."""
    return attribute.replace(".", "_")
