"""Domain errors across gRPC: a status where they leave, a domain error again where they arrive."""

import logging
from collections.abc import Mapping
from typing import Any

import grpc
from opentelemetry import trace

from chassis import grpc_details
from chassis.errors import (
    Conflict,
    DatabaseUnavailable,
    DomainError,
    NotFound,
    Refused,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from chassis.grpc_calls import SERVER_FAILURES
from chassis.grpc_interceptors import Behaviour, UnaryInterceptor, status_of
from glasshouse_telemetry import names

STATUS: Mapping[type[DomainError], grpc.StatusCode] = {
    NotFound: grpc.StatusCode.NOT_FOUND,
    Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    Refused: grpc.StatusCode.INVALID_ARGUMENT,
    UpstreamFailed: grpc.StatusCode.UNAVAILABLE,
    DatabaseUnavailable: grpc.StatusCode.UNAVAILABLE,
    UpstreamTimeout: grpc.StatusCode.DEADLINE_EXCEEDED,
}
# The peer could not do its work, whatever it was asked for.
FAILURES = SERVER_FAILURES | {grpc.StatusCode.CANCELLED, grpc.StatusCode.RESOURCE_EXHAUSTED}

logger = logging.getLogger(__name__)


class CallRefused(UpstreamRefused):
    """Another service refused a call; code and fields are those of the domain error that it raised."""

    def __init__(
        self, peer: str, status: grpc.StatusCode, answer_code: str, fields: Mapping[str, str]
    ) -> None:
        UpstreamFailed.__init__(self, peer, f"answered {status.name} {answer_code}".rstrip())
        self.answer_code = answer_code
        self.answer_fields = fields


class DomainErrorInterceptor(UnaryInterceptor):
    """Of an unexpected error nothing leaves the service but that there was one."""

    def serve(self, method: str, behaviour: Behaviour, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return behaviour(request, context)
        except DomainError as error:
            _answer(error, context)
        except Exception as error:
            if status_of(context) is not None:
                raise  # this is how context.abort ends a call
            trace.get_current_span().record_exception(error)
            logger.exception("Exception in %s", method)
            context.abort(grpc.StatusCode.INTERNAL, "The service failed to answer this.")


def domain_error_of(peer: str, error: grpc.RpcError) -> UpstreamFailed:
    """What a call that failed says about the peer."""
    status = error.code()
    if status is grpc.StatusCode.DEADLINE_EXCEEDED:
        return UpstreamTimeout(peer, status.name)
    if status in FAILURES:
        return UpstreamFailed(peer, status.name)
    metadata = {entry.key: entry.value for entry in error.trailing_metadata() or ()}
    return CallRefused(peer, status, *grpc_details.decode(metadata.get(grpc_details.KEY, b"")))


def _answer(error: DomainError, context: grpc.ServicerContext) -> None:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status in SERVER_FAILURES:
        logger.error("%s", error.message, exc_info=error, extra={names.ERROR_TYPE: error.code})
    context.set_trailing_metadata(((grpc_details.KEY, grpc_details.encode(error, status)),))
    context.abort(status, error.message)
