"""Every symptom once as it comes and goes, and what looks like one but is none."""

from typing import Final

from tests.rules.timeline import Case, Growth, Level, Rate

_ORDERS: Final = 'service_name="orders", instance="127.0.0.1:5003"'
_HTTP: Final = "http_server_request_duration_seconds_count"
_DB: Final = "db_client_operation_duration_seconds"
_SELECT: Final = 'service_name="products", db_operation_name="SELECT", db_collection_name="products"'
_OF_SELECT: Final = {
    "service_name": "products",
    "db_operation_name": "SELECT",
    "db_collection_name": "products",
}
_PAYMENTS: Final = 'shop_payments_total{service_name="payments", status='
_MAILS: Final = 'notifications_emails_total{service_name="notifications", outcome='
_QUEUE: Final = 'service_name="payments", messaging_consumer_group_name="payments"'
_OF_QUEUE: Final = {"service_name": "payments", "messaging_consumer_group_name": "payments"}
_SPANS: Final = 'traces_span_metrics_calls_total{service_name="orders", span_kind="SPAN_KIND_SERVER"}'
_LINES: Final = 'telemetry_log_lines_written_total{service_name="orders", severity="INFO"}'
_POOL: Final = 'service_name="orders", instance="a", db_client_connection_pool_name="orders.db"'
_LIMITED: Final = 'gateway_rate_limited_total{service_name="gateway", limit="general"}'

SHOP: Final = (
    Case(
        "PaymentsDeclined",
        "most cards are declined for a while",
        {
            f'{_PAYMENTS}"DECLINED"}}': Rate((0.05, 4.0, 0.05)),
            f'{_PAYMENTS}"AUTHORIZED"}}': Rate((1.0, 1.0, 1.0)),
        },
        {"service_name": "payments"},
        "most cards are declined",
        "80% of the payments are declined; normal is one in ten.",
    ),
    Case(
        "PaymentsDeclined",
        "one customer of one is declined, at night",
        {f'{_PAYMENTS}"DECLINED"}}': Rate((0.0, 0.002, 0.0)), f'{_PAYMENTS}"AUTHORIZED"}}': Rate((0.0,) * 3)},
        fires=False,
    ),
    Case(
        "PaymentsDeclined",
        "a quarter is declined, as in mixed traffic",
        {f'{_PAYMENTS}"DECLINED"}}': Rate((1.0,) * 3), f'{_PAYMENTS}"AUTHORIZED"}}': Rate((3.0,) * 3)},
        fires=False,
    ),
    Case(
        "SagaStuck",
        "orders wait for their stock",
        {'shop_orders_stuck{service_name="orders", step="reserve"}': Level((0, 3, 0))},
        {"service_name": "orders", "step": "reserve"},
        "orders are stuck at reserve",
        "3 orders have waited too long for the step reserve of their saga.",
    ),
    Case(
        "EmailsFailing",
        "the mail server is away",
        {f'{_MAILS}"failed"}}': Rate((0.0, 1.0, 0.0)), f'{_MAILS}"sent"}}': Rate((1.0, 0.0, 1.0))},
        {"service_name": "notifications"},
        "mails cannot be sent",
        "100% of the attempts to send a mail fail. None is lost: they are tried again for some 40 minutes, "
        "then they are dead letters.",
        lasts=("20m", "40m", "60m"),
    ),
    Case(
        "EmailsFailing",
        "now and then a mail needs a second try",
        {f'{_MAILS}"failed"}}': Rate((0.05,) * 3), f'{_MAILS}"sent"}}': Rate((1.0,) * 3)},
        fires=False,
    ),
    Case(
        "RequestsRateLimited",
        "the limit is too low",
        {
            _LIMITED: Rate((0.0, 10.0, 0.0)),
            f'{_HTTP}{{service_name="gateway", http_response_status_code="200"}}': Rate((50.0, 40.0, 50.0)),
            f'{_HTTP}{{service_name="gateway", http_response_status_code="429"}}': Rate((0.0, 10.0, 0.0)),
        },
        {"service_name": "gateway"},
        "the gateway refuses clients as too many",
        "20% of the requests are answered 429: a client runs wild, or the limit (RATE_LIMIT) is too low.",
    ),
    Case(
        "CircuitOpen",
        "a peer fails again and again",
        {'circuit_breaker_state{service_name="gateway", peer="inventory"}': Level((0, 2, 0))},
        {"service_name": "gateway", "peer": "inventory"},
        "gateway no longer calls inventory",
        "The circuit from gateway to inventory keeps opening: at least half of the calls fail, and all "
        "others are refused at once (state 2: open).",
    ),
    Case(
        "CircuitOpen",
        "one call at a time is tried again",
        {'circuit_breaker_state{service_name="gateway", peer="inventory"}': Level((0, 1, 0))},
        fires=False,
    ),
)

