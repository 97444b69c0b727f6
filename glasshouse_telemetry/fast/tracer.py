"""Where our own spans begin: the SDK's tracer without its overhead, or any other tracer as it is."""

from typing import Any, Final, Protocol

from opentelemetry.context import Context
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace._tracer_metrics import NoOpTracerMetrics
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, DEFAULT_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    TracerProvider,
    get_current_span,
    get_tracer_provider,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from glasshouse_telemetry import names
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.fast.attributes import Attributes
from glasshouse_telemetry.fast.context import span_context, span_in
from glasshouse_telemetry.fast.span import LeanSpan

_FLAGS: Final = tuple(TraceFlags(number) for number in range(4))
_MOST_ATTRIBUTES: Final = 32  # more than any span of ours begins with


class Spans(Protocol):
    """Begins spans: `parent` is what the context says already, None for a root."""

    @property
    def may_end_later(self) -> bool:
        """Whether nobody would notice that a span ends some milliseconds after the work it stands for."""
        ...

    def begin(
        self,
        name: str,
        kind: SpanKind,
        groups: tuple[Attributes, ...],
        parent: SpanContext | None,
        context: Context,
        start_time: int | None = None,
    ) -> Span: ...


def begin_within(context: Context, name: str, kind: SpanKind, groups: tuple[Attributes, ...]) -> Span:
    """A span of our scope within the one of this context, or the root of a new trace."""
    global _of_provider
    provider = get_tracer_provider()
    if provider is not _of_provider[0]:  # it may be set at any time
        _of_provider = provider, spans_of(provider.get_tracer(names.SCOPE))
    span = span_in(context)
    parent = span.get_span_context() if span is not None else None
    return _of_provider[1].begin(name, kind, groups, parent if parent and parent.is_valid else None, context)


def spans_of(tracer: Tracer) -> Spans:
    """The lean way where the SDK's tracer does what it does by default, else by the API alone."""
    try:
        if type(tracer) is sdk.Tracer and _is_plain(tracer):
            return LeanTracer(tracer)
    except AttributeError:  # an SDK of another version
        pass
    return AnyTracer(tracer)


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
        and isinstance(tracer.span_processor, sdk.SynchronousMultiSpanProcessor)
    )


class AnyTracer:
    """Another SDK's tracer, one with a sampler or limits, or none at all."""

    may_end_later = False

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(
        self,
        name: str,
        kind: SpanKind,
        groups: tuple[Attributes, ...],
        parent: SpanContext | None,
        context: Context,
        start_time: int | None = None,
    ) -> Span:
        if parent is not None and get_current_span(context).get_span_context() is not parent:
            context = set_span_in_context(NonRecordingSpan(parent), context)
        attributes: dict[str, AttributeValue] = {}
        for group in groups:
            attributes.update(group.values)
        return self._tracer.start_span(
            name, context=context, kind=kind, attributes=attributes, start_time=start_time
        )


class LeanTracer:
    """Decides first, as the SDK's tracer would, and makes a `LeanSpan` of what is kept."""

    def __init__(self, tracer: sdk.Tracer) -> None:
        self._tracer = tracer
        self._ids = tracer.id_generator
        self._root_flags = _FLAGS[3] if tracer.id_generator.is_trace_id_random() else _FLAGS[1]
        # What follows from a parent's flags. The second bit, "the trace id is random", is handed on.
        self._flags = _FLAGS if tracer.sampler is DEFAULT_ON else (_FLAGS[1], _FLAGS[1], _FLAGS[3], _FLAGS[3])
        self._known_processors: Any = None
        self._nobody_else = False
        self.processor: Any = tracer.span_processor
        self.limits = tracer._span_limits
        self.scope = tracer._instrumentation_scope
        self.scope_info = tracer.instrumentation_info

    @property
    def resource(self) -> Resource:
        return self._tracer.resource  # a fork changes it

    @property
    def may_end_later(self) -> bool:
        """Processors may be added at any time."""
        processors = self.processor._span_processors
        if processors is not self._known_processors:
            self._known_processors = processors
            self._nobody_else = all(type(each) is SpanQueue for each in processors)
        return self._nobody_else

    def begin(
        self,
        name: str,
        kind: SpanKind,
        groups: tuple[Attributes, ...],
        parent: SpanContext | None,
        context: Context,
        start_time: int | None = None,
    ) -> Span:
        ids = self._ids
        if parent is None:
            own = span_context(ids.generate_trace_id(), ids.generate_span_id(), False, self._root_flags)
        else:
            trace_id, _, _, flags, state, _ = parent
            flags = self._flags[flags & 3]
            own = span_context(trace_id, ids.generate_span_id(), False, flags, state)
            if not flags & 1:
                return NonRecordingSpan(own)
        span = LeanSpan.begin(self, name, kind, own, parent, groups, start_time)
        if not self.may_end_later:
            self.processor.on_start(span, parent_context=context)
        return span

    def take(self, span: LeanSpan) -> None:
        """A span that has ended. Other people's processors see what the SDK would show them."""
        if self.may_end_later:
            for queue in self._known_processors:
                queue.put(span)
        else:
            span._attributes._immutable = True
            self.processor._on_ending(span)
            self.processor.on_end(span._readable_span())


_of_provider: tuple[TracerProvider | None, Spans] = (None, AnyTracer(NoOpTracer()))
