"""The services' databases, seen from their clients."""

from dashboards.queries.promql import RANGE, SERVICES, increase, quantile, rate, selector, total

_DURATION = "db_client_operation_duration_seconds"
_STATEMENT = "service_name, db_operation_name, db_collection_name"


def p95_by_service() -> str:
    return quantile(0.95, rate(f"{_DURATION}_bucket", SERVICES), "service_name")


def p95_of_all() -> str:
    return quantile(0.95, rate(f"{_DURATION}_bucket", SERVICES))


def durations() -> str:
    return total(increase(f"{_DURATION}_bucket", SERVICES, window="$__rate_interval"), "le")


def statements_per_second() -> str:
    return total(rate(f"{_DURATION}_count", SERVICES), "service_name")


def statement_rate() -> str:
    return total(rate(f"{_DURATION}_count", SERVICES, window=RANGE), _STATEMENT)


def statement_p95() -> str:
    return quantile(0.95, rate(f"{_DURATION}_bucket", SERVICES, window=RANGE), _STATEMENT)


def statement_time() -> str:
    """Seconds of waiting per second: what it is worth to make a statement faster."""
    return total(rate(f"{_DURATION}_sum", SERVICES, window=RANGE), _STATEMENT)


def write_lock_p95() -> str:
    """On SQLite a transaction that writes begins by waiting for its turn. PostgreSQL has no such thing."""
    begun = rate(f"{_DURATION}_bucket", SERVICES, 'db_operation_name="BEGIN"')
    return quantile(0.95, begun, "service_name")


def errors() -> str:
    """0 for a service that has none."""
    failed = total(rate(f"{_DURATION}_count", SERVICES, 'error_type!=""'), "service_name, error_type")
    return f"{failed} or on (service_name) 0 * {statements_per_second()}"


def connections_used() -> str:
    """Share of those that the pools may have."""
    used = selector("db_client_connection_count", SERVICES, 'db_client_connection_state="used"')
    most = selector("db_client_connection_max", SERVICES)
    return f"{total(used, 'service_name')} / {total(most, 'service_name')}"