DATABASES: Final = (
    Case(
        "DatabaseSlow",
        "an index is missing",
        {
            f'{_DB}_bucket{{{_SELECT}, le="0.1"}}': Rate((2.0, 0.0, 2.0)),
            f'{_DB}_bucket{{{_SELECT}, le="0.5"}}': Rate((2.0, 2.0, 2.0)),
            f'{_DB}_bucket{{{_SELECT}, le="+Inf"}}': Rate((2.0, 2.0, 2.0)),
            f"{_DB}_count{{{_SELECT}}}": Rate((2.0, 2.0, 2.0)),
        },
        _OF_SELECT,
        "products: slow SELECT products",
        "1 in 20 operations SELECT products of products takes 480ms or longer. BEGIN is the wait for a lock.",
    ),
    Case(
        "DatabaseSlow",
        "one slow query, and hardly any other",
        {
            f'{_DB}_bucket{{{_SELECT}, le="0.1"}}': Rate((0.0,) * 3),
            f'{_DB}_bucket{{{_SELECT}, le="0.5"}}': Rate((0.01,) * 3),
            f'{_DB}_bucket{{{_SELECT}, le="+Inf"}}': Rate((0.01,) * 3),
            f"{_DB}_count{{{_SELECT}}}": Rate((0.01,) * 3),
        },
        fires=False,
    ),
    Case(
        "PoolExhausted",
        "connections are not given back",
        {
            f'db_client_connection_count{{{_POOL}, db_client_connection_state="used"}}': Level((2, 16, 2)),
            f"db_client_connection_max{{{_POOL}}}": Level((16, 16, 16)),
        },
        {"service_name": "orders", "db_client_connection_pool_name": "orders.db"},
        "orders has no database connection left",
        "100% of the connections of orders.db have been in use all the time: requests wait for one, and "
        "fail after 5 s.",
    ),
)

MESSAGING: Final = (
    Case(
        "DeadLetters",
        "a message that nobody can handle",
        {f'messaging_queue_messages{{{_QUEUE}, state="dead"}}': Level((0, 2, 0))},
        _OF_QUEUE,
        "payments has given up on messages",
        "2 messages in the queue payments are dead letters: nobody handles them until they are replayed or "
        "purged.",
    ),
    Case(
        "OutboxLagging",
        "the broker is away",
        {f"outbox_lag_seconds{{{_ORDERS}}}": Level((0, 150, 0))},
        {"service_name": "orders"},
        "orders does not get its events out",
        "The oldest event that orders has not published is 2m 30s old: what happens there is told to nobody.",
    ),
    Case(
        "ConsumerLagging",
        "a consumer hangs",
        {f"messaging_queue_oldest_message_age_seconds{{{_QUEUE}}}": Level((0, 600, 1))},
        _OF_QUEUE,
        "payments is behind with its messages",
        "The oldest message in the queue payments has waited for 10m 0s.",
    ),
)

