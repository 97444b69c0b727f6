"""What is said over gRPC when it goes wrong."""

import grpc
import pytest
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]
    ErrorInfo,
    PreconditionFailure,
    RequestInfo,
)
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from chassis.errors import DatabaseUnavailable, DomainError, UpstreamFailed, UpstreamTimeout
from chassis.grpc_errors import CallRefused
from glasshouse_telemetry.testing import capture_logs
from tests.unit.chassis.grpc.probe import Caller, Gone, Probe, Taken, Wrong


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Gone("It is gone."), "NOT_FOUND gone"),
        (Taken("It is taken.", {"a": "by b", "c": "by d"}), "FAILED_PRECONDITION taken"),
        (Wrong("It is wrong.", {"size": "is too large"}), "INVALID_ARGUMENT wrong"),
    ],
)
def test_what_the_rules_refuse_arrives_with_its_code_and_fields(
    probe: Probe, caller: Caller, error: DomainError, said: str
) -> None:
    probe.fail(error)
    with pytest.raises(CallRefused) as refusal:
        caller.ask()
    assert str(refusal.value) == f"probe: answered {said}"
    assert (refusal.value.answer_code, refusal.value.answer_fields) == (error.code, error.fields)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DatabaseUnavailable("The database is not available."), UpstreamFailed),
        (UpstreamFailed("other", "ConnectionError"), UpstreamFailed),
        (UpstreamTimeout("other", "ReadTimeout"), UpstreamTimeout),
    ],
)
def test_a_service_that_cannot_work_is_a_failure(
    probe: Probe, caller: Caller, error: DomainError, kind: type[UpstreamFailed]
) -> None:
    probe.fail(error)
    with pytest.raises(UpstreamFailed) as failure:
        caller.ask()
    assert type(failure.value) is kind


def test_a_refusal_carries_the_details_of_the_richer_error_model(probe: Probe, caller: Caller) -> None:
    probe.fail(Taken("It is taken.", {"a": "by b"}))
    with pytest.raises(grpc.RpcError) as error:
        caller.ask_as("request-7")
    metadata = {entry.key: entry.value for entry in error.value.trailing_metadata()}
    status = Status.FromString(metadata["grpc-status-details-bin"])
    info, request, failed = ErrorInfo(), RequestInfo(), PreconditionFailure()
    unpacked = [
        detail.Unpack(kind) for detail, kind in zip(status.details, (info, request, failed), strict=True)
    ]
    assert unpacked == [True] * 3
    assert (status.code, status.message, error.value.details()) == (9, "It is taken.", "It is taken.")
    assert (info.reason, info.domain, request.request_id) == ("TAKEN", "glasshouse", "request-7")
    assert [(v.type, v.subject, v.description) for v in failed.violations] == [("TAKEN", "a", "by b")]


def test_who_answers_without_details_refuses_without_a_code(probe: Probe, caller: Caller) -> None:
    probe.do = lambda context: context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")
    with pytest.raises(CallRefused) as refusal:
        caller.ask()
    assert (str(refusal.value), refusal.value.answer_code) == ("probe: answered PERMISSION_DENIED", "")


def test_an_error_of_ours_shows_nothing_of_itself(probe: Probe, caller: Caller) -> None:
    probe.fail(RuntimeError("the secret is 42"))
    with capture_logs() as lines, pytest.raises(grpc.RpcError) as error:
        caller.method(b"")
    assert error.value.code() is grpc.StatusCode.INTERNAL
    assert "42" not in str(error.value)
    told = [line for line in lines if line["logger"] == "chassis.grpc_errors"]
    assert [line["exception.message"] for line in told] == ["the secret is 42"]
