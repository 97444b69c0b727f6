"""Operations whose spans and measurements are handed on later, in a row with others."""

from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import _Span
from opentelemetry.sdk.trace._tracer_metrics import NoOpTracerMetrics
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, DEFAULT_ON
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
)

from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.fast.span import PARTS, LeanSpan
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.histograms import Durations
from glasshouse_telemetry.spans.attributes import Attributes
from glasshouse_telemetry.spans.context import parent_in, span_context, with_span
from glasshouse_telemetry.spans.operations import MakeLine, Operation, PlainOperation, PlainOperations

_FLAGS: Final = tuple(TraceFlags(number) for number in range(4))
_MOST_ATTRIBUTES: Final = 32  # more than any span of ours begins with


class FastOperation:
    """One operation. `finish` ends its span on this thread; the rest waits its turn."""

    __slots__ = (
        "_durations",
        "_elapsed",
        "_labels",
        "_line",
        "_name",
        "_operations",
        "_start_time",
        "context",
        "span",
    )

    def __init__(
        self, operations: "FastOperations", span: LeanSpan, name: str, context: Context, start_time: int
    ) -> None:
        self.span: Any = span
        self.context = with_span(context, span)
        self._operations = operations
        self._name = name
        self._start_time = start_time

    @property
    def takes_line(self) -> bool:
        return output.tap is None and self._operations.only_queues()

    def finish(
        self,
        name: str,
        attributes: Attributes,
        failed: bool,
        durations: Durations,
        labels: tuple[str, ...],
        elapsed: int,
        line: MakeLine | None = None,
    ) -> None:
        operations, span = self._operations, self.span
        ended = self._start_time + elapsed
        if not span.finish(self._name, name, attributes, failed, ended):
            self.span = _Ended(span._context)
        self._durations = durations
        self._labels = labels
        self._elapsed = elapsed
        self._line = line
        if line is not None or operations.may_wait():
            output.add("ERROR" if failed and line is not None else "INFO", self)
        else:
            self.settle(output.service)

    def settle(self, service: str) -> str | None:
        """Hand on what is finished: it is nobody else's any more, so no lock is needed (logs/output.py)."""
        span, ended = self.span, self._start_time + self._elapsed
        context: SpanContext = span._context
        if type(span) is LeanSpan:
            self._operations.hand_on(span)
        self._durations.record(self._labels, self._elapsed / 1e9, context, ended / 1e9)
        return self._line(context, service) if self._line is not None else None


class _Ended:
    """Stands for a span that the app has ended itself."""

    __slots__ = ("_context",)

    def __init__(self, context: SpanContext) -> None:
        self._context = context


class FastOperations:
    """Decides first, as the SDK's tracer would, and makes a `LeanSpan` of what is kept."""

    def __init__(self, tracer: sdk.Tracer) -> None:
        self._tracer = tracer
        self._ids = tracer.id_generator
        self._root_flags = _FLAGS[3] if tracer.id_generator.is_trace_id_random() else _FLAGS[1]
        # What follows from a parent's flags. The second bit, "the trace id is random", is handed on.
        self._flags = _FLAGS if tracer.sampler is DEFAULT_ON else (_FLAGS[1], _FLAGS[1], _FLAGS[3], _FLAGS[3])
        self._known_processors: Any = None
        self._queues_alone = False
        self._plain = PlainOperations(tracer)
        self.processor: Any = tracer.span_processor
        self.limits: Any = tracer._span_limits
        self.scope = tracer._instrumentation_scope
        self.scope_info = tracer.instrumentation_info

    @classmethod
    def of(cls, tracer: Tracer) -> "FastOperations | None":
        """None for a tracer that is not as the SDK's is by default, or spans whose parts we do not know."""
        if type(tracer) is sdk.Tracer and _is_plain(tracer) and _spans_are_known(tracer):
            return cls(tracer)
        return None

    @property
    def resource(self) -> Resource:
        return self._tracer.resource  # a fork changes it

    def may_wait(self) -> bool:
        """Whether nobody would notice that a span is handed on some milliseconds after its end."""
        return output.tap is None and self.only_queues()

    def only_queues(self) -> bool:
        """Whether all processors are ours, which wait anyway."""
        processors = self.processor._span_processors  # others may be added at any time
        if processors is not self._known_processors:
            self._queues_alone = all(type(each) is SpanQueue for each in processors)
            self._known_processors = processors
        return self._queues_alone

    def begin(
        self,
        kind: SpanKind,
        name: str,
        attributes: tuple[Attributes, ...],
        context: Context,
        start_time: int,
    ) -> Operation:
        if not self.only_queues():
            return self._plain.begin(kind, name, attributes, context, start_time)
        parent = parent_in(context)
        ids = self._ids
        if parent is None:
            own = span_context(ids.generate_trace_id(), ids.generate_span_id(), False, self._root_flags)
        else:
            trace_id, _, _, flags, state, _ = parent
            flags = self._flags[flags & 3]
            own = span_context(trace_id, ids.generate_span_id(), False, flags, state)
            if not flags & 1:
                return PlainOperation(NonRecordingSpan(own), name, context, start_time)
        span = LeanSpan.begin(self, name, kind, own, parent, attributes, start_time)
        return FastOperation(self, span, name, context, start_time)

    def hand_on(self, span: LeanSpan) -> None:
        """A span that has ended, to whoever processes them."""
        if self.only_queues():
            for queue in self._known_processors:
                queue.put(span)
        else:  # a processor that was added meanwhile
            self.processor.on_end(span._readable_span())


def _is_plain(tracer: sdk.Tracer) -> bool:
    """No sampler that must be asked, no limit that our spans could reach, no metrics of the SDK's own."""
    limits = tracer._span_limits
    most = limits.max_span_attributes
    return (
        (tracer.sampler is DEFAULT_ON or tracer.sampler is ALWAYS_ON)
        and limits.max_span_attribute_length is None
        and (most is None or most >= _MOST_ATTRIBUTES)
        and isinstance(tracer._tracer_metrics, NoOpTracerMetrics)
        and tracer._is_enabled()
        and type(tracer.span_processor) is sdk.SynchronousMultiSpanProcessor
        and isinstance(tracer.span_processor._span_processors, tuple)
    )


def _spans_are_known(tracer: sdk.Tracer) -> bool:
    """Whether the installed SDK's spans have the parts that a LeanSpan provides, no more and no less."""
    span: Span = _Span("check", INVALID_SPAN_CONTEXT, resource=tracer.resource, limits=tracer._span_limits)
    return set(vars(span)) | {"_end_time", "_start_time", "_status"} == PARTS
