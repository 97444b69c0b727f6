"""A database answers late, or there is no connection left to ask it."""

from typing import Final

from alerts.alert import SHOP, Alert
from alerts.windows import PAGE, TICKET

_OPERATION: Final = "service_name, db_operation_name, db_collection_name"
_DURATION: Final = "db_client_operation_duration_seconds"

ALERTS: Final = (
    Alert(
        name="DatabaseSlow",
        severity=TICKET,
        # Everything here takes a millisecond or two; a quarter of a second is a missing index or a lock.
        expr=f"""histogram_quantile(0.95,
  sum by ({_OPERATION}, le) (rate({_DURATION}_bucket{{{SHOP}}}[<5m>]))
) > 0.25
and sum by ({_OPERATION}) (increase({_DURATION}_count{{{SHOP}}}[<5m>])) > 10""",
        wait="5m",
        summary="{{ $labels.service_name }}: slow {{ $labels.db_operation_name }} {{ "
        "$labels.db_collection_name }}",
        description="1 in 20 operations {{ $labels.db_operation_name }} {{ $labels.db_collection_name }} of "
        "{{ $labels.service_name }} takes {{ $value | humanizeDuration }} or longer. BEGIN is the wait for "
        "a lock.",
        dashboard="messaging?var-service={{ $labels.service_name }}",
        grafana=True,
    ),
    Alert(
        name="PoolExhausted",
        severity=PAGE,
        # At every scrape, not at one: a burst that uses all connections for a moment does no harm.
        expr="""max by (service_name, db_client_connection_pool_name) (
  min_over_time(db_client_connection_count{db_client_connection_state="used"}[<1m>])
  / ignoring (db_client_connection_state) db_client_connection_max
) >= 0.9""",
        wait="1m",
        summary="{{ $labels.service_name }} has no database connection left",
        description="{{ $value | humanizePercentage }} of the connections of {{ "
        "$labels.db_client_connection_pool_name }} "
        "have been in use all the time: requests wait for one, and fail after 5 s.",
        dashboard="messaging?var-service={{ $labels.service_name }}",
    ),
)
