"""What the command line does to the shop, as log lines: dashboards show them as annotations."""

import json
from datetime import UTC, datetime

from stackctl.paths import logs_dir

SERVICE = "stackctl"
LOGGER = "stackctl.drill"


def write(event: str, drill: str, **fields: str) -> None:
    """One line like those of the services, in stackctl.jsonl, which the Collector reads too."""
    line = {
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "severity": "INFO",
        "message": f"{event} {drill}",
        "logger": LOGGER,
        "service": SERVICE,
        "event.name": event,
        "drill.name": drill,
        **fields,
    }
    logs_dir().mkdir(parents=True, exist_ok=True)
    with (logs_dir() / f"{SERVICE}.jsonl").open("ab", buffering=0) as file:
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
