"""A span of the SDK that costs little until somebody looks at it or adds to it."""

import threading
from time import time_ns
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Span
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode

from glasshouse_telemetry.spans.attributes import Attributes

if TYPE_CHECKING:
    from glasshouse_telemetry.fast.operations import FastOperations

UNSET: Final = Status(StatusCode.UNSET)


class LeanSpan(Span):
    """Everything that the SDK's span is, with its parts made only when they are needed.

    The stock constructor makes three bounded containers and a copy of every attribute. Here attributes are
    groups that other spans share; the first one who reads or sets one turns them into what the SDK would have
    made. Its lock is reentrant, unlike the stock one: a signal handler may strike while it is held.
    """

    _end_time: Any = None
    _status = UNSET
    _sampler = _trace_config = _record_end_metrics = None
    _record_exception = _set_status_on_exception = True

    groups: tuple[Attributes, ...]
    _operations: "FastOperations"

    @classmethod
    def begin(
        cls,
        operations: "FastOperations",
        name: str,
        kind: SpanKind,
        context: SpanContext,
        parent: SpanContext | None,
        groups: tuple[Attributes, ...],
        start_time: int,
    ) -> "LeanSpan":
        """Past the SDK's `__new__` and `__init__`, which take longer than all the rest."""
        span: LeanSpan = object.__new__(cls)
        span._operations = operations
        span._name = name
        span._kind = kind
        span._context = context
        span._parent = parent
        span.groups = groups
        span._start_time = start_time
        span._lock = threading.RLock()  # type: ignore[assignment]
        return span

    def finish(self, begun_as: str, name: str, group: Attributes, failed: bool, end_time: int) -> bool:
        """End with what is known only then, unless the app has said otherwise. False if it had ended."""
        with self._lock:
            if self._end_time is not None:
                return False
            if self._name == begun_as:
                self._name = name
            made = self.__dict__.get("made_attributes")
            if made is None:
                self.groups = (*self.groups, group)
            else:
                # Not by its own methods, which wait for a lock of their own. Who changes the span holds ours.
                for key, value in group.values.items():
                    made._dict.setdefault(key, value)
                made._immutable = True
            if failed and self._status is UNSET:
                self._status = _FAILED
            self._end_time = end_time
        return True

    def end(self, end_time: int | None = None) -> None:
        """By the app itself."""
        with self._lock:
            if self._end_time is not None:
                return
            self._end_time = end_time or time_ns()
            made = self.__dict__.get("made_attributes")
            if made is not None:
                made._immutable = True
        self._operations.hand_on(self)

    @property
    def made(self) -> BoundedAttributes | None:
        """The attributes, once somebody has read or set one; None while the groups say it all."""
        found: BoundedAttributes | None = self.__dict__.get("made_attributes")
        return found

    def _make_attributes(self) -> BoundedAttributes:
        found = self.__dict__.get("made_attributes")
        if found is None:
            limits = self._operations.limits
            made = BoundedAttributes(
                limits.max_span_attributes, immutable=False, max_value_len=limits.max_span_attribute_length
            )
            for group in self.groups:
                made._set_items(group.values)
            made._immutable = self._end_time is not None
            found = self.__dict__.setdefault("made_attributes", made)  # of two threads one wins
        return found  # type: ignore[no-any-return]

    def _make_list(self, name: str, longest: int | None) -> Any:
        found = self.__dict__.get(name)
        return self.__dict__.setdefault(name, BoundedList(longest)) if found is None else found

    # The SDK's lists wait for a lock while they are read; an encoder must not (logs/output.py).
    events: Any = property(lambda self: tuple(self._events._dq))
    links: Any = property(lambda self: tuple(self._links._dq))

    # What the SDK's own methods read:
    _attributes: Any = property(_make_attributes)
    _events: Any = property(lambda self: self._make_list("made_events", self._limits.max_events))
    _links: Any = property(lambda self: self._make_list("made_links", self._limits.max_links))
    _limits: Any = property(lambda self: self._operations.limits)
    _span_processor: Any = property(lambda self: self._operations.processor)
    _resource: Any = property(lambda self: self._operations.resource)
    _instrumentation_scope: Any = property(lambda self: self._operations.scope)
    _instrumentation_info: Any = property(lambda self: self._operations.scope_info)


_FAILED: Final = Status(StatusCode.ERROR)
# Everything that a span of the SDK keeps and LeanSpan provides. With one more or less, spans are the SDK's.
PARTS: Final = frozenset(
    {
        "_attributes",
        "_context",
        "_end_time",
        "_events",
        "_instrumentation_info",
        "_instrumentation_scope",
        "_kind",
        "_limits",
        "_links",
        "_lock",
        "_name",
        "_parent",
        "_record_end_metrics",
        "_record_exception",
        "_resource",
        "_sampler",
        "_set_status_on_exception",
        "_span_processor",
        "_start_time",
        "_status",
        "_trace_config",
    }
)
