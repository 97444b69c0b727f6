"""SQLAlchemy observed by its own events: a CLIENT span and a duration for each statement."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import Span, SpanKind, StatusCode
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from telemetry import names
from telemetry._attributes import Attributes
from telemetry._harmless import attempt
from telemetry._line import qualified_name
from telemetry._metrics import instruments
from telemetry._pools import PoolCollector, namespace
from telemetry._sql import Statement, describe
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

    def __init__(self, engine: Engine, sql: str) -> None:
        self.system = _SYSTEMS.get(engine.dialect.name, engine.dialect.name)
        self.statement = describe(sql, engine.dialect.name)
        self.span = self._start_span(engine)
        self.started = time.perf_counter()

    def finish(self, error: BaseException | None = None) -> None:
        seconds = time.perf_counter() - self.started
        error_type = qualified_name(type(error)) if error else ""
        if error_type:
            # No exception event: a database puts the offending values into its messages.
            self.span.set_attribute(names.ERROR_TYPE, error_type)
            self.span.set_status(StatusCode.ERROR)
        self.span.end()
        labels = (self.system, self.statement.operation, self.statement.collection, error_type)
        instruments().db_durations.record(labels, seconds, self.span.get_span_context(), time.time())

    def _start_span(self, engine: Engine) -> Span:
        if not trace.get_current_span().is_recording():  # housekeeping outside of any work makes no traces
            return trace.INVALID_SPAN
        url = engine.url
        attributes = _attributes(self.system, namespace(engine), url.host, url.port, self.statement)
        return begin_within(self.statement.summary or self.system, SpanKind.CLIENT, (attributes,))


@lru_cache(maxsize=1024)
def _attributes(
    system: str, database: str, host: str | None, port: int | None, statement: Statement
) -> Attributes:
    known: dict[str, str | int | None] = {
        names.DB_SYSTEM_NAME: system,
        names.DB_NAMESPACE: database,
        names.DB_OPERATION_NAME: statement.operation,
        names.DB_COLLECTION_NAME: statement.collection,
        names.DB_QUERY_SUMMARY: statement.summary,
        names.DB_QUERY_TEXT: statement.text,
        names.SERVER_ADDRESS: host,
        names.SERVER_PORT: port,
    }
    return Attributes({key: value for key, value in known.items() if value})


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


def _begin(engine: Engine, statement: str, context: Any) -> None:
    _pools.add(engine)
    if context is not None and is_instrumentation_enabled():
        setattr(context, _ATTACHED, _Operation(engine, statement))


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
