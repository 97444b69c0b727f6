"""SQLAlchemy observed by its dialects' events: a CLIENT span and a duration for each statement."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from opentelemetry.context import Context, get_current
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import SpanKind
from sqlalchemy import Engine, event

from glasshouse_telemetry import names
from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.libraries.pools import PoolCollector, namespace
from glasshouse_telemetry.libraries.sql import describe
from glasshouse_telemetry.logs.line import qualified_name
from glasshouse_telemetry.metrics.instruments import instruments
from glasshouse_telemetry.spans.attributes import Attributes
from glasshouse_telemetry.spans.context import holds_span_alone, span_in
from glasshouse_telemetry.spans.operations import UNTRACED, current_operations

_SYSTEMS: Final = {"oracle": "oracle.db", "mssql": "microsoft.sql_server"}
_STOCK: Final = "opentelemetry.instrumentation."
_pools = PoolCollector()


def observe() -> None:
    """Observe every engine of this process, whenever it is made."""
    if event.contains(Engine, "do_execute", _execute):
        return
    for name, listener in _LISTENERS.items():
        event.listen(Engine, name, listener)
    instruments().register(_pools)


def stop_observing() -> None:
    if event.contains(Engine, "do_execute", _execute):
        for name, listener in _LISTENERS.items():
            event.remove(Engine, name, listener)


def instrument_sqlalchemy(engine: Engine) -> None:
    """Observe SQLAlchemy, and export the state of this engine's pool even before its first statement.

    Hardly ever needed: `instrument()` observes every engine by itself.
    """
    observe()
    _pools.add(engine)


class _Operation:
    """One statement while it runs."""

    def __init__(self, kind: "_Kind", engine: Engine, context: Context, rows: int) -> None:
        """`rows`: how many sets of parameters the statement is executed with."""
        self._kind = kind
        attributes = (kind.attributes, _batch(rows)) if rows > 1 else (kind.attributes,)
        # Housekeeping outside of any work makes no traces.
        is_ours = _is_recorded(context) and not _has_stock_tracer(engine)
        operations = current_operations() if is_ours else UNTRACED
        self._started = time.perf_counter_ns()
        self._operation = operations.begin(SpanKind.CLIENT, kind.name, attributes, context, time.time_ns())

    def finish(self, error: BaseException | None = None) -> None:
        elapsed = time.perf_counter_ns() - self._started
        # No exception event: a database puts the offending values into its messages.
        self._error_type = qualified_name(type(error)) if error else ""
        self._operation.finish(self, bool(self._error_type), instruments().db_durations, elapsed)

    def describe(self) -> "_Outcome":
        return _outcome_of(self._kind.name, self._kind.labels, self._error_type)


class _Outcome(NamedTuple):
    """What all statements of a kind that ended alike have in common."""

    name: str
    attributes: Attributes
    labels: tuple[str, ...]


@lru_cache(maxsize=1024)
def _outcome_of(name: str, labels: tuple[str, ...], error_type: str) -> _Outcome:
    attributes = Attributes({names.ERROR_TYPE: error_type} if error_type else {})
    return _Outcome(name, attributes, (*labels, error_type))


def _is_recorded(context: Context) -> bool:
    span = span_in(context)
    return span is not None and span.is_recording()


def _has_stock_tracer(engine: Engine) -> bool:
    """Where OpenTelemetry's own instrumentation makes the spans, they are not made twice."""
    if not engine._has_events:
        return False
    listeners = engine.dispatch.before_cursor_execute
    return any(type(getattr(each, "__self__", None)).__module__.startswith(_STOCK) for each in listeners)


class _Place(NamedTuple):
    """Where an engine's statements go."""

    dialect: str
    database: str
    host: str | None
    port: int | None


class _Kind(NamedTuple):
    """What all runs of one statement have in common."""

    name: str
    attributes: Attributes
    labels: tuple[str, ...]


_places: "WeakKeyDictionary[Engine, _Place]" = WeakKeyDictionary()


def _place_of(engine: Engine) -> _Place:
    place = _places.get(engine)
    if place is None:
        url = engine.url
        place = _places[engine] = _Place(engine.dialect.name, namespace(engine), url.host, url.port)
        _pools.add(engine)
    return place


_LONGEST_KEPT: Final = 4096  # characters of a statement
_MOST_LONG: Final = 128
_long_kinds: dict[tuple[_Place, int, int], _Kind] = {}


def _kind_of(place: _Place, sql: str) -> _Kind:
    """Looked up by the statement; by its hash when it is long, for it may have megabytes."""
    if len(sql) <= _LONGEST_KEPT:
        return _kept_kind(place, sql)
    key = (place, hash(sql), len(sql))
    kind = _long_kinds.get(key)
    if kind is None:
        if len(_long_kinds) >= _MOST_LONG:
            _long_kinds.clear()
        kind = _long_kinds[key] = _kept_kind.__wrapped__(place, sql)
    return kind


@lru_cache(maxsize=512)
def _kept_kind(place: _Place, sql: str) -> _Kind:
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
    return _Kind(statement.summary or system, attributes, (system, statement.operation, statement.collection))


def _batch(rows: int) -> Attributes:
    return Attributes({names.DB_OPERATION_BATCH_SIZE: rows})


def _execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    return _run("do_execute", 1, statement, context, cursor, statement, parameters, context)


def _execute_many(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    return _run("do_executemany", len(parameters), statement, context, cursor, statement, parameters, context)


def _execute_without_parameters(cursor: Any, statement: str, context: Any) -> bool:
    return _run("do_execute_no_params", 1, statement, context, cursor, statement, context)


def _run(event_name: str, rows: int, statement: str, context: Any, *arguments: Any) -> bool:
    """Do what the dialect would, observed. True: it has been done."""
    operation = safe_call(_begin, statement, context, rows)
    if operation is None:
        return False
    try:
        _pass_on(event_name, context.dialect, arguments)
    except BaseException as error:
        safe_call(operation.finish, error)
        raise
    safe_call(operation.finish)
    return True


def _pass_on(event_name: str, dialect: Any, arguments: tuple[Any, ...]) -> None:
    """To listeners that came after ours, of which one may do it, else to the dialect."""
    listeners = getattr(dialect.dispatch, event_name)
    if len(listeners) > 1:
        others = iter(listeners)
        next((each for each in others if each is _LISTENERS[event_name]), None)
        if any(each(*arguments) for each in others):
            return
    getattr(dialect, event_name)(*arguments)


def _begin(statement: str, execution: Any, rows: int) -> _Operation | None:
    context = get_current()
    if holds_span_alone(context) or is_instrumentation_enabled():
        engine = execution.engine
        return _Operation(_kind_of(_place_of(engine), statement), engine, context, rows)
    return None


# Around the driver's call. The events before and after a cursor's execution would cost four times as much:
# SQLAlchemy makes an object for each of them and each connection as soon as anybody listens.
_LISTENERS: Final[dict[str, Callable[..., bool]]] = {
    "do_execute": _execute,
    "do_executemany": _execute_many,
    "do_execute_no_params": _execute_without_parameters,
}
