"""What is to be seen is not all there: signals get lost, wait, or do not come at all."""

from typing import Final

from alerts.alert import Alert
from alerts.windows import PAGE, TICKET

_COLLECTOR: Final = 'service_name="otel-collector"'
_QUEUE: Final = f"otelcol_exporter_queue_size{{{_COLLECTOR}}}"
# The name of what a queue leads to, as BackendDown has it: that silences this.
_WITH_BACKEND: Final = '"backend", "$1", "exporter", ".+/(.+)"'

# The names differ only in what error types they can have, so no two series become one without them.
_DROPPED: Final = (
    '{__name__=~"otel_sdk_processor_span_processed_total|otel_sdk_exporter_span_exported_total", '
    'error_type!=""}'
)

ALERTS: Final = (
    Alert(
        name="CollectorDown",
        severity=PAGE,
        # The Collector brings its own `up`; when it is away there is none, and the last one stays for 5
        # minutes.
        expr=f"absent_over_time(up{{{_COLLECTOR}}}[<1m>])\nor up{{{_COLLECTOR}}} == 0",
        wait="1m",
        summary="no metrics arrive: the Collector is away",
        description="For a while nothing has come from the Collector (absent or up: {{ $value }}). Spans "
        "and lines wait in the services; every other alert sees old numbers.",
        dashboard="pipeline",
        look="./stack logs otel-collector",
        labels={"service_name": "otel-collector"},
    ),
    Alert(
        name="TelemetryRefused",
        severity=PAGE,
        expr=f"label_replace(pipeline:lost_items:rate5m > 0, {_WITH_BACKEND})",
        wait="1m",
        summary="telemetry is refused on its way: {{ $labels.exporter }}{{ $labels.receiver }}",
        description="{{ $labels.exporter }}{{ $labels.receiver }} of the Collector: {{ $value | humanize }} "
        "{{ $labels.items }} a second end as {{ $labels.failure }}.",
        dashboard="pipeline",
        look="./stack logs otel-collector",
    ),
    Alert(
        name="ExporterQueueFilling",
        severity=TICKET,
        # In order it is empty several times a second; one that never is has a backend that does not keep up.
        expr=f"""label_replace(
  min_over_time({_QUEUE}[<5m>]), {_WITH_BACKEND}
) > 500""",
        wait="2m",
        summary="the queue to {{ $labels.backend }} does not drain",
        description="{{ $value | humanize }} items wait on the Collector's disk for {{ $labels.backend }}. "
        "Nothing is lost before 1,000,000 do.",
        dashboard="pipeline",
        look="./stack logs {{ $labels.backend }}",
    ),
    Alert(
        name="SpansDropped",
        severity=TICKET,
        expr=f"sum by (service_name) (increase({_DROPPED}[<5m>])) > 0",
        wait="1m",
        summary="{{ $labels.service_name }} loses spans",
        description="{{ $labels.service_name }} has dropped {{ $value | humanize }} spans: its queue is "
        "full, or the Collector does not take them.",
        dashboard="pipeline",
    ),
    Alert(
        name="TelemetryMissing",
        severity=PAGE,
        # Each signal is asked about another's traffic: who is silent in all of them has none, or is
        # TargetDown.
        expr="""label_replace(
  service:work:rate5m > 1
  unless on (service_name) service:spans:rate5m > 0, "signal", "traces", "", ""
)
or label_replace(
  service:work:rate5m > 1
  unless on (service_name) service:log_lines:rate5m > 0, "signal", "logs", "", ""
)
or label_replace(
  service:spans:rate5m > 1
  unless on (service_name) service:work:rate5m > 0, "signal", "metrics", "", ""
)""",
        wait="2m",
        summary="{{ $labels.service_name }} works, but without {{ $labels.signal }}",
        description='{{ $labels.service_name }} serves {{ $value | printf "%.1f" }} requests, calls or '
        "messages a second, and none of its {{ $labels.signal }} arrive.",
        dashboard="pipeline",
    ),
)
