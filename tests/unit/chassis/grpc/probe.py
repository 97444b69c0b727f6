"""A gRPC service whose one method does what the test wants, and somebody who calls it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from chassis.errors import Conflict, NotFound, Refused
from chassis.grpc_client import GrpcClient
from stackctl.system.polling import NotYet

SERVICE = "probe.Probe"
METHOD = f"{SERVICE}/Ask"


class Gone(NotFound):
    code = "gone"


class Taken(Conflict):
    code = "taken"


class Wrong(Refused):
    code = "wrong"


@dataclass
class Probe:
    """It answers what it was asked, once it has done `do`."""

    do: Callable[[grpc.ServicerContext], object] = lambda _: None

    def add_to(self, server: grpc.Server) -> None:
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(self._ask)
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"Ask": handler})])

    def fail(self, error: Exception) -> None:
        def do(_: grpc.ServicerContext) -> None:
            raise error

        self.do = do

    def _ask(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.do(context)
        return request


class Caller:
    def __init__(self, port: int, timeout_s: float = 5) -> None:
        self.peer = GrpcClient("probe", f"127.0.0.1:{port}", timeout_s)
        self.method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self.peer.channel.unary_unary(f"/{METHOD}")

    def ask(self) -> bytes:
        return self.peer.call(self.method, b"hello")

    def ask_as(self, request_id: str) -> bytes:
        return self.method(b"hello", metadata=(("x-request-id", request_id),))


def logged(lines: list[dict[str, Any]], status: str) -> list[dict[str, Any]] | NotYet:
    """The access lines with this status."""
    found = [line for line in lines if line.get("rpc.response.status_code") == status]
    return found or NotYet(f"{len(lines)} lines")
