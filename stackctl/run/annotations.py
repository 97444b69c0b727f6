"""What the command line does to the shop, as log lines: dashboards show them as annotations."""

import json
from datetime import UTC, datetime

from stackctl.paths import logs_dir

SERVICE = "stackctl"


def write(event: str, subject: str, **fields: str | float) -> None:
    """Append the line to stackctl.jsonl, which the Collector reads too."""
    logs_dir().mkdir(parents=True, exist_ok=True)
    with (logs_dir() / f"{SERVICE}.jsonl").open("ab", buffering=0) as file:
        file.write(line(event, subject, **fields).encode() + b"\n")


def line(event: str, subject: str, **fields: str | float) -> str:
    """Like those of the services, without its end.

    `event` is its `event.name`; the part before the dot is who says it: `deploy.step` is stackctl.deploy's.
    """
    told = {
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "severity": "INFO",
        "message": f"{event} {subject}",
        "logger": f"{SERVICE}.{event.partition('.')[0]}",
        "service": SERVICE,
        "event.name": event,
        **fields,
    }
    return json.dumps(told, ensure_ascii=False)
