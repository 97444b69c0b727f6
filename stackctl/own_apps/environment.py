"""What a program is told through its environment, so that its telemetry reaches this stack."""

import os
from collections.abc import Mapping
from pathlib import Path

from stackctl import ports
from stackctl.paths import ROOT

INJECTED = ROOT / "glasshouse_telemetry" / "injected"


def environment(name: str, packages: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment `given` (this process's own), and OpenTelemetry's variables for this stack.

    The service's name and the address are set; of the others, what the user has set stays. `packages`: the
    folder with a folder of packages for each version of Python.
    """
    given = os.environ if given is None else given
    attributes = given.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if "deployment.environment" not in attributes:
        attributes = f"{attributes},deployment.environment.name=local".lstrip(",")
    defaults = {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        # What the program prints is collected; delivered by itself as well, each line would arrive twice.
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_METRIC_EXPORT_INTERVAL": "2000",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    ours = {
        "OTEL_SERVICE_NAME": name,
        "OTEL_RESOURCE_ATTRIBUTES": attributes,
        "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP),
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "PYTHONPATH": os.pathsep.join([str(INJECTED), *_python_path(given)]),
        "GLASSHOUSE_PACKAGES": str(packages),
    }
    return {**defaults, **given, **ours}


def pushes_log_lines(given: Mapping[str, str] | None = None) -> bool:
    """Whether the user has told the program to deliver its log lines itself."""
    given = os.environ if given is None else given
    return "otlp" in given.get("OTEL_LOGS_EXPORTER", "")


def _python_path(given: Mapping[str, str]) -> list[str]:
    """The user's own: `./stack` has put this repository before it."""
    entries = [entry for entry in given.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return entries[1:] if entries[:1] == [str(ROOT)] else entries
