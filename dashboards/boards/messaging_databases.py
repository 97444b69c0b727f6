"""The row of Messaging and databases on the databases."""

from dashboards.layout import Row
from dashboards.limits import CONNECTIONS, DATABASE
from dashboards.panels import heatmap, time_series
from dashboards.queries import databases
from dashboards.tables import table
from dashboards.targets import buckets, now, over_time
from dashboards.thresholds import PLAIN

ROW = Row(
    "Databases",
    [
        time_series(
            "Statements (p95)",
            "By service. When one service's rises with its traffic unchanged, look for the statement in the "
            "table.",
            over_time(databases.p95_by_service(), "{{service_name}}", exemplars=True),
            unit="s",
            limits=DATABASE,
        ),
        heatmap(
            "Duration of statements",
            "All services. A new band far above the others is one statement: a missing index, or a lock.",
            buckets(databases.durations()),
            unit="s",
        ),
        table(
            "Statements by time spent",
            "What the databases' clients wait for, over the time shown: seconds of waiting per second. The "
            "first row is where an index or a cache is worth most.",
            {
                "Time spent": now(databases.statement_time()),
                "Per second": now(databases.statement_rate()),
                "p95": now(databases.statement_p95()),
            },
            keys={"service_name": "Service", "db_operation_name": "Operation", "db_collection_name": "Table"},
            columns={"Time spent": ("none", PLAIN), "Per second": ("ops", PLAIN), "p95": ("s", DATABASE)},
            sort_by="Time spent",
            height=10,
        ),
        time_series(
            "Waiting for the write lock (p95)",
            "SQLite lets one transaction write at a time; BEGIN waits for its turn. PostgreSQL has no such "
            "wait, and this panel is empty there.",
            over_time(databases.write_lock_p95(), "{{service_name}}"),
            unit="s",
            height=10,
            limits=DATABASE,
        ),
        time_series(
            "Statements per second",
            "By service. Many more statements per request than before is a loop around a query.",
            over_time(databases.statements_per_second(), "{{service_name}}"),
            unit="ops",
            width=8,
        ),
        time_series(
            "Errors",
            "By service and kind. IntegrityError is a conflict that the service answers; OperationalError "
            "is the database.",
            over_time(databases.errors(), "{{service_name}} {{error_type}}"),
            unit="ops",
            width=8,
            bars=True,
        ),
        time_series(
            "Connections in use",
            "Share of what each service's pool may have. At 100 % requests wait up to 5 s and then fail.",
            over_time(databases.connections_used(), "{{service_name}}"),
            unit="percentunit",
            width=8,
            most=1,
            limits=CONNECTIONS,
        ),
    ],
)