PROCESSES: Final = (
    Case(
        "TargetDown",
        "a service dies and comes back",
        {f"up{{{_ORDERS}}}": Level((1, 0, 1)), 'up{service_name="users", instance="b"}': Level((1, 1, 1))},
        {"service_name": "orders", "instance": "127.0.0.1:5003"},
        "orders cannot be scraped",
        "The Collector has had no answer from orders (127.0.0.1:5003) for a while (up = 0). ./stack status "
        "says whether it runs; ./stack up restores it.",
    ),
    Case(
        "MemoryGrowing",
        "a leak",
        {f"process_resident_memory_bytes{{{_ORDERS}}}": Growth(100e6, (0.0, 2e5, -2e5))},
        {"service_name": "orders", "instance": "127.0.0.1:5003"},
        "orders takes more and more memory",
        "orders (127.0.0.1:5003) takes {value}B more than it did, and it is still growing.",
        value={"production": "685.7Mi", "demo": "672.3Mi"},
        lasts=("60m", "60m", "90m"),
    ),
    Case(
        "MemoryGrowing",
        "a service that has just started takes what it needs",
        {f"process_resident_memory_bytes{{{_ORDERS}}}": Level((60e6, 140e6, 140e6))},
        fires=False,
    ),
    Case(
        "LogFlood",
        "a hundred lines for each request",
        {
            _LINES: Rate((20.0, 1000.0, 20.0)),
            f"{_HTTP}{{{_ORDERS}}}": Rate((10.0, 10.0, 10.0)),
        },
        {"service_name": "orders"},
        "orders floods the logs",
        "orders writes 1000 lines a second, more than ten for each request, call or message that it serves.",
    ),
    Case(
        "LogFlood",
        "lines without any work",
        {_LINES: Rate((1.0, 100.0, 1.0))},
        {"service_name": "orders"},
        "orders floods the logs",
        "orders writes 100 lines a second, more than ten for each request, call or message that it serves.",
    ),
    Case(
        "LogFlood",
        "many lines for many requests",
        {_LINES: Rate((20.0, 400.0, 20.0)), f"{_HTTP}{{{_ORDERS}}}": Rate((10.0, 200.0, 10.0))},
        fires=False,
    ),
    Case(
        "CardinalityGrowing",
        "ids become labels",
        {f"scrape_samples_post_metric_relabeling{{{_ORDERS}}}": Level((900, 20900, 900))},
        {"service_name": "orders", "instance": "127.0.0.1:5003"},
        "orders has more and more series",
        "orders (127.0.0.1:5003) has 20k series more than it had: a label takes values without end.",
    ),
    Case(
        "CardinalityGrowing",
        "the series of the first traffic",
        {f"scrape_samples_post_metric_relabeling{{{_ORDERS}}}": Level((250, 2500, 2500))},
        fires=False,
    ),
    Case(
        "DiskFilling",
        "less than two gigabytes, and less than a twentieth, are free",
        {
            f"data_filesystem_free_bytes{{{_ORDERS}}}": Level((50e9, 1e9, 50e9)),
            f"data_filesystem_size_bytes{{{_ORDERS}}}": Level((100e9,) * 3),
        },
        {"service_name": "orders", "instance": "127.0.0.1:5003"},
        "the disk of orders fills up",
        "1% of the disk with the data of orders are free: next to nothing, or nothing any more in twelve "
        "hours (of production).",
        lasts=("40m", "80m", "40m"),
    ),
    Case(
        "DiskFilling",
        "it will be full in less than an hour at this pace",
        {
            f"data_filesystem_free_bytes{{{_ORDERS}}}": Growth(200e9, (0.0, -20e6, 0.0)),
            f"data_filesystem_size_bytes{{{_ORDERS}}}": Level((400e9,) * 3),
        },
        {"service_name": "orders", "instance": "127.0.0.1:5003"},
        "the disk of orders fills up",
        "{value} of the disk with the data of orders are free: next to nothing, or nothing any more in "
        "twelve hours (of production).",
        value={"production": "32.02%", "demo": "32.38%"},
        lasts=("40m", "60m", "60m"),
    ),
    Case(
        "DiskFilling",
        "a stack that has just started writes a lot",
        {
            f"data_filesystem_free_bytes{{{_ORDERS}}}": Growth(100e9, (-1e6, -1e6, -1e6)),
            f"data_filesystem_size_bytes{{{_ORDERS}}}": Level((400e9,) * 3),
        },
        lasts=("5m", "10m", "10m"),
        fires=False,
    ),
)

