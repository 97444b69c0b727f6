"""What a person must act on beyond the SLOs, by topic. Every alert has a runbook, a unit test and a drill."""

from typing import Final

from alerts.symptoms import backends, databases, messaging, processes, shop, telemetry

SYMPTOMS: Final = {
    "shop": shop.ALERTS,
    "databases": databases.ALERTS,
    "messaging": messaging.ALERTS,
    "processes": processes.ALERTS,
    "telemetry": telemetry.ALERTS,
    "backends": backends.ALERTS,
}
