"""What the command line does to the shop, as log lines: dashboards show them as annotations."""

import json
from datetime import UTC, datetime

from stackctl.paths import logs_dir

SERVICE = "stackctl"


def write(event: str, subject: str, **fields: str | float) -> None:
    """One line like those of the services, in stackctl.jsonl, which the Collector reads too.

    `event` is its `event.name`; the part before the dot is who says it: `deploy.step` is stackctl.deploy's.
    """
    line = {
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "severity": "INFO",
        "message": f"{event} {subject}",
        "logger": f"{SERVICE}.{event.partition('.')[0]}",
        "service": SERVICE,
        "event.name": event,
        **fields,
    }
    logs_dir().mkdir(parents=True, exist_ok=True)
    with (logs_dir() / f"{SERVICE}.jsonl").open("ab", buffering=0) as file:
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
