"""Those that watch are to be watched: a backend that is away, and all of them."""

from typing import Final

from alerts.alert import BACKENDS, Alert
from alerts.windows import PAGE

NONE: Final = "none"

ALERTS: Final = (
    Alert(
        name="BackendDown",
        severity=PAGE,
        expr=f'up{{service_name=~"{"|".join(BACKENDS)}"}} == 0',
        wait="1m",
        summary="{{ $labels.service_name }} is away",
        description="{{ $labels.service_name }} does not answer (up = {{ $value }}). What is for it waits "
        "on the Collector's disk; ./stack up restores it.",
        dashboard="backends",
        # What waits for it is a consequence: ExporterQueueFilling has the same label.
        labels={"backend": "{{ $labels.service_name }}"},
    ),
    Alert(
        name="Watchdog",
        severity=NONE,
        expr="vector(1)",
        wait="0s",
        summary="alerting works, from Prometheus to whoever is notified",
        description="Always firing ({{ $value }}). Notifications says so when it stays away: then no other "
        "alert would come either.",
        dashboard="backends",
        look="./stack logs notifications, lines 'dead man'",
    ),
)
