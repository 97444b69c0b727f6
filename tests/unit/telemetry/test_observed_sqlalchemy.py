from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.libraries import sqlalchemy as _sqlalchemy
from glasshouse_telemetry.libraries.pools import pool_name
from glasshouse_telemetry.testing import CapturedMetrics

COUNT = "db_client_operation_duration_seconds_count"
CONNECTIONS = "db_client_connection_count"
MOST = "db_client_connection_max"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/users.db", pool_logging_name=tmp_path.name)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE)"))
    telemetry.instrument_sqlalchemy(engine)
    yield engine
    engine.dispose()


def run(engine: Engine, sql: str, **values: Any) -> None:
    with trace.get_tracer("test").start_as_current_span("work"), engine.begin() as connection:
        connection.execute(text(sql), values)


def test_a_statement_is_one_client_span(engine: Engine, spans: list[ReadableSpan]) -> None:
    run(engine, "SELECT * FROM users WHERE email = :email", email="ada@example.org")

    statement, work = spans
    assert (statement.name, statement.kind, statement.parent) == (
        "SELECT users",
        SpanKind.CLIENT,
        work.context,
    )
    assert dict(statement.attributes or {}) == {
        "db.system.name": "sqlite",
        "db.namespace": "users.db",
        "db.operation.name": "SELECT",
        "db.collection.name": "users",
        "db.query.summary": "SELECT users",
        "db.query.text": "SELECT * FROM users WHERE email = ?",
    }


def test_its_duration_is_recorded_with_an_exemplar(
    engine: Engine, metrics: CapturedMetrics, spans: list[ReadableSpan]
) -> None:
    run(engine, "INSERT INTO users (email) VALUES (:email)", email="ada@example.org")

    labels = {
        "db_system_name": "sqlite",
        "db_operation_name": "INSERT",
        "db_collection_name": "users",
        "error_type": "",
    }
    assert metrics.increase(COUNT, **labels) == 1


def test_a_statement_that_fails_is_an_error_without_its_values(
    engine: Engine, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    run(engine, "INSERT INTO users (email) VALUES (:email)", email="ada@example.org")
    spans.clear()

    with pytest.raises(IntegrityError):
        run(engine, "INSERT INTO users (email) VALUES (:email)", email="ada@example.org")

    assert spans[0].status.status_code is StatusCode.ERROR
    assert (spans[0].attributes or {})["error.type"] == "sqlite3.IntegrityError"
    assert "ada@example.org" not in spans[0].to_json()
    assert metrics.increase(COUNT, error_type="sqlite3.IntegrityError") == 1


def test_a_statement_outside_of_any_work_is_measured_but_no_trace(
    engine: Engine, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM users"))

    assert spans == []
    assert metrics.increase(COUNT, db_operation_name="DELETE") == 1


def test_a_quiet_route_makes_none_of_it(
    engine: Engine, app: Flask, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    @app.get("/readyz")
    def readyz() -> str:
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))
        return ""

    app.test_client().get("/readyz")

    assert spans == []
    assert metrics.increase(COUNT) == 0


def test_suppressed_statements_are_not_observed(engine: Engine, spans: list[ReadableSpan]) -> None:
    with suppress_instrumentation():
        run(engine, "SELECT 1")

    assert [span.name for span in spans] == ["work"]


def test_many_rows_in_one_call_are_one_statement(engine: Engine, spans: list[ReadableSpan]) -> None:
    with trace.get_tracer("test").start_as_current_span("work"), engine.begin() as connection:
        rows = [{"email": "a"}, {"email": "b"}]
        connection.execute(text("INSERT INTO users (email) VALUES (:email)"), rows)

    assert [span.name for span in spans] == ["INSERT users", "work"]
    assert (spans[0].attributes or {})["db.operation.batch.size"] == 2


def test_observing_twice_observes_once_and_can_be_ended(engine: Engine, spans: list[ReadableSpan]) -> None:
    _sqlalchemy.observe()
    run(engine, "SELECT 1")
    assert [span.name for span in spans] == ["SELECT", "work"]

    _sqlalchemy.stop_observing()
    spans.clear()
    run(engine, "SELECT 1")
    assert [span.name for span in spans] == ["work"]


def test_a_pool_tells_its_connections_by_state(engine: Engine, metrics: CapturedMetrics) -> None:
    name = pool_name(engine)

    def state(which: str) -> float:
        labels = {"db_client_connection_pool_name": name, "db_client_connection_state": which}
        return metrics.value(CONNECTIONS, **labels)

    with engine.connect():
        assert (state("used"), state("idle")) == (1, 0)
    assert (state("used"), state("idle")) == (0, 1)


def test_a_pool_tells_how_many_connections_it_may_have(tmp_path: Path, metrics: CapturedMetrics) -> None:
    name = str(uuid4())
    url = f"sqlite:///{tmp_path}/bounded.db"
    bounded = create_engine(url, pool_logging_name=name, pool_size=3, max_overflow=2)
    unbounded = create_engine(url, pool_logging_name=f"{name}-2", pool_size=3, max_overflow=-1)
    telemetry.instrument_sqlalchemy(bounded)
    telemetry.instrument_sqlalchemy(unbounded)
    most = {each: metrics.value(MOST, db_client_connection_pool_name=each) for each in (name, f"{name}-2")}
    assert most == {name: 5, f"{name}-2": 0}


def test_engines_that_share_a_pool_are_counted_once(engine: Engine, metrics: CapturedMetrics) -> None:
    other = engine.execution_options(isolation_level="AUTOCOMMIT")
    telemetry.instrument_sqlalchemy(other)

    with other.connect() as connection:
        connection.execute(text("SELECT 1"))
        assert metrics.value(CONNECTIONS, db_client_connection_pool_name=pool_name(engine)) == 1


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite:////var/lib/shop/users.db", "users.db"), ("sqlite://", "sqlite")],
)
def test_a_pool_is_named_by_its_database(url: str, name: str) -> None:
    assert pool_name(create_engine(url)) == name


