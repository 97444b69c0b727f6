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
from glasshouse_telemetry.logs.output import Later, output
from glasshouse_telemetry.metrics.histograms import Durations
from glasshouse_telemetry.spans.attributes import Attributes
from glasshouse_telemetry.spans.context import parent_in, span_context, with_span
from glasshouse_telemetry.spans.operations import (
    MakesLine,
    Operation,
    PlainOperation,
    PlainOperations,
    Reported,
)

_FLAGS: Final = tuple(TraceFlags(number) for number in range(4))
_MOST_ATTRIBUTES: Final = 32  # more than any span of ours begins with


class FastOperation:
    """One operation. `finish` notes its end; the span ends and all else is made when its turn comes."""

    __slots__ = (
        "_context",
        "_durations",
        "_elapsed",
        "_failed",
        "_line",
        "_name",
        "_operations",
        "_reported",
        "_start_time",
        "context",
        "span",
    )

    def __init__(
        self, operations: "FastOperations", span: LeanSpan, name: str, context: Context, start_time: int
    ) -> None:
        self.span = span
        self._context: SpanContext = span._context  # type: ignore[assignment]
        self.context = with_span(context, span)
        self._operations = operations
        self._name = name
        self._start_time = start_time

    @property
    def takes_line(self) -> bool:
        return output.tap is None and self._operations.only_queues()

    def finish(
        self,
        reported: Reported,
        failed: bool,
        durations: Durations,
        elapsed: int,
        line: MakesLine | None = None,
    ) -> None:
        self._reported = reported
        self._failed = failed
        self._durations = durations
        self._elapsed = elapsed
        self._line = line
        if line is not None or self.takes_line:
            output.add("ERROR" if failed and line is not None else "INFO", self)
        else:
            self._hand_on(wait=True)  # on the app's own thread, as the SDK's `end` would

    def settle(self) -> str | None:
        """No lock is waited for here (logs/output.py): a span that somebody changes has its turn later."""
        self._hand_on(wait=False)
        return self._line.line(self._context) if self._line is not None else None

    def _hand_on(self, *, wait: bool) -> None:
        """End the span and hand on everything."""
        span, ended = self.span, self._start_time + self._elapsed
        description = self._reported.describe()
        lock: Any = span._lock
        # It is reentrant: on the thread that changes the span, in the middle of that, it would be given.
        if lock._is_owned() or not lock.acquire(wait):
            raise Later
        try:
            is_ours = span.finish(self._name, description.name, description.attributes, self._failed, ended)
        finally:
            lock.release()
        if is_ours:
            self._operations.hand_on(span)
        self._durations.record(description.labels, self._elapsed / 1e9, self._context, ended / 1e9)


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
