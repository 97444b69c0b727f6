"""One operation, observed: a span and a measurement. Where both of them begin and end.

This is the plain path: the SDK's span and prometheus-client's histogram, at once. `glasshouse_telemetry.fast`
has the same interface at a lower price; `operations_of` chooses it where nobody could tell the difference.
"""

from typing import Final, Protocol

from opentelemetry.context import Context
from opentelemetry.trace import (
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    Tracer,
    TracerProvider,
    get_tracer_provider,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from glasshouse_telemetry import names
from glasshouse_telemetry._current import current_request
from glasshouse_telemetry.metrics.histograms import Durations
from glasshouse_telemetry.spans.attributes import Attributes


class Description(Protocol):
    """What all operations that ended alike have in common."""

    @property
    def name(self) -> str: ...

    @property
    def attributes(self) -> Attributes: ...

    @property
    def labels(self) -> tuple[str, ...]: ...


class Reported(Protocol):
    """What an operation stands for: a request, a call, a statement, which has ended and changes no more."""

    def describe(self) -> Description: ...


class MakesLine(Protocol):
    """A request that was served, which has an access line."""

    def line(self, context: SpanContext) -> str:
        """`context`: of its span."""
        ...


class Operation(Protocol):
    """A request that is served, a call, a statement, while it lasts."""

    @property
    def span(self) -> Span: ...

    @property
    def context(self) -> Context:
        """The one it began in, with its span."""
        ...

    @property
    def takes_line(self) -> bool:
        """Whether `finish` can write the access line, too."""
        ...

    def finish(
        self,
        reported: Reported,
        failed: bool,
        durations: Durations,
        elapsed: int,
        line: MakesLine | None = None,
    ) -> None:
        """End the span and record its duration, at once or soon. `elapsed` in nanoseconds.

        What the app itself has said of the span stays: a name, an attribute, a status.
        """
        ...


class Operations(Protocol):
    """Begins operations of one service."""

    def begin(
        self,
        kind: SpanKind,
        name: str,
        attributes: tuple[Attributes, ...],
        context: Context,
        start_time: int,
    ) -> Operation:
        """Within the span of `context`, or as a root. `start_time` in nanoseconds since the epoch."""
        ...


class PlainOperation:
    """By OpenTelemetry's API and prometheus-client alone."""

    takes_line = False

    def __init__(self, span: Span, name: str, context: Context, start_time: int) -> None:
        self.span = span
        self.context = set_span_in_context(span, context)
        self._name = name
        self._start_time = start_time

    def finish(
        self,
        reported: Reported,
        failed: bool,
        durations: Durations,
        elapsed: int,
        line: MakesLine | None = None,
    ) -> None:
        span, ended = self.span, self._start_time + elapsed
        description = reported.describe()
        if span.is_recording():
            if getattr(span, "name", self._name) == self._name:
                span.update_name(description.name)
            present = getattr(span, "attributes", None) or {}
            values = description.attributes.values
            span.set_attributes({key: values[key] for key in values if key not in present})
            if failed and not has_status(span):
                span.set_status(StatusCode.ERROR)
            span.end(ended)
        durations.record(description.labels, elapsed / 1e9, span.get_span_context(), ended / 1e9)


class PlainOperations:
    """With whatever tracer there is: of another vendor, with a sampler, with none at all."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(
        self,
        kind: SpanKind,
        name: str,
        attributes: tuple[Attributes, ...],
        context: Context,
        start_time: int,
    ) -> PlainOperation:
        merged: dict[str, AttributeValue] = {}
        for group in attributes:
            merged.update(group.values)
        span = self._tracer.start_span(
            name, context=context, kind=kind, attributes=merged, start_time=start_time
        )
        return PlainOperation(span, name, context, start_time)


def has_status(span: Span) -> bool:
    """Whether the app has set one."""
    status = getattr(span, "status", None)
    return status is not None and status.status_code is not StatusCode.UNSET


def operations_of(tracer: Tracer) -> Operations:
    """The fast path where it does what the SDK would do, else the plain one."""
    from glasshouse_telemetry import fast

    return fast.operations_of(tracer) or PlainOperations(tracer)


def current_operations() -> Operations:
    """Those of the app that serves the current request; outside of one, of the global tracer provider."""
    global _of_provider
    request = current_request.get()
    if request is not None:
        return request.operations
    provider = get_tracer_provider()
    if provider is not _of_provider[0]:  # it may be set at any time
        _of_provider = provider, operations_of(provider.get_tracer(names.SCOPE))
    return _of_provider[1]


UNTRACED: Final = PlainOperations(NoOpTracer())  # measures, and makes no spans
_of_provider: tuple[TracerProvider | None, Operations] = (None, UNTRACED)
