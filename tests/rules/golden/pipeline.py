"""The telemetry's own way: what each hop counts, in items per second and in 15 minutes."""

from dashboards.queries import pipeline
from dashboards.queries.pipeline import LOGS, METRICS, TRACES
from tests.rules.golden.worlds import NAN, Golden, Topic, World

_COLLECTOR, _JAEGER = 'job="otel-collector"', 'job="jaeger"'
_PROCESSED, _EXPORTED = "otel_sdk_processor_span_processed_total", "otel_sdk_exporter_span_exported_total"

WORLD = World(
    counters={
        # Traces: of 102 spans 2 do not fit into the queue, and at each hop a few more stay behind.
        f'{_PROCESSED}{{service_name="orders", error_type=""}}': 100,
        f'{_PROCESSED}{{service_name="orders", error_type="queue_full"}}': 2,
        f'{_EXPORTED}{{service_name="orders", error_type=""}}': 99,
        f'{_EXPORTED}{{service_name="orders", error_type="timeout"}}': 1,
        f"otelcol_receiver_accepted_spans_total{{{_COLLECTOR}}}": 99,
        f"otelcol_receiver_accepted_spans_total{{{_JAEGER}}}": 95,
        f"otelcol_exporter_sent_spans_total{{{_COLLECTOR}}}": 97,
        f"otelcol_exporter_sent_spans_total{{{_JAEGER}}}": 94,
        f"otelcol_exporter_enqueue_failed_spans_total{{{_COLLECTOR}}}": 0.5,
        f"otelcol_exporter_send_failed_spans_total{{{_COLLECTOR}}}": 0.25,
        f"otelcol_exporter_send_failed_spans_total{{{_JAEGER}}}": 0.1,
        f"otelcol_receiver_refused_spans_total{{{_COLLECTOR}}}": 0.5,
        f"otelcol_receiver_failed_spans_total{{{_COLLECTOR}}}": 0.25,
        f"otelcol_receiver_refused_spans_total{{{_JAEGER}}}": 7,
        # Logs
        'telemetry_log_lines_written_total{service_name="orders"}': 50,
        'telemetry_log_lines_dropped_total{service_name="orders"}': 0.5,
        f"otelcol_receiver_accepted_log_records_total{{{_COLLECTOR}}}": 49,
        f"otelcol_exporter_sent_log_records_total{{{_COLLECTOR}}}": 48,
        f"otelcol_exporter_enqueue_failed_log_records_total{{{_COLLECTOR}}}": 0.2,
        f"otelcol_exporter_send_failed_log_records_total{{{_COLLECTOR}}}": 0.1,
        f"otelcol_receiver_refused_log_records_total{{{_COLLECTOR}}}": 0.1,
        f"otelcol_receiver_failed_log_records_total{{{_COLLECTOR}}}": 0.2,
        'loki_distributor_lines_received_total{job="loki"}': 47,
        # 100 ms for each.
        'loki_distributor_lag_ms_total{job="loki"}': 4700,
        'loki_discarded_samples_total{job="loki"}': 0.3,
        # Metrics
        f"otelcol_receiver_accepted_metric_points_total{{{_COLLECTOR}}}": 30,
        f"otelcol_exporter_sent_metric_points_total{{{_COLLECTOR}}}": 29,
        f"otelcol_exporter_enqueue_failed_metric_points_total{{{_COLLECTOR}}}": 0.4,
        f"otelcol_exporter_send_failed_metric_points_total{{{_COLLECTOR}}}": 0.2,
        f"otelcol_receiver_refused_metric_points_total{{{_COLLECTOR}}}": 0.3,
        f"otelcol_receiver_failed_metric_points_total{{{_COLLECTOR}}}": 0.4,
        'prometheus_tsdb_head_samples_appended_total{job="prometheus"}': 210,
        'prometheus_tsdb_head_samples_appended_total{job="another"}': 5,
        'prometheus_tsdb_too_old_samples_total{job="prometheus"}': 0.1,
        'prometheus_tsdb_out_of_bound_samples_total{job="prometheus"}': 0.05,
        # 10 batches in a second: 50, 20 and 30 ms for each.
        f"rpc_client_call_duration_sum{{{_COLLECTOR}}}": 0.5,
        f"rpc_client_call_duration_count{{{_COLLECTOR}}}": 10,
        f'http_client_request_duration_sum{{{_COLLECTOR}, server_port="3100"}}': 0.2,
        f'http_client_request_duration_count{{{_COLLECTOR}, server_port="3100"}}': 10,
        f'http_client_request_duration_sum{{{_COLLECTOR}, server_port="9090"}}': 0.3,
        f'http_client_request_duration_count{{{_COLLECTOR}, server_port="9090"}}': 10,
    },
    gauges={
        # Users does not answer: all 180 scrapes of 15 minutes are missing.
        'up{job="orders"}': 1,
        'up{job="users"}': 0,
        'scrape_samples_scraped{job="orders"}': 600,
        'scrape_samples_scraped{job="users"}': 400,
        f'otelcol_exporter_queue_size{{{_COLLECTOR}, exporter="otlp_http/loki"}}': 40,
        f'otelcol_exporter_queue_size{{{_COLLECTOR}, exporter="otlp_grpc/jaeger"}}': 10,
        f'otelcol_exporter_queue_size{{{_JAEGER}, exporter="otlp_grpc/jaeger"}}': 999,
        f'otelcol_exporter_queue_capacity{{{_COLLECTOR}, exporter="otlp_http/loki"}}': 1000,
        f'otelcol_exporter_queue_capacity{{{_COLLECTOR}, exporter="otlp_grpc/jaeger"}}': 1000,
        'otel_sdk_processor_span_queue_size{service_name="orders", instance="a"}': 3,
        'otel_sdk_processor_span_queue_size{service_name="orders", instance="b"}': 4,
        # 75 of 300 MiB.
        f"otelcol_process_runtime_heap_alloc_bytes{{{_COLLECTOR}}}": 78643200,
    },
)

