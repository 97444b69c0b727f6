"""The backends: their health, and what telemetry costs."""

from dashboards.queries import backends
from tests.rules.golden.worlds import NAN, SLOW, SPREAD, Golden, Topic, World, histogram

_PROMETHEUS, _LOKI, _JAEGER, _ALERTMANAGER, _COLLECTOR = (
    f'{{job="{name}"}}' for name in ("prometheus", "loki", "jaeger", "alertmanager", "otel-collector")
)
_RSS, _CPU = "process_resident_memory_bytes", "process_cpu_seconds_total"
_SENT = "otelcol_exporter_queue_batch_send_size_bytes_sum"

WORLD = World(
    counters={
        f'{_CPU}{{job="prometheus"}}': 0.2,
        f'{_CPU}{{job="loki"}}': 0.1,
        f'{_CPU}{{job="orders"}}': 0.9,
        'otelcol_process_cpu_seconds_total{job="jaeger"}': 0.3,
        'prometheus_tsdb_head_samples_appended_total{job="prometheus"}': 210,
        'prometheus_tsdb_head_samples_appended_total{job="another"}': 5,
        'loki_distributor_lines_received_total{job="loki"}': 47,
        'otelcol_receiver_accepted_spans_total{job="jaeger"}': 95,
        'otelcol_receiver_accepted_spans_total{job="otel-collector"}': 100,
        'otelcol_receiver_accepted_log_records_total{job="otel-collector"}': 40,
        'prometheus_tsdb_head_series_created_total{job="prometheus"}': 2,
        'prometheus_rule_evaluation_failures_total{rule_group="a"}': 0.01,
        **histogram("prometheus_http_request_duration_seconds", 'handler="/api/v1/query"', SPREAD),
        **histogram("prometheus_http_request_duration_seconds", 'handler="/metrics"', SLOW),
        **histogram("loki_request_duration_seconds", 'route="loki_api_v1_query_range"', SPREAD),
        **histogram("loki_request_duration_seconds", 'route="ready"', SLOW),
        **histogram("rpc_server_duration_milliseconds", 'job="jaeger"', {"100": 1, "500": 1.8, "1000": 2}),
        **histogram("rpc_server_duration_milliseconds", 'job="otel-collector"', {"100": 0, "1000": 50}),
        'alertmanager_notifications_total{integration="webhook"}': 0.1,
        'alertmanager_notifications_failed_total{integration="webhook"}': 0.05,
        # 10 requests at the gateway, and 500 bytes of log lines for each.
        f'{_SENT}{{exporter="otlp_http/loki", data_type="logs"}}': 5000,
        'http_server_request_duration_seconds_count{service_name="gateway", instance="a"}': 10,
        'http_server_request_duration_seconds_count{service_name="orders", instance="a"}': 90,
    },
    gauges={
        'up{job="prometheus"}': 1,
        'up{job="loki"}': 0,
        'up{job="jaeger"}': 1,
        'up{job="alertmanager"}': 1,
        'up{job="otel-collector"}': 1,
        'up{job="orders"}': 0,
        f'{_RSS}{{job="prometheus"}}': 200e6,
        f'{_RSS}{{job="loki"}}': 150e6,
        f'{_RSS}{{job="alertmanager"}}': 30e6,
        f'{_RSS}{{job="orders"}}': 999e6,
        'otelcol_process_memory_rss{job="otel-collector"}': 100e6,
        'otelcol_process_memory_rss_bytes{job="jaeger"}': 120e6,
        'prometheus_tsdb_head_series{job="prometheus"}': 15000,
        'scrape_samples_post_metric_relabeling{job="orders", instance="a"}': 900,
        'scrape_samples_post_metric_relabeling{job="orders", instance="b"}': 800,
        'loki_ingester_memory_streams{job="loki"}': 8,
        'prometheus_rule_group_last_duration_seconds{rule_group="/etc/rules/slos.yml;slos"}': 0.02,
        'alertmanager_alerts{state="active"}': 2,
        'alertmanager_alerts{state="suppressed"}': 1,
        'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': 1e9,
        'prometheus_tsdb_wal_storage_size_bytes{job="prometheus"}': 2e8,
        'prometheus_tsdb_wal_storage_size_bytes{job="loki"}': 3e7,
        'jaeger_storage_badger_size_bytes_lsm{job="jaeger"}': 1e8,
        'jaeger_storage_badger_size_bytes_vlog{job="jaeger"}': 2e9,
    },
)

