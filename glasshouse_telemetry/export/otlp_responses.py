"""What a receiver says in its response, beyond yes or no (opentelemetry.io/docs/specs/otlp)."""

import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from glasshouse_telemetry.export.outcome import DELIVERED, Outcome

LONGEST_RETRY_AFTER: Final = (
    3600.0  # seconds; a receiver that names a longer time is asked again after this one
)
_MOST_TEXT: Final = 300  # characters of a receiver's message that are worth a log line


def delivered(response: bytes) -> Outcome:
    """Of a receiver that took the request, or most of it.

    The responses for traces, metrics and logs are the same message but for the name of one field.
    """
    if not response:
        return DELIVERED
    try:
        partial = ExportTraceServiceResponse.FromString(response).partial_success
    except DecodeError:  # of a proxy, in a format of its own
        return DELIVERED
    rejected = max(0, partial.rejected_spans)
    if not rejected and not partial.error_message:
        return DELIVERED
    return Outcome(rejected=rejected, reason=partial.error_message[:_MOST_TEXT])


def status_of(response: bytes) -> Status:
    """The `google.rpc.Status` of a refusal; an empty one if there is none."""
    try:
        return Status.FromString(response)
    except DecodeError:
        return Status()


def message_of(status: Status) -> str:
    return str(status.message)[:_MOST_TEXT]


def retry_delay(status: Status) -> float | None:
    """Seconds to wait as `RetryInfo` says; None when it is not there."""
    for detail in status.details:
        if detail.Is(RetryInfo.DESCRIPTOR):
            try:
                return seconds_of(RetryInfo.FromString(detail.value))
            except DecodeError:
                return None
    return None


def seconds_of(info: RetryInfo) -> float:
    return _bounded(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)


def retry_after(header: str | None) -> float:
    """Seconds to wait as the HTTP header says, in seconds or as a date; 0 when it says nothing."""
    if not header:
        return 0.0
    try:
        return _bounded(float(header))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return _bounded(date.timestamp() - time.time())


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) if math.isfinite(seconds) else 0.0
