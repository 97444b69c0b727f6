"""Spans of work that goes on after the request that asked for it was answered, perhaps in another process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, StatusCode

import glasshouse_telemetry as telemetry
from glasshouse_telemetry import names

T = TypeVar("T")

_REQUEST_ID = "x-request-id"


def current_origin() -> dict[str, str]:
    """The trace and the request that the calling code belongs to, to be kept with the work."""
    origin: dict[str, str] = {}
    propagate.inject(origin)
    if (request_id := telemetry.request_id()) is not None:
        origin[_REQUEST_ID] = request_id
    return origin


def resume(name: str, origin: Mapping[str, str], attributes: Mapping[str, str], work: Callable[[], T]) -> T:
    """Do the work in a trace of its own whose root links to the origin, with the request id of that.

    As children of the request that was answered long ago, its retries would make one endless trace.
    """

    def resumed() -> T:
        telemetry.adopt_request_id(origin.get(_REQUEST_ID))
        with _span(name, origin, attributes):
            return work()

    return copy_context().run(resumed)


@contextmanager
def _span(name: str, origin: Mapping[str, str], attributes: Mapping[str, str]) -> Iterator[None]:
    asked_by = trace.get_current_span(propagate.extract(origin, Context())).get_span_context()
    with trace.get_tracer(__name__).start_as_current_span(
        name,
        context=Context(),
        kind=SpanKind.INTERNAL,
        attributes=attributes,
        links=[Link(asked_by)] if asked_by.is_valid else (),
    ):
        yield


def mark_failure(error_type: str) -> None:
    """Of work that failed, but whose exception goes no further than its own code."""
    span = trace.get_current_span()
    span.set_attribute(names.ERROR_TYPE, error_type)
    span.set_status(StatusCode.ERROR)