def test_a_statement_without_parameters_is_observed(engine: Engine, metrics: CapturedMetrics) -> None:
    with engine.connect().execution_options(no_parameters=True) as connection:
        connection.exec_driver_sql("SELECT '100%' FROM users")

    assert metrics.increase(COUNT) == 1


@pytest.mark.parametrize(("done", "left"), [(False, 0), (True, 1)])
def test_who_else_listens_may_run_the_statement_instead(
    engine: Engine, metrics: CapturedMetrics, done: bool, left: int
) -> None:
    run(engine, "INSERT INTO users (email) VALUES (:email)", email="ada@example.org")
    seen: list[str] = []

    def other(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        seen.append(statement)
        return done

    event.listen(engine, "do_execute", other)
    run(engine, "DELETE FROM users WHERE email = :email", email="ada@example.org")
    event.remove(engine, "do_execute", other)

    assert seen == ["DELETE FROM users WHERE email = ?"]
    assert metrics.increase(COUNT, db_operation_name="DELETE") == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == left


def test_two_listeners_are_asked_once_each(engine: Engine, spans: list[ReadableSpan]) -> None:
    asked: list[str] = []

    def first(*_: object) -> None:
        asked.append("first")

    def second(*_: object) -> None:
        asked.append("second")

    _sqlalchemy.stop_observing()
    event.listen(Engine, "do_execute", first)  # before ours, and one after it
    _sqlalchemy.observe()
    event.listen(engine, "do_execute", second)
    run(engine, "SELECT 1")
    event.remove(Engine, "do_execute", first)

    assert (asked, [span.name for span in spans]) == (["first", "second"], ["SELECT", "work"])


def test_a_statement_that_is_broken_off_has_failed(engine: Engine, spans: list[ReadableSpan]) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    event.listen(engine, "do_execute", break_off)
    with pytest.raises(KeyboardInterrupt):
        run(engine, "SELECT 1")

    assert (spans[0].attributes or {})["error.type"] == "KeyboardInterrupt"


def test_a_literal_of_a_statement_that_no_database_takes_is_not_shown(
    engine: Engine, spans: list[ReadableSpan]
) -> None:
    statements = ["SELECT q'[it's s3cr3t]'", "SELECT 'it\\'s s3cr3t'", "SELECT 1 # it's 's3cr3t'"]
    for sql in statements:
        work = trace.get_tracer("test").start_as_current_span("work")
        with suppress(DBAPIError), work, engine.connect() as connection:
            connection.exec_driver_sql(sql)

    statements_observed = [span for span in spans if span.name == "SELECT"]
    assert len(statements_observed) == 3
    assert "s3cr3t" not in "".join(span.to_json() for span in statements_observed)


def test_a_long_statement_is_described_and_not_kept(engine: Engine, spans: list[ReadableSpan]) -> None:
    _sqlalchemy._kept_kind.cache_clear()
    with trace.get_tracer("test").start_as_current_span("work"), engine.connect() as connection:
        for number in range(300):
            connection.exec_driver_sql(f"SELECT {number}, '{'x' * 5000}' FROM users")

    assert {span.name for span in spans} == {"SELECT users", "work"}
    assert _sqlalchemy._kept_kind.cache_info().currsize == 0
    assert len(_sqlalchemy._long_kinds) <= 128
    assert "x" * 100 not in str(_sqlalchemy._long_kinds)


def test_pools_are_counted_while_engines_come_and_go(metrics: CapturedMetrics) -> None:
    """A scrape walks over the engines that other threads make."""
    done = Event()

    def make_engines() -> None:
        while not done.is_set():
            telemetry.instrument_sqlalchemy(create_engine("sqlite://"))

    threads = [Thread(target=make_engines) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(50):
            metrics.value(CONNECTIONS)
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_the_stock_instrumentation_makes_the_spans_where_it_is(
    engine: Engine, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    class EngineTracer:
        __module__ = "opentelemetry.instrumentation.sqlalchemy.engine"

        def before(self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> Any:
            return statement, parameters

    event.listen(engine, "before_cursor_execute", EngineTracer().before, retval=True)
    run(engine, "SELECT 1")

    assert [span.name for span in spans] == ["work"]
    assert metrics.increase(COUNT) == 1
