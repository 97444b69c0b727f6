"""How one service calls another over gRPC: deadlines, one channel, and domain errors when it goes wrong."""

from typing import TypeVar

import grpc

from chassis import service_token
from chassis.grpc_errors import domain_error_of
from chassis.grpc_telemetry import ObservedClient

Request = TypeVar("Request")
Model = TypeVar("Model")

MAX_ANSWER_BYTES = 1024 * 1024

OPTIONS = (
    ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
    ("grpc.lb_policy_name", "round_robin"),  # a name with several addresses is several instances
    # A peer that comes back is found within a second; by default gRPC waits up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Retries belong to whoever knows what may be repeated. What never left the channel is sent again anyway.
    ("grpc.enable_retries", 0),
)


class GrpcClient:
    """One service as seen from another. One per process, made after a fork: threads share its channel."""

    def __init__(self, name: str, target: str, timeout_s: float) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._metadata = tuple((name.lower(), value) for name, value in service_token.headers().items())
        self._channel = grpc.insecure_channel(target, OPTIONS)
        self.channel = grpc.intercept_channel(self._channel, ObservedClient(name, target))

    def call(self, method: "grpc.UnaryUnaryMultiCallable[Request, Model]", request: Request) -> Model:
        """Its answer within the deadline; raises UpstreamTimeout, CallRefused or UpstreamFailed."""
        try:
            return method(request, timeout=self._timeout_s, metadata=self._metadata)
        except grpc.RpcError as error:
            raise domain_error_of(self._name, error) from error

    def close(self) -> None:
        self._channel.close()