# Per second.
_HOPS = {
    TRACES: {
        "ended in the services": 102,
        "accepted by the Collector": 99,
        "sent to Jaeger": 97,
        "stored by Jaeger": 94,
    },
    LOGS: {
        "written by the services": 50,
        "accepted by the Collector": 49,
        "sent to Loki": 48,
        "taken by Loki": 47,
    },
    METRICS: {
        "points scraped by the Collector": 30,
        "points sent to Prometheus": 29,
        "samples taken by Prometheus": 210,
    },
}
# In 15 minutes.
_LOST = {
    TRACES: {
        "queue of the service full": 1800,
        "given up by the service": 900,
        "queue on disk full": 450,
        "given up by the Collector": 225,
        "not stored by Jaeger": 90,
    },
    LOGS: {
        "not written by the service": 450,
        "queue on disk full": 180,
        "given up by the Collector": 90,
        "discarded by Loki": 270,
    },
    METRICS: {
        "queue on disk full": 360,
        "given up by the Collector": 180,
        "too old for Prometheus": 90,
        "out of bounds for Prometheus": 45,
    },
}
_NOTHING = {"{}": 0.0}

TOPIC = Topic(
    "pipeline",
    WORLD,
    [
        *(
            Golden(pipeline.hops(signal)[hop], {"{}": items}, _NOTHING)
            for signal, hops in _HOPS.items()
            for hop, items in hops.items()
        ),
        Golden(pipeline.hops(METRICS)["samples scraped by the Collector"], {"{}": 200}),
        *(
            Golden(pipeline.lost_by(signal)[where], {"{}": items}, _NOTHING, empty=_NOTHING)
            for signal, places in _LOST.items()
            for where, items in places.items()
        ),
        Golden(pipeline.lost(TRACES), {"{}": 3465}, _NOTHING, empty=_NOTHING),
        Golden(pipeline.lost(LOGS), {"{}": 990}, _NOTHING, empty=_NOTHING),
        Golden(pipeline.lost(METRICS), {"{}": 675}, _NOTHING, empty=_NOTHING),
        Golden(pipeline.turned_away(TRACES), {"{}": 0.75}, _NOTHING),
        Golden(pipeline.turned_away(LOGS), {"{}": 0.3}, _NOTHING),
        Golden(pipeline.turned_away(METRICS), {"{}": 0.7}, _NOTHING),
        Golden(pipeline.scrapes_missed_in_all(), {"{}": 180}),
        Golden(pipeline.queued(), {'{exporter="otlp_http/loki"}': 40, '{exporter="otlp_grpc/jaeger"}': 10}),
        Golden(pipeline.fullest_queue(), {"{}": 0.04}),
        Golden(pipeline.queued_in_services(), {'{service_name="orders"}': 7}),
        Golden(pipeline.delivery_time()["Jaeger"], {"{}": 0.05}, {"{}": NAN}),
        Golden(pipeline.delivery_time()["Loki"], {"{}": 0.02}, {"{}": NAN}),
        Golden(pipeline.delivery_time()["Prometheus"], {"{}": 0.03}, {"{}": NAN}),
        Golden(pipeline.log_lag(), {"{}": 0.1}, {"{}": NAN}),
        Golden(pipeline.scrape_age(), {'{job="orders"}': 2, '{job="users"}': 2}),
        Golden(pipeline.memory_ratio(), {f"{{{_COLLECTOR}}}": 0.25}),
    ],
)
