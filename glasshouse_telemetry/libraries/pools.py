"""The state of SQLAlchemy's connection pools, read when the metrics are scraped."""

import weakref
from collections import Counter
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool

from glasshouse_telemetry import names
from glasshouse_telemetry._safe_call import safe_call


class PoolCollector(Collector):
    """Connections by pool and state."""

    def __init__(self) -> None:
        # Read by a scrape while other threads make engines: a WeakSet would not bear that.
        self._engines: dict[int, weakref.ref[Engine]] = {}

    def add(self, engine: Engine) -> None:
        key = id(engine)
        self._engines[key] = weakref.ref(engine, lambda _: self._engines.pop(key, None))

    def collect(self) -> Iterable[GaugeMetricFamily]:
        used = GaugeMetricFamily(
            names.DB_CLIENT_CONNECTION_COUNT,
            "Connections of a pool by state",
            labels=(names.label(names.DB_POOL_NAME), names.label(names.DB_CONNECTION_STATE)),
        )
        most = GaugeMetricFamily(
            names.DB_CLIENT_CONNECTION_MAX,
            "Connections that a pool may have",
            labels=(names.label(names.DB_POOL_NAME),),
        )
        counts, bounds = self._count()
        for labels, count in counts.items():
            used.add_metric(labels, count)
        for name, bound in bounds.items():
            most.add_metric((name,), bound)
        return [used, most]

    def _count(self) -> tuple[Counter[tuple[str, str]], Counter[str]]:
        counts: Counter[tuple[str, str]] = Counter()
        bounds: Counter[str] = Counter()
        # Engines made with execution_options() share one pool with the engine that they came from.
        engines = [engine for reference in list(self._engines.values()) if (engine := reference())]
        for engine in {id(engine.pool): engine for engine in engines}.values():
            safe_call(_count_pool, engine, counts, bounds)
        return counts, bounds


def _count_pool(engine: Engine, counts: Counter[tuple[str, str]], bounds: Counter[str]) -> None:
    pool: Any = engine.pool
    if not isinstance(pool, QueuePool):  # NullPool and StaticPool keep no count
        return
    name = pool_name(engine)
    counts[name, "used"] += pool.checkedout()
    counts[name, "idle"] += pool.checkedin()
    if pool._max_overflow >= 0:  # -1: as many as are asked for
        bounds[name] += pool.size() + pool._max_overflow


def namespace(engine: Engine) -> str:
    """The database's name; of a SQLite file its last part, since the folder says nothing about the data."""
    return (engine.url.database or "").rpartition("/")[2]


def pool_name(engine: Engine) -> str:
    """What `create_engine(pool_logging_name=…)` says, else `host:port/database` (semantic conventions)."""
    place = f"{engine.url.host}:{engine.url.port}/" if engine.url.host else ""
    return engine.pool.logging_name or f"{place}{namespace(engine)}" or engine.dialect.name
