"""What every hop of the telemetry took in, holds, passed on, refused and lost; by signal."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.queries.promql import RANGE, increase, or_zero, rate, selector, total

COLLECTOR = 'job="otel-collector"'
_JAEGER = 'job="jaeger"'
_SCRAPE_INTERVAL_S = 5  # otel-collector/config.yaml


@dataclass(frozen=True)
class Signal:
    """`items` is what the Collector counts, `backend` who keeps them."""

    name: str
    items: str
    backend: str


TRACES = Signal("traces", "spans", "Jaeger")
LOGS = Signal("logs", "log_records", "Loki")
METRICS = Signal("metrics", "metric_points", "Prometheus")
SIGNALS = (TRACES, LOGS, METRICS)


def hops(signal: Signal) -> Mapping[str, str]:
    """Items per second at each hop, in order: where two differ for long, something waits or is lost."""
    accepted = total(rate(f"otelcol_receiver_accepted_{signal.items}_total", COLLECTOR))
    sent = total(rate(f"otelcol_exporter_sent_{signal.items}_total", COLLECTOR))
    return {
        TRACES: {
            "ended in the services": total(rate("otel_sdk_processor_span_processed_total")),
            "accepted by the Collector": accepted,
            "sent to Jaeger": sent,
            "stored by Jaeger": total(rate("otelcol_exporter_sent_spans_total", _JAEGER)),
        },
        LOGS: {
            "written by the services": total(rate("telemetry_log_lines_written_total")),
            "accepted by the Collector": accepted,
            "sent to Loki": sent,
            "taken by Loki": total(rate("loki_distributor_lines_received_total")),
        },
        # The Collector counts points, and a histogram is one; Prometheus counts the samples of its buckets.
        METRICS: {
            "points scraped by the Collector": accepted,
            "points sent to Prometheus": sent,
            "samples scraped by the Collector": f"sum(scrape_samples_scraped) / {_SCRAPE_INTERVAL_S}",
            "samples taken by Prometheus": total(
                rate("prometheus_tsdb_head_samples_appended_total", 'job="prometheus"')
            ),
        },
    }[signal]


def lost_by(signal: Signal) -> Mapping[str, str]:
    """Items lost in the time that is shown, by where. What is refused is sent again, and is not lost."""
    counters = {**_lost_by_services(signal), **_lost_by_collector(signal), **_lost_by_backend(signal)}
    return {where: or_zero(total(counter)) for where, counter in counters.items()}


def lost(signal: Signal) -> str:
    return " + ".join(f"({part})" for part in lost_by(signal).values())


def _lost_by_services(signal: Signal) -> Mapping[str, str]:
    failed = 'error_type!=""'
    return {
        TRACES: {
            "queue of the service full": increase("otel_sdk_processor_span_processed_total", failed),
            "given up by the service": increase("otel_sdk_exporter_span_exported_total", failed),
        },
        LOGS: {"not written by the service": increase("telemetry_log_lines_dropped_total")},
        METRICS: {},
    }[signal]


def _lost_by_collector(signal: Signal) -> Mapping[str, str]:
    reasons = {"enqueue_failed": "queue on disk full", "send_failed": "given up by the Collector"}
    return {
        where: increase(f"otelcol_exporter_{what}_{signal.items}_total", COLLECTOR)
        for what, where in reasons.items()
    }


def _lost_by_backend(signal: Signal) -> Mapping[str, str]:
    return {
        TRACES: {"not stored by Jaeger": increase("otelcol_exporter_send_failed_spans_total", _JAEGER)},
        LOGS: {"discarded by Loki": increase("loki_discarded_samples_total")},
        METRICS: {
            "too old for Prometheus": increase("prometheus_tsdb_too_old_samples_total"),
            "out of bounds for Prometheus": increase("prometheus_tsdb_out_of_bound_samples_total"),
        },
    }[signal]


def turned_away(signal: Signal) -> str:
    """By the Collector, for want of memory or because a queue is full: the sender tries again."""
    refused, failed = (
        total(rate(f"otelcol_receiver_{what}_{signal.items}_total", COLLECTOR))
        for what in ("refused", "failed")
    )
    return f"{refused} + {failed}"


def _scrapes_missed() -> str:
    """Scrapes that failed in the time that is shown: their samples were never taken."""
    return f"sum by (job) (count_over_time(up[{RANGE}]) - sum_over_time(up[{RANGE}]))"


def scrapes_missed_in_all() -> str:
    return f"sum({_scrapes_missed()})"


def queued() -> str:
    return total(selector("otelcol_exporter_queue_size", COLLECTOR), "exporter")


def _queue_ratio() -> str:
    capacity = total(selector("otelcol_exporter_queue_capacity", COLLECTOR), "exporter")
    return f"{queued()} / {capacity}"


def fullest_queue() -> str:
    return f"max({_queue_ratio()})"


def queued_in_services() -> str:
    return "sum by (service_name) (otel_sdk_processor_span_queue_size)"


def delivery_time() -> Mapping[str, str]:
    """How long a backend takes to acknowledge a batch, on average."""
    http = "http_client_request_duration"
    return {
        "Jaeger": _mean("rpc_client_call_duration", COLLECTOR),
        "Loki": _mean(http, COLLECTOR, 'server_port="3100"'),
        "Prometheus": _mean(http, COLLECTOR, 'server_port="9090"'),
    }


def log_lag() -> str:
    """How old lines are when they reach Loki, on average."""
    lag, received = (total(rate(f"loki_distributor_{name}_total")) for name in ("lag_ms", "lines_received"))
    return f"{lag} / {received} / 1000"


def scrape_age() -> str:
    """How old the newest sample is."""
    return "max by (job) (time() - timestamp(up))"


def memory_ratio() -> str:
    """Of what the memory limiter allows before it refuses (otel-collector/config.yaml)."""
    return f"{selector('otelcol_process_runtime_heap_alloc_bytes', COLLECTOR)} / (300 * 1024 * 1024)"


def _mean(histogram: str, *matchers: str) -> str:
    return f"{total(rate(f'{histogram}_sum', *matchers))} / {total(rate(f'{histogram}_count', *matchers))}"
