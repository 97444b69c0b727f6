"""A gRPC server beside the HTTP app of a service: one process, so one instance, observed as one."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_reflection.v1alpha import reflection

from chassis.grpc_errors import DomainErrorInterceptor
from chassis.grpc_telemetry import ObservedServer
from chassis.service_token import RequireToken

# As many as the database has connections: none ever waits for another.
THREADS = 8
# At once, most of them in line; whoever comes beyond is told RESOURCE_EXHAUSTED without waiting.
MAX_CALLS = 64
MAX_REQUEST_BYTES = 64 * 1024
GRACE_S = 5.0

OPTIONS = (
    # A port that is taken is an error, not the home of a second server that gets half of the calls.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
)


class GrpcServer:
    """Serves from when it is made until `stop`, which comes by itself when the process ends."""

    def __init__(self, address: str, service: str, add_service: Callable[[grpc.Server], None]) -> None:
        """`service` is its full name, for health and reflection; a port that is taken is a RuntimeError."""
        self._server = grpc.server(
            ThreadPoolExecutor(THREADS, thread_name_prefix="grpc"),
            interceptors=[ObservedServer(), RequireToken(), DomainErrorInterceptor()],
            options=OPTIONS,
            maximum_concurrent_rpcs=MAX_CALLS,
        )
        add_service(self._server)
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (service, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        self.port = self._server.add_insecure_port(address)
        self._server.start()
        for name in ("", service):
            self._health.set(name, HealthCheckResponse.SERVING)
        _running.append(self)

    def stop(self) -> None:
        """Refuse new calls and wait for those under way, at most GRACE_S seconds. Twice does no harm."""
        if self in _running:
            _running.remove(self)
        self._health.enter_graceful_shutdown()
        self._server.stop(GRACE_S).wait()


_running: list[GrpcServer] = []


def _stop_all() -> None:
    for server in list(_running):
        server.stop()


# `atexit` comes too late: by then thread pools take no work, and calls that still arrive hang until their
# deadline (tried). This hook, by which the pools close too, has no public name; the last one comes first.
threading._register_atexit(_stop_all)  # type: ignore[attr-defined]
