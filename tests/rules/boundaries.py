"""For each alert, what is just not enough and what just is, in production's windows: all for a long time.

Series are written as promtool has them: `a+bx…` grows by b at every scrape, which is every 5 s. `_s` is so
much in a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Series = Mapping[str, str]

_STEPS: Final = 1200


def _s(per_second: float) -> str:
    return f"0+{per_second * 5:.10g}x{_STEPS}"


def _is(value: float) -> str:
    return f"{value:.15g}+0x{_STEPS}"


def _jumps(before: float, after: float) -> str:
    """After 10 minutes."""
    return f"{before:g}+0x119 {after:g}+0x{_STEPS - 120}"


@dataclass(frozen=True)
class Boundary:
    """`look_at`: minutes after which the alert has had its time, and must fire, or not."""

    alert: str
    what: str
    below: Series
    above: Series
    look_at: str = "16m"


_PAID: Final = 'shop_payments_total{service_name="payments", status='
_MAILS: Final = 'notifications_emails_total{service_name="notifications", outcome='
_LIMITED: Final = 'gateway_rate_limited_total{service_name="gateway", limit="general"}'
_ASKED: Final = 'http_server_request_duration_seconds_count{service_name="gateway"}'
_HTTP: Final = 'http_server_request_duration_seconds_count{service_name="orders"}'
_LINES: Final = 'telemetry_log_lines_written_total{service_name="orders"}'
_SPANS: Final = 'traces_span_metrics_calls_total{service_name="orders", span_kind="SPAN_KIND_SERVER"}'
_DB: Final = "db_client_operation_duration_seconds"
_SELECT: Final = 'service_name="products", db_operation_name="SELECT", db_collection_name="products"'
_POOL: Final = 'service_name="orders", db_client_connection_pool_name="orders.db"'
_QUEUE: Final = 'service_name="payments", messaging_consumer_group_name="payments"'
_RSS: Final = 'process_resident_memory_bytes{service_name="orders", instance="a"}'
_SERIES: Final = 'scrape_samples_post_metric_relabeling{service_name="orders", instance="a"}'
_FREE: Final = 'data_filesystem_free_bytes{service_name="orders", instance="a"}'
_DISK: Final = 'data_filesystem_size_bytes{service_name="orders", instance="a"}'
_REFUSED: Final = (
    'otelcol_exporter_send_failed_spans_total{service_name="otel-collector", exporter="otlp_grpc/jaeger"}'
)
_WAITING: Final = 'otelcol_exporter_queue_size{service_name="otel-collector", exporter="otlp_grpc/jaeger"}'
_DROPPED: Final = 'otel_sdk_processor_span_processed_total{service_name="orders", error_type="queue_full"}'


def _paid(declined: float, authorized: float) -> Series:
    return {f'{_PAID}"DECLINED"}}': _s(declined), f'{_PAID}"AUTHORIZED"}}': _s(authorized)}


def _mails(failed: float, sent: float) -> Series:
    return {f'{_MAILS}"failed"}}': _s(failed), f'{_MAILS}"sent"}}': _s(sent)}


def _statements(per_second: float, within_250_ms: float) -> Series:
    """So many of them, and of these so many within a quarter of a second; all take more than 0.1 s."""
    return {
        f'{_DB}_bucket{{{_SELECT}, le="0.1"}}': _s(0),
        f'{_DB}_bucket{{{_SELECT}, le="0.25"}}': _s(within_250_ms),
        f'{_DB}_bucket{{{_SELECT}, le="0.5"}}': _s(per_second),
        f'{_DB}_bucket{{{_SELECT}, le="+Inf"}}': _s(per_second),
        f"{_DB}_count{{{_SELECT}}}": _s(per_second),
    }


def _connections(used: float) -> Series:
    return {
        f'db_client_connection_count{{{_POOL}, db_client_connection_state="used"}}': _is(used),
        f"db_client_connection_max{{{_POOL}}}": _is(100),
    }


def _disk(free: float, size: float) -> Series:
    return {_FREE: _is(free), _DISK: _is(size)}


def _falling(per_second: float) -> Series:
    return {_FREE: f"100e9-{per_second * 5:.10g}x{_STEPS}", _DISK: _is(400e9)}


BOUNDARIES: Final = (
    Boundary("PaymentsDeclined", "half of the cards", _paid(1, 1.02), _paid(1, 0.98)),
    Boundary("PaymentsDeclined", "10 in 5 minutes", _paid(0.0332, 0), _paid(0.0335, 0)),
    Boundary(
        "SagaStuck",
        "one order",
        {'shop_orders_stuck{service_name="orders", step="reserve"}': _is(0)},
        {'shop_orders_stuck{service_name="orders", step="reserve"}': _is(1)},
    ),
    Boundary("EmailsFailing", "a fifth of the mails", _mails(0.19, 0.81), _mails(0.21, 0.79)),
    Boundary("EmailsFailing", "5 in 10 minutes", _mails(0.0082, 0), _mails(0.0085, 0)),
    Boundary(
        "RequestsRateLimited",
        "one request in twenty",
        {_LIMITED: _s(0.49), _ASKED: _s(10)},
        {_LIMITED: _s(0.51), _ASKED: _s(10)},
    ),
    Boundary(
        "RequestsRateLimited",
        "20 in 5 minutes",
        {_LIMITED: _s(0.0665), _ASKED: _s(0.1)},
        {_LIMITED: _s(0.067), _ASKED: _s(0.1)},
    ),
    Boundary(
        "CircuitOpen",
        "half-open is not open",
        {'circuit_breaker_state{service_name="gateway", peer="inventory"}': _is(1)},
        {'circuit_breaker_state{service_name="gateway", peer="inventory"}': _is(2)},
    ),
    Boundary("DatabaseSlow", "p95 of 0.25 s", _statements(10, 9.51), _statements(10, 9.49)),
    Boundary("DatabaseSlow", "10 in 5 minutes", _statements(0.0332, 0), _statements(0.0335, 0)),
    Boundary("PoolExhausted", "nine connections in ten", _connections(89), _connections(90)),
    Boundary(
        "DeadLetters",
        "one message",
        {f'messaging_queue_messages{{{_QUEUE}, state="dead"}}': _is(0)},
        {f'messaging_queue_messages{{{_QUEUE}, state="dead"}}': _is(1)},
    ),
    Boundary(
        "OutboxLagging",
        "two minutes",
        {'outbox_lag_seconds{service_name="orders"}': _is(120)},
        {'outbox_lag_seconds{service_name="orders"}': _is(121)},
    ),
    Boundary(
        "ConsumerLagging",
        "five minutes",
        {f"messaging_queue_oldest_message_age_seconds{{{_QUEUE}}}": _is(300)},
        {f"messaging_queue_oldest_message_age_seconds{{{_QUEUE}}}": _is(301)},
    ),
    Boundary(
        "TargetDown",
        "it answers, or does not",
        {'up{service_name="orders", instance="a"}': _is(1)},
        {'up{service_name="orders", instance="a"}': _is(0)},
    ),
    # In the 3,595 s between the oldest and the newest sample of an hour.
    Boundary(
        "MemoryGrowing",
        "150 MB in an hour",
        {_RSS: f"100e6+{41_700 * 5}x{_STEPS}"},
        {_RSS: f"100e6+{41_750 * 5}x{_STEPS}"},
        "80m",
    ),
    Boundary(
        "MemoryGrowing",
        "it must still be growing",
        {_RSS: _jumps(100e6, 400e6)},
        {_RSS: f"100e6+0x119 400e6+5x{_STEPS - 120}"},
        "40m",
    ),
    Boundary("LogFlood", "50 lines in a second", {_LINES: _s(49.9)}, {_LINES: _s(50.1)}),
    Boundary(
        "LogFlood",
        "ten lines for each request",
        {_LINES: _s(100), _HTTP: _s(10.1)},
        {_LINES: _s(100), _HTTP: _s(9.9)},
    ),
    Boundary(
        "CardinalityGrowing", "5,000 series", {_SERIES: _jumps(900, 5900)}, {_SERIES: _jumps(900, 5901)}
    ),
    Boundary("DiskFilling", "2 GB", _disk(2.01e9, 100e9), _disk(1.99e9, 100e9)),
    Boundary("DiskFilling", "one twentieth", _disk(1.9e9, 37.9e9), _disk(1.9e9, 38.1e9)),
    # After 45 minutes it has 45,900 s to go, of which 43,200 are the twelve hours.
    Boundary("DiskFilling", "full within twelve hours", _falling(2.17e6), _falling(2.2e6), "45m"),
    Boundary(
        "CollectorDown",
        "it answers, or does not",
        {'up{service_name="otel-collector"}': _is(1)},
        {'up{service_name="otel-collector"}': _is(0)},
    ),
    Boundary("CollectorDown", "nothing is heard of it", {'up{service_name="otel-collector"}': _is(1)}, {}),
    Boundary("TelemetryRefused", "a single item", {_REFUSED: _s(0)}, {_REFUSED: _s(0.01)}),
    Boundary("ExporterQueueFilling", "500 items", {_WAITING: _is(500)}, {_WAITING: _is(501)}),
    Boundary("SpansDropped", "a single span", {_DROPPED: _s(0)}, {_DROPPED: _s(0.01)}),
    Boundary(
        "TelemetryMissing",
        "one request in a second, without spans",
        {_HTTP: _s(0.99), _LINES: _s(1), _SPANS: _s(0)},
        {_HTTP: _s(1.01), _LINES: _s(1), _SPANS: _s(0)},
    ),
    Boundary(
        "TelemetryMissing",
        "one request in a second, without lines",
        {_HTTP: _s(0.99), _LINES: _s(0), _SPANS: _s(1)},
        {_HTTP: _s(1.01), _LINES: _s(0), _SPANS: _s(1)},
    ),
    Boundary(
        "TelemetryMissing",
        "one span in a second, without requests",
        {_HTTP: _s(0), _LINES: _s(1), _SPANS: _s(0.99)},
        {_HTTP: _s(0), _LINES: _s(1), _SPANS: _s(1.01)},
    ),
    Boundary(
        "BackendDown",
        "it answers, or does not",
        {'up{service_name="loki"}': _is(1)},
        {'up{service_name="loki"}': _is(0)},
    ),
)
