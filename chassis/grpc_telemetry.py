"""gRPC observed from both sides by interceptors: the trace and the request id travel in the metadata."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import grpc
from opentelemetry import propagate, trace

import glasshouse_telemetry as telemetry
from chassis.grpc_calls import ClientCall, ServerCall
from chassis.grpc_interceptors import Behaviour, UnaryInterceptor, is_out_of_time, status_of
from chassis.grpc_names import REQUEST_ID_KEY
from glasshouse_telemetry import names


class ObservedServer(UnaryInterceptor):
    """Belongs first among the interceptors, so that it sees what the others make of a call."""

    def serve(self, method: str, behaviour: Behaviour, request: Any, context: grpc.ServicerContext) -> Any:
        # gRPC runs each call in a context of its own: nothing of it is left on the thread.
        metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        telemetry.adopt_request_id(metadata.get(REQUEST_ID_KEY))
        call = ServerCall(method, propagate.extract(metadata))
        status = grpc.StatusCode.UNKNOWN
        with trace.use_span(call.span, record_exception=False, set_status_on_exception=False):
            try:
                response = behaviour(request, context)
                status = grpc.StatusCode.OK
                return response
            finally:
                call.finish(_as_the_caller_sees_it(status_of(context) or status, context))


def _as_the_caller_sees_it(status: grpc.StatusCode, context: grpc.ServicerContext) -> grpc.StatusCode:
    """Who gave up waiting does not see the answer, whatever it is."""
    if context.is_active():
        return status
    return grpc.StatusCode.DEADLINE_EXCEEDED if is_out_of_time(context) else grpc.StatusCode.CANCELLED


class ObservedClient(grpc.UnaryUnaryClientInterceptor):
    """`target` is the address of the peer as host:port."""

    def __init__(self, peer: str, target: str) -> None:
        self._peer: dict[str, str | int] = {names.SERVICE_PEER_NAME: peer, **_address(target)}

    def intercept_unary_unary(
        self,
        continuation: Callable[[Any, Any], Any],
        client_call_details: grpc.ClientCallDetails,
        request: Any,
    ) -> Any:
        call = ClientCall(client_call_details.method, self._peer)
        with trace.use_span(call.span, record_exception=False, set_status_on_exception=False):
            outcome = continuation(_with_context(client_call_details), request)
        outcome.add_done_callback(lambda ended: call.finish(ended.code()))
        return outcome


class _Details(NamedTuple):
    """What a continuation takes as grpc.ClientCallDetails."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


def _with_context(details: grpc.ClientCallDetails) -> Any:
    """The same call, with the trace and the request that the calling code belongs to."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    if (request_id := telemetry.request_id()) is not None:
        headers[REQUEST_ID_KEY] = request_id
    return _Details(
        details.method,
        details.timeout,
        (*(details.metadata or ()), *headers.items()),
        details.credentials,
        details.wait_for_ready,
        details.compression,
    )


def _address(target: str) -> Mapping[str, str | int]:
    host, _, port = target.rpartition(":")
    if host and port.isdecimal():
        return {names.SERVER_ADDRESS: host, names.SERVER_PORT: int(port)}
    return {names.SERVER_ADDRESS: target}