TELEMETRY: Final = (
    Case(
        "CollectorDown",
        "the Collector is away",
        {'up{service_name="otel-collector"}': Level((1, None, 1))},
        {"service_name": "otel-collector"},
        "no metrics arrive: the Collector is away",
        "For a while nothing has come from the Collector (absent or up: 1). Spans and lines wait in the "
        "services; every other alert sees old numbers.",
    ),
    Case(
        "TelemetryRefused",
        "Loki refuses lines",
        {
            'otelcol_exporter_send_failed_log_records_total{service_name="otel-collector", '
            'exporter="otlp_http/loki"}': Rate((0.0, 2.0, 0.0))
        },
        {
            "service_name": "otel-collector",
            "exporter": "otlp_http/loki",
            "backend": "loki",
            "failure": "send_failed",
            "items": "log_records",
        },
        "telemetry is refused on its way: otlp_http/loki",
        "otlp_http/loki of the Collector: 2 log_records a second end as send_failed.",
    ),
    Case(
        "ExporterQueueFilling",
        "Jaeger takes nothing",
        {
            'otelcol_exporter_queue_size{service_name="otel-collector", exporter="otlp_grpc/jaeger", '
            'data_type="traces"}': Level((0, 12000, 0))
        },
        {
            "service_name": "otel-collector",
            "exporter": "otlp_grpc/jaeger",
            "backend": "jaeger",
            "data_type": "traces",
        },
        "the queue to jaeger does not drain",
        "12k items wait on the Collector's disk for jaeger. Nothing is lost before 1,000,000 do.",
    ),
    Case(
        "SpansDropped",
        "the queue of a service is full",
        {
            'otel_sdk_processor_span_processed_total{service_name="orders", error_type="queue_full"}': Rate(
                (0.0, 2.0, 0.0)
            ),
            'otel_sdk_exporter_span_exported_total{service_name="orders"}': Rate((20.0, 20.0, 20.0)),
        },
        {"service_name": "orders"},
        "orders loses spans",
        "orders has dropped {value} spans: its queue is full, or the Collector does not take them.",
        value={"production": "600", "demo": "40"},
    ),
    *(
        Case(
            "TelemetryMissing",
            f"a service without {signal}",
            {
                f"{_HTTP}{{{_ORDERS}}}": Rate((8.0, 8.0 if signal != "metrics" else 0.0, 8.0)),
                _SPANS: Rate((8.0, 8.0 if signal != "traces" else 0.0, 8.0)),
                _LINES: Rate((8.0, 8.0 if signal != "logs" else 0.0, 8.0)),
            },
            {"service_name": "orders", "signal": signal},
            f"orders works, but without {signal}",
            f"orders serves 8.0 requests, calls or messages a second, and none of its {signal} arrive.",
        )
        for signal in ("traces", "logs", "metrics")
    ),
    Case(
        "TelemetryMissing",
        "a service that nobody asks",
        {f"{_HTTP}{{{_ORDERS}}}": Rate((0.0,) * 3), _SPANS: Rate((0.0,) * 3), _LINES: Rate((0.0,) * 3)},
        fires=False,
    ),
)

BACKENDS: Final = (
    Case(
        "BackendDown",
        "Loki dies and comes back",
        {'up{service_name="loki"}': Level((1, 0, 1))},
        {"service_name": "loki"},
        "loki is away",
        "loki does not answer (up = 0). What is for it waits on the Collector's disk; ./stack up restores "
        "it.",
    ),
)

CASES: Final = (*SHOP, *DATABASES, *MESSAGING, *PROCESSES, *TELEMETRY, *BACKENDS)
