"""A service, or the machine beneath it, is not what it should be."""

from typing import Final

from alerts.alert import SHOP, Alert
from alerts.windows import PAGE, TICKET

_RSS: Final = f"process_resident_memory_bytes{{{SHOP}}}"
_SERIES: Final = f"scrape_samples_post_metric_relabeling{{{SHOP}}}"
_LINES: Final = "sum by (service_name) (rate(telemetry_log_lines_written_total[<5m>]))"
_FREE: Final = "data_filesystem_free_bytes"

ALERTS: Final = (
    Alert(
        name="TargetDown",
        severity=PAGE,
        expr=f"up{{{SHOP}}} == 0",
        wait="30s",
        summary="{{ $labels.service_name }} cannot be scraped",
        description="The Collector has had no answer from {{ $labels.service_name }} ({{ $labels.instance "
        "}}) for a while (up = {{ $value }}). ./stack status says whether it runs; ./stack up restores it.",
        dashboard="shop-overview",
        # What calls it is a consequence: CircuitOpen has the same label.
        labels={"peer": "{{ $labels.service_name }}"},
        grafana=True,
    ),
    Alert(
        name="MemoryGrowing",
        severity=TICKET,
        # A service takes some 100 MB and keeps them. More than that on top, and still growing, is a leak.
        expr=f"{_RSS}\n- min_over_time({_RSS}[<1h>])\n> 150e6\nand deriv({_RSS}[<10m>]) > 0",
        wait="5m",
        summary="{{ $labels.service_name }} takes more and more memory",
        description="{{ $labels.service_name }} ({{ $labels.instance }}) takes {{ $value | humanize1024 }}B "
        "more than it did, and it is still growing.",
        dashboard="service?var-service={{ $labels.service_name }}",
    ),
    Alert(
        name="LogFlood",
        severity=TICKET,
        # A request writes a line or two in each service. Work without any series is no work: that floods,
        # too.
        expr=f"{_LINES} > 50\nunless {_LINES} < 10 * service:work:rate5m",
        wait="5m",
        summary="{{ $labels.service_name }} floods the logs",
        description='{{ $labels.service_name }} writes {{ $value | printf "%.0f" }} lines a second, more '
        "than ten for each request, call or message that it serves.",
        dashboard="pipeline",
    ),
    Alert(
        name="CardinalityGrowing",
        severity=TICKET,
        # A service has 500 to 2,000 series and reaches them with its first minutes of traffic.
        expr=f"{_SERIES}\n- min_over_time({_SERIES}[<1h>])\n> 5000",
        wait="5m",
        summary="{{ $labels.service_name }} has more and more series",
        description="{{ $labels.service_name }} ({{ $labels.instance }}) has {{ $value | humanize }} series "
        "more than it had: a label takes values without end.",
        dashboard="backends",
        look='topk(5, count by (__name__) ({service_name="{{ $labels.service_name }}"})) in Prometheus',
    ),
    Alert(
        name="DiskFilling",
        severity=PAGE,
        # A line through the last half hour; of a start, half of that must have been seen (scrapes every 5 s).
        expr=f"""{_FREE} / data_filesystem_size_bytes
and (
  (
    predict_linear({_FREE}[<30m>], <12h:s>) < 0
    and count_over_time({_FREE}[<30m>]) >= <30m:s> / 10
  )
  or ({_FREE} < 2e9 and {_FREE} / data_filesystem_size_bytes < 0.05)
)""",
        wait="5m",
        summary="the disk of {{ $labels.service_name }} fills up",
        description="{{ $value | humanizePercentage }} of the disk with the data of "
        "{{ $labels.service_name }} are free: next to nothing, or nothing any more in twelve hours (of "
        "production).",
        dashboard="backends",
        look="du -xh --max-depth=3 .stack | sort -h | tail",
    ),
)
