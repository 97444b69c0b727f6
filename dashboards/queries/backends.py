"""The backends themselves: are they well, what do they hold, what does it cost."""

from dashboards.queries.promql import increase, or_zero, quantile, rate, total

_BACKENDS = 'job=~"otel-collector|prometheus|loki|jaeger|alertmanager"'


# Per second. A cost per request is none where there are hardly any: it would be that of doing nothing.
_FEWEST_REQUESTS = 1


def away() -> str:
    return or_zero(f"count(up{{{_BACKENDS}}} == 0)")


def up() -> str:
    return f"max by (job) (up{{{_BACKENDS}}})"


def memory() -> str:
    """The Collector and Jaeger name it otherwise than the others, and each in its own way."""
    return (
        f"max by (job) (process_resident_memory_bytes{{{_BACKENDS}}}"
        " or otelcol_process_memory_rss or otelcol_process_memory_rss_bytes)"
    )


def memory_of_all() -> str:
    return f"sum({memory()})"


def processors_used() -> str:
    upstream = rate("process_cpu_seconds_total", _BACKENDS)
    return f"max by (job) ({upstream} or {rate('otelcol_process_cpu_seconds_total')})"


def samples() -> str:
    return total(rate("prometheus_tsdb_head_samples_appended_total", 'job="prometheus"'))


def log_lines() -> str:
    return total(rate("loki_distributor_lines_received_total"))


def spans() -> str:
    return total(rate("otelcol_receiver_accepted_spans_total", 'job="jaeger"'))


def series() -> str:
    return "max(prometheus_tsdb_head_series)"


def series_by_service() -> str:
    """Series that each one's /metrics has."""
    return "sum by (job) (scrape_samples_post_metric_relabeling)"


def series_made() -> str:
    """Per hour: what grows without end is a label with too many values."""
    return "3600 * " + total(rate("prometheus_tsdb_head_series_created_total"))


def largest_metrics() -> str:
    return 'topk(15, count by (__name__) ({__name__!=""}))'


def largest_services() -> str:
    return 'topk(15, count by (service_name) ({service_name!=""}))'


def streams() -> str:
    return "max(loki_ingester_memory_streams)"


def rule_failures() -> str:
    return or_zero(total(increase("prometheus_rule_evaluation_failures_total")))


def rule_duration() -> str:
    """By group; the metric has the path of its file before it."""
    duration = "prometheus_rule_group_last_duration_seconds"
    return f'max by (group) (label_replace({duration}, "group", "$1", "rule_group", ".*;(.+)"))'


def answering(share: float) -> dict[str, str]:
    """What is delivered to them and what they are asked."""
    prometheus = rate("prometheus_http_request_duration_seconds_bucket", 'handler=~"/api/v1/.+"')
    loki = rate("loki_request_duration_seconds_bucket", 'route=~"otlp_v1_logs|loki_api_v1_.+"')
    jaeger = rate("rpc_server_duration_milliseconds_bucket", 'job="jaeger"')
    return {
        "Prometheus": quantile(share, prometheus),
        "Loki": quantile(share, loki),
        "Jaeger (deliveries)": f"{quantile(share, jaeger)} / 1000",
    }


def alerts_held() -> str:
    return "sum by (state) (alertmanager_alerts)"


def notifications() -> str:
    return "60 * " + total(rate("alertmanager_notifications_total"))


def notifications_failed() -> str:
    return "60 * " + total(rate("alertmanager_notifications_failed_total"))


def disk() -> dict[str, str]:
    """Bytes on disk, as each one tells them."""
    return {
        "Prometheus: blocks": "max(prometheus_tsdb_storage_blocks_bytes)",
        "Prometheus: log of the head": 'max(prometheus_tsdb_wal_storage_size_bytes{job="prometheus"})',
        "Jaeger": "max(jaeger_storage_badger_size_bytes_lsm + jaeger_storage_badger_size_bytes_vlog)",
        "Loki: log": 'max(prometheus_tsdb_wal_storage_size_bytes{job="loki"})',
    }


def bytes_per_request() -> str:
    """What a request at the gateway costs in each signal, as the Collector delivers it, not compressed."""
    sent = total(rate("otelcol_exporter_queue_batch_send_size_bytes_sum"), "exporter")
    return f"{sent} / on () group_left () ({requests()} > {_FEWEST_REQUESTS})"


def bytes_per_day() -> str:
    return "86400 * " + total(rate("otelcol_exporter_queue_batch_send_size_bytes_sum"), "exporter")


def items_per_request() -> dict[str, str]:
    made = {
        "spans": total(rate("otelcol_receiver_accepted_spans_total", 'job="otel-collector"')),
        "log lines": total(rate("otelcol_receiver_accepted_log_records_total")),
    }
    return {name: f"{count} / ({requests()} > {_FEWEST_REQUESTS})" for name, count in made.items()}


def requests() -> str:
    return total(rate("http_server_request_duration_seconds_count", 'service_name="gateway"'))