_MEMORY = {_PROMETHEUS: 200e6, _LOKI: 150e6, _ALERTMANAGER: 30e6, _COLLECTOR: 100e6, _JAEGER: 120e6}
_TO_LOKI = '{exporter="otlp_http/loki"}'

TOPIC = Topic(
    "backends",
    WORLD,
    [
        Golden(backends.away(), {"{}": 1}, empty={"{}": 0}),
        Golden(backends.up(), {_PROMETHEUS: 1, _LOKI: 0, _JAEGER: 1, _ALERTMANAGER: 1, _COLLECTOR: 1}),
        Golden(backends.memory(), _MEMORY),
        Golden(backends.memory_of_all(), {"{}": 600e6}),
        Golden(
            backends.processors_used(),
            {_PROMETHEUS: 0.2, _LOKI: 0.1, _JAEGER: 0.3},
            {_PROMETHEUS: 0, _LOKI: 0, _JAEGER: 0},
        ),
        Golden(backends.samples(), {"{}": 210}, {"{}": 0}),
        Golden(backends.log_lines(), {"{}": 47}, {"{}": 0}),
        Golden(backends.spans(), {"{}": 95}, {"{}": 0}),
        Golden(backends.series(), {"{}": 15000}),
        Golden(backends.series_by_service(), {'{job="orders"}': 1700}),
        Golden(backends.series_made(), {"{}": 7200}, {"{}": 0}),
        Golden(backends.streams(), {"{}": 8}),
        Golden(backends.rule_failures(), {"{}": 9}, {"{}": 0}, empty={"{}": 0}),
        Golden(backends.rule_duration(), {'{group="slos"}': 0.02}),
        Golden(backends.answering(0.95)["Prometheus"], {"{}": 0.75}, {"{}": NAN}),
        Golden(backends.answering(0.95)["Loki"], {"{}": 0.75}, {"{}": NAN}),
        Golden(backends.answering(0.95)["Jaeger (deliveries)"], {"{}": 0.75}, {"{}": NAN}),
        Golden(backends.alerts_held(), {'{state="active"}': 2, '{state="suppressed"}': 1}),
        Golden(backends.notifications(), {"{}": 6}, {"{}": 0}),
        Golden(backends.notifications_failed(), {"{}": 3}, {"{}": 0}),
        Golden(backends.disk()["Prometheus: blocks"], {"{}": 1e9}),
        Golden(backends.disk()["Prometheus: log of the head"], {"{}": 2e8}),
        Golden(backends.disk()["Jaeger"], {"{}": 2.1e9}),
        Golden(backends.disk()["Loki: log"], {"{}": 3e7}),
        # Where nobody asks, a request costs nothing that could be told.
        Golden(backends.bytes_per_request(), {_TO_LOKI: 500}, {}),
        Golden(backends.bytes_per_day(), {_TO_LOKI: 432e6}, {_TO_LOKI: 0}),
        Golden(backends.items_per_request()["spans"], {"{}": 10}, {}),
        Golden(backends.items_per_request()["log lines"], {"{}": 4}, {}),
    ],
)

CARDINALITY = Topic(
    "cardinality",
    World(
        gauges={
            'a_total{service_name="orders", x="1"}': 1,
            'a_total{service_name="orders", x="2"}': 1,
            'b{service_name="users"}': 7,
            "c": 1,
        }
    ),
    [
        Golden(
            backends.largest_metrics(),
            {'{__name__="a_total"}': 2, '{__name__="b"}': 1, '{__name__="c"}': 1},
        ),
        Golden(backends.largest_services(), {'{service_name="orders"}': 2, '{service_name="users"}': 1}),
    ],
)

# One request in two seconds: a cost per request would be that of doing nothing.
QUIET = Topic(
    "hardly any traffic",
    World(
        counters={
            f'{_SENT}{{exporter="otlp_http/loki", data_type="logs"}}': 5000,
            'http_server_request_duration_seconds_count{service_name="gateway", instance="a"}': 0.5,
            'otelcol_receiver_accepted_spans_total{job="otel-collector"}': 100,
        }
    ),
    [
        Golden(backends.bytes_per_request(), {}, {}),
        Golden(backends.items_per_request()["spans"], {}, {}),
    ],
)
