"""A span of the SDK that costs little until somebody looks at it or adds to it."""

import os
import threading
from time import time_ns
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Event, Span
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace import Span as ApiSpan

from glasshouse_telemetry.fast.attributes import Attributes

if TYPE_CHECKING:
    from glasshouse_telemetry.fast.tracer import LeanTracer


class LeanSpan(Span):
    """Everything that the SDK's span is, with its parts made only when they are needed.

    The stock constructor makes a lock, three bounded containers and a copy of every attribute. Here one lock
    serves all spans (it is held for one assignment), and attributes are groups that other spans share. The
    first one who reads or sets an attribute turns them into what the SDK would have made.
    """

    _lock: Any = threading.RLock()
    _end_time: Any = None
    _status = Status(StatusCode.UNSET)
    _events: Any = ()
    _links: Any = ()
    made: BoundedAttributes | None = None  # while the groups say it all
    _sampler = _trace_config = _record_end_metrics = None
    _record_exception = _set_status_on_exception = True

    groups: tuple[Attributes, ...]
    _tracer: "LeanTracer"

    @classmethod
    def begin(
        cls,
        tracer: "LeanTracer",
        name: str,
        kind: SpanKind,
        context: SpanContext,
        parent: SpanContext | None,
        groups: tuple[Attributes, ...],
        start_time: int | None,
    ) -> "LeanSpan":
        """Past the SDK's `__new__` and `__init__`, which take longer than all the rest."""
        span: LeanSpan = object.__new__(cls)
        span._tracer = tracer
        span._name = name
        span._kind = kind
        span._context = context
        span._parent = parent
        span.groups = groups
        span._start_time = start_time or time_ns()
        return span

    def finish(self, name: str, group: Attributes, end_time: int) -> None:
        """End with what is known only then."""
        with self._lock:
            if self._end_time is not None:
                return
            self._name = name
            if self.made is None:
                self.groups = (*self.groups, group)
            else:
                self.made._set_items(group.values)
            self._end_time = end_time
        self._tracer.take(self)

    def end(self, end_time: int | None = None) -> None:
        with self._lock:
            if self._end_time is not None:
                return
            self._end_time = end_time or time_ns()
        self._tracer.take(self)

    def _made_now(self) -> BoundedAttributes:
        with self._lock:
            if self.made is None:
                limits = self._tracer.limits
                self.made = BoundedAttributes(
                    limits.max_span_attributes,
                    immutable=False,
                    max_value_len=limits.max_span_attribute_length,
                )
                for group in self.groups:
                    self.made._set_items(group.values)
            return self.made

    # What the SDK's own methods read:
    _attributes: Any = property(_made_now)
    _limits: Any = property(lambda self: self._tracer.limits)
    _span_processor: Any = property(lambda self: self._tracer.processor)
    _resource: Any = property(lambda self: self._tracer.resource)
    _instrumentation_scope: Any = property(lambda self: self._tracer.scope)
    _instrumentation_info: Any = property(lambda self: self._tracer.scope_info)

    def _add_event(self, event: Event) -> None:
        with self._lock:
            if self._events == ():
                self._events = self._new_events()  # type: ignore[no-untyped-call]
            super()._add_event(event)

    def _add_link(self, link: Link) -> None:
        with self._lock:
            if self._links == ():
                self._links = self._new_links(())
            super()._add_link(link)


def finish(span: ApiSpan, name: str, group: Attributes, end_time: int) -> None:
    """End a span of whatever kind, with its name and the attributes known only then."""
    if type(span) is LeanSpan:
        span.finish(name, group, end_time)
    elif span.is_recording():
        span.update_name(name)
        span.set_attributes(group.values)
        span.end(end_time)


def may_end_later(span: ApiSpan | None) -> bool:
    """Whether nobody would notice that it ends some milliseconds after the work it stands for."""
    return type(span) is LeanSpan and span._tracer.may_end_later


def _renew_lock() -> None:
    """Held by another thread during a fork, it would stay locked in the child for ever."""
    LeanSpan._lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)
