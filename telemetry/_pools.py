"""The state of SQLAlchemy's connection pools, read when the metrics are scraped."""

import weakref
from collections import Counter
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from telemetry import names


class PoolCollector(Collector):
    """Connections by pool and state."""

    def __init__(self) -> None:
        self._engines: weakref.WeakSet[Engine] = weakref.WeakSet()

    def add(self, engine: Engine) -> None:
        self._engines.add(engine)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            names.DB_CLIENT_CONNECTION_COUNT,
            "Connections of a pool by state",
            labels=(names.label(names.DB_POOL_NAME), names.label(names.DB_CONNECTION_STATE)),
        )
        for labels, count in self._count().items():
            family.add_metric(labels, count)
        return [family]

    def _count(self) -> Counter[tuple[str, str]]:
        counts: Counter[tuple[str, str]] = Counter()
        # Engines made with execution_options() share one pool with the engine that they came from.
        for engine in {id(engine.pool): engine for engine in list(self._engines)}.values():
            pool: Any = engine.pool
            if hasattr(pool, "checkedout") and hasattr(
                pool, "checkedin"
            ):  # NullPool and StaticPool keep no count
                counts[pool_name(engine), "used"] += pool.checkedout()
                counts[pool_name(engine), "idle"] += pool.checkedin()
        return counts


def namespace(engine: Engine) -> str:
    """The database's name; of a SQLite file its last part, since the folder says nothing about the data."""
    return (engine.url.database or "").rpartition("/")[2]


def pool_name(engine: Engine) -> str:
    """What `create_engine(pool_logging_name=…)` says, else `host:port/database` (semantic conventions)."""
    place = f"{engine.url.host}:{engine.url.port}/" if engine.url.host else ""
    return engine.pool.logging_name or f"{place}{namespace(engine)}" or engine.dialect.name
