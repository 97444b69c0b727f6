"""An alert as data, and the addresses that its annotations lead to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Where the runbooks can be read. A fork changes this line and runs python -m alerts.build.
RUNBOOKS: Final = "https://github.com/glasshouse/glasshouse/blob/main/docs/runbooks"
GRAFANA: Final = "http://127.0.0.1:3000"

SERVICES: Final = ("gateway", "users", "products", "orders", "payments", "inventory", "notifications")
BACKENDS: Final = ("prometheus", "loki", "jaeger", "alertmanager")
SHOP: Final = f'service_name=~"{"|".join(SERVICES)}"'


@dataclass(frozen=True)
class Alert:
    """`expr` with production's windows in angle brackets, `wait` (the `for`) as in production.

    `dashboard` is a uid and the variables to set: `service?var-service={{ $labels.service_name }}`. `look` is
    what to type for the log lines. `grafana`: Grafana is to evaluate it as well.
    """

    name: str
    severity: str
    expr: str
    wait: str
    summary: str
    description: str
    dashboard: str
    look: str = "./stack logs {{ $labels.service_name }}"
    labels: Mapping[str, str] = field(default_factory=dict)
    grafana: bool = False

    @property
    def annotations(self) -> dict[str, str]:
        return {
            "summary": self.summary,
            "description": self.description,
            "runbook_url": f"{RUNBOOKS}/{self.name}.md",
            "dashboard": f"{GRAFANA}/d/{self.dashboard}",
            "logs": self.look,
        }
