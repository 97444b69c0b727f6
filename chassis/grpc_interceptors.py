"""What stands around a gRPC server's calls of one request and one response, which are all that we have."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

Behaviour = Callable[[Any, grpc.ServicerContext], Any]
if TYPE_CHECKING:
    Handler: TypeAlias = grpc.RpcMethodHandler[Any, Any]


class UnaryInterceptor(grpc.ServerInterceptor):
    """Health and reflection are left alone: they are quiet, as /healthz is."""

    QUIET = ("/grpc.health.", "/grpc.reflection.")

    def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Handler | None]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or handler.unary_unary is None or method.startswith(self.QUIET):
            return handler
        behaviour = handler.unary_unary
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self.serve(method, behaviour, request, context),
            handler.request_deserializer,
            handler.response_serializer,
        )

    @abstractmethod
    def serve(self, method: str, behaviour: Behaviour, request: Any, context: grpc.ServicerContext) -> Any:
        """The response of `behaviour`, or what this interceptor makes of it."""


def status_of(context: Any) -> grpc.StatusCode | None:
    """The status that the call has been given so far; grpc's types do not say that it can be asked."""
    status: grpc.StatusCode | None = context.code()
    return status


def is_out_of_time(context: grpc.ServicerContext) -> bool:
    remaining: float | None = context.time_remaining()  # None when the caller has set no deadline
    return remaining is not None and remaining <= 0
