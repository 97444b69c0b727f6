"""SQLAlchemy observed by its own events: a CLIENT span and a duration for each statement."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from opentelemetry.context import Context, get_current
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanKind, StatusCode
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from telemetry import names
from telemetry._attributes import Attributes
from telemetry._context import holds_span_alone, span_in
from telemetry._harmless import attempt
from telemetry._line import qualified_name
from telemetry._metrics import instruments
from telemetry._output import output
from telemetry._pools import PoolCollector, namespace
from telemetry._span import may_end_later
from telemetry._sql import describe
from telemetry._tracer import begin_within

_SYSTEMS: Final = {"oracle": "oracle.db", "mssql": "microsoft.sql_server"}
_ATTACHED: Final = "_telemetry_operation"  # to SQLAlchemy's execution context
_pools = PoolCollector()


def observe() -> None:
    """Observe every engine of this process, whenever it is made."""
    if event.contains(Engine, "before_cursor_execute", _before):
        return
    for name, listener in _LISTENERS.items():
        event.listen(Engine, name, listener)
    instruments().register(_pools)
    instruments().settle_first(output.settle)


def stop_observing() -> None:
    if event.contains(Engine, "before_cursor_execute", _before):
        for name, listener in _LISTENERS.items():
            event.remove(Engine, name, listener)


def instrument_sqlalchemy(engine: Engine) -> None:
    """Observe SQLAlchemy, and export the state of this engine's pool even before its first statement.

    Needed only where SQLAlchemy is imported after `instrument()`; that call observes every engine by itself.
    """
    observe()
    _pools.add(engine)


class _Operation:
    """One statement while it runs."""

    def __init__(self, kind: "_Kind", context: Context) -> None:
        self._kind = kind
        self._span = None
        if _is_recorded(context):
            self._span = begin_within(context, kind.name, SpanKind.CLIENT, kind.attributes)
        self._start_time = time.time_ns()
        self._started = time.perf_counter_ns()

    def finish(self, error: BaseException | None = None) -> None:
        self._elapsed = time.perf_counter_ns() - self._started
        self._error = qualified_name(type(error)) if error else ""
        if output.tap is None and may_end_later(self._span):
            output.add("INFO", self)
        else:
            self.settle()

    def settle(self, service: str = "") -> None:
        ended = self._start_time + self._elapsed
        span, context = self._span, INVALID_SPAN_CONTEXT
        if span is not None:
            context = span.get_span_context()
            if self._error:
                # No exception event: a database puts the offending values into its messages.
                span.set_attribute(names.ERROR_TYPE, self._error)
                span.set_status(StatusCode.ERROR)
            span.end(ended)
        labels = (*self._kind.labels, self._error)
        instruments().db_durations.record(labels, self._elapsed / 1e9, context, ended / 1e9)


def _is_recorded(context: Context) -> bool:
    """Housekeeping outside of any work makes no traces."""
    span = span_in(context)
    return span is not None and span.is_recording()


class _Place(NamedTuple):
    """Where an engine's statements go."""

    dialect: str
    database: str
    host: str | None
    port: int | None


class _Kind(NamedTuple):
    """What all runs of one statement have in common."""

    name: str
    attributes: tuple[Attributes, ...]
    labels: tuple[str, ...]


_places: "WeakKeyDictionary[Engine, _Place]" = WeakKeyDictionary()


def _place_of(engine: Engine) -> _Place:
    place = _places.get(engine)
    if place is None:
        url = engine.url
        place = _places[engine] = _Place(engine.dialect.name, namespace(engine), url.host, url.port)
        _pools.add(engine)
    return place


@lru_cache(maxsize=1024)
def _kind_of(place: _Place, sql: str) -> _Kind:
    statement = describe(sql, place.dialect)
    system = _SYSTEMS.get(place.dialect, place.dialect)
    known: dict[str, str | int | None] = {
        names.DB_SYSTEM_NAME: system,
        names.DB_NAMESPACE: place.database,
        names.DB_OPERATION_NAME: statement.operation,
        names.DB_COLLECTION_NAME: statement.collection,
        names.DB_QUERY_SUMMARY: statement.summary,
        names.DB_QUERY_TEXT: statement.text,
        names.SERVER_ADDRESS: place.host,
        names.SERVER_PORT: place.port,
    }
    attributes = Attributes({key: value for key, value in known.items() if value})
    return _Kind(
        statement.summary or system, (attributes,), (system, statement.operation, statement.collection)
    )


def _before(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    attempt(_begin, connection.engine, statement, context)


def _after(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    attempt(_finish, context)


def _failed(context: ExceptionContext) -> None:
    attempt(_finish, context.execution_context, context.original_exception)


def _begin(engine: Engine, statement: str, execution: Any) -> None:
    place, context = _place_of(engine), get_current()
    if execution is not None and (holds_span_alone(context) or is_instrumentation_enabled()):
        setattr(execution, _ATTACHED, _Operation(_kind_of(place, statement), context))


def _finish(context: Any, error: BaseException | None = None) -> None:
    operation: _Operation | None = getattr(context, _ATTACHED, None)
    if operation is not None:
        delattr(context, _ATTACHED)
        operation.finish(error)


_LISTENERS: Final[dict[str, Callable[..., None]]] = {
    "before_cursor_execute": _before,
    "after_cursor_execute": _after,
    "handle_error": _failed,
}
