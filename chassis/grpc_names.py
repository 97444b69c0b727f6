"""The names of gRPC in the signals, as OpenTelemetry's conventions for RPC have them today.

Method and service are one `rpc.method`, the status is a word in `rpc.response.status_code`. What was before,
`rpc.system`, `rpc.service` and `rpc.grpc.status_code`, is deprecated there.
"""

from typing import Final

SYSTEM_NAME: Final = "rpc.system.name"
METHOD: Final = "rpc.method"
STATUS_CODE: Final = "rpc.response.status_code"
GRPC: Final = "grpc"

SERVER_CALL_DURATION: Final = "rpc_server_call_duration_seconds"
CLIENT_CALL_DURATION: Final = "rpc_client_call_duration_seconds"

# Below telemetry.access, whose own lines are HTTP's.
ACCESS_LOGGER: Final = "telemetry.access.rpc"

REQUEST_ID_KEY: Final = "x-request-id"
