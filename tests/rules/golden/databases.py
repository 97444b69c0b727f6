"""Statements, as the services that wait for them see them."""

from dashboards.queries import databases
from tests.rules.golden.worlds import FAST, NAN, SLOW, SPREAD, Golden, Topic, World, histogram

_DB = "db_client_operation_duration_seconds"
_SELECT = 'service_name="orders", db_operation_name="SELECT", db_collection_name="orders"'
_BEGIN = 'service_name="orders", db_operation_name="BEGIN"'
_INSERT = 'service_name="payments", db_operation_name="INSERT", db_collection_name="payments"'
_OTHERS = 'service_name="users", db_operation_name="SELECT", db_collection_name="users"'

WORLD = World(
    counters={
        **histogram(_DB, _SELECT, SPREAD),
        **histogram(_DB, _BEGIN, {"0.1": 1, "0.5": 1, "1": 1}),
        **histogram(_DB, _INSERT, FAST),
        **histogram(_DB, _OTHERS, SLOW),
        f"{_DB}_count{{{_SELECT}}}": 2,
        f"{_DB}_count{{{_BEGIN}}}": 1,
        f"{_DB}_count{{{_INSERT}}}": 2,
        f'{_DB}_count{{{_INSERT}, error_type="IntegrityError"}}': 0.5,
        f'{_DB}_count{{{_OTHERS}, error_type="OperationalError"}}': 50,
        f"{_DB}_sum{{{_SELECT}}}": 0.6,
        f"{_DB}_sum{{{_BEGIN}}}": 0.01,
        f"{_DB}_sum{{{_INSERT}}}": 0.02,
        f"{_DB}_sum{{{_OTHERS}}}": 40,
    },
    gauges={
        'db_client_connection_count{service_name="orders", pool="a", db_client_connection_state="used"}': 4,
        'db_client_connection_count{service_name="orders", pool="b", db_client_connection_state="used"}': 2,
        'db_client_connection_count{service_name="orders", pool="a", db_client_connection_state="idle"}': 9,
        'db_client_connection_max{service_name="orders", pool="a"}': 16,
        'db_client_connection_max{service_name="orders", pool="b"}': 4,
        'db_client_connection_count{service_name="payments", db_client_connection_state="used"}': 1,
        'db_client_connection_max{service_name="payments"}': 10,
    },
    chosen={"service": "orders|payments"},
)

_ORDERS, _PAYMENTS = '{service_name="orders"}', '{service_name="payments"}'
_FAILED = '{service_name="payments", error_type="IntegrityError"}'


def _by_statement(select: float, begin: float, insert: float) -> dict[str, float]:
    return {f"{{{_SELECT}}}": select, f"{{{_BEGIN}}}": begin, f"{{{_INSERT}}}": insert}


TOPIC = Topic(
    "databases",
    WORLD,
    [
        # Of 3 statements of orders 2.8 within 0.5 and all within 1: 2.85 of 3 are there at 0.625.
        Golden(
            databases.p95_by_service(),
            {_ORDERS: 0.625, _PAYMENTS: 0.095},
            {_ORDERS: NAN, _PAYMENTS: NAN},
        ),
        # Of 5 in all 4 are done within 0.1 and 4.8 within 0.5: 4.75 of them at 0.475.
        Golden(databases.p95_of_all(), {"{}": 0.475}, {"{}": NAN}),
        Golden(
            databases.durations(),
            {'{le="0.1"}': 80, '{le="0.5"}': 96, '{le="1"}': 100, '{le="+Inf"}': 100},
            {'{le="0.1"}': 0, '{le="0.5"}': 0, '{le="1"}': 0, '{le="+Inf"}': 0},
        ),
        Golden(databases.statements_per_second(), {_ORDERS: 3, _PAYMENTS: 2.5}, {_ORDERS: 0, _PAYMENTS: 0}),
        Golden(databases.statement_rate(), _by_statement(2, 1, 2.5), _by_statement(0, 0, 0)),
        Golden(databases.statement_p95(), _by_statement(0.75, 0.095, 0.095), _by_statement(NAN, NAN, NAN)),
        Golden(databases.statement_time(), _by_statement(0.6, 0.01, 0.02), _by_statement(0, 0, 0)),
        Golden(databases.write_lock_p95(), {_ORDERS: 0.095}, {_ORDERS: NAN}),
        Golden(databases.errors(), {_ORDERS: 0, _FAILED: 0.5}, {_ORDERS: 0, _FAILED: 0}),
        Golden(databases.connections_used(), {_ORDERS: 0.3, _PAYMENTS: 0.1}),
    ],
)
