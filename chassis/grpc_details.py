"""Errors in gRPC's richer error model: a google.rpc.Status with details, in a call's trailing metadata."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2 as kinds  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

import glasshouse_telemetry as telemetry
from chassis.errors import DomainError

KEY: Final = "grpc-status-details-bin"
DOMAIN: Final = "glasshouse"


def encode(error: DomainError, status: grpc.StatusCode) -> bytes:
    answer = Status(code=status.value[0], message=error.message)
    for detail in _details(error, status):
        answer.details.add().Pack(detail)
    return bytes(answer.SerializeToString())


def decode(encoded: bytes) -> tuple[str, Mapping[str, str]]:
    """Code and fields of the domain error; none when it was not one of our services that answered."""
    code, fields = "", {}
    try:
        for message in _unpack(Status.FromString(encoded).details):
            if isinstance(message, kinds.ErrorInfo):
                code = message.reason.lower()
            elif isinstance(message, kinds.BadRequest):
                fields = {each.field: each.description for each in message.field_violations}
            elif isinstance(message, kinds.PreconditionFailure):
                fields = {each.subject: each.description for each in message.violations}
    except DecodeError:
        return "", {}
    return code, fields


def _details(error: DomainError, status: grpc.StatusCode) -> Iterator[Message]:
    code = error.code.upper()
    yield kinds.ErrorInfo(reason=code, domain=DOMAIN)
    yield kinds.RequestInfo(request_id=telemetry.request_id() or "")
    if error.fields and status is grpc.StatusCode.INVALID_ARGUMENT:
        yield kinds.BadRequest(
            field_violations=[
                kinds.BadRequest.FieldViolation(field=name, description=why)
                for name, why in error.fields.items()
            ]
        )
    elif error.fields:
        yield kinds.PreconditionFailure(
            violations=[
                kinds.PreconditionFailure.Violation(type=code, subject=name, description=why)
                for name, why in error.fields.items()
            ]
        )


def _unpack(details: Iterable[Any]) -> Iterator[Message]:
    for detail in details:
        for kind in (kinds.ErrorInfo, kinds.BadRequest, kinds.PreconditionFailure):
            if detail.Is(kind.DESCRIPTOR):
                yield kind.FromString(detail.value)
