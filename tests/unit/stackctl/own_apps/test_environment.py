import os
from pathlib import Path

from stackctl.own_apps.environment import INJECTED, environment
from stackctl.paths import ROOT


def test_the_program_is_told_its_name_and_the_collector() -> None:
    told = environment("billing", Path("/packages"), {"PATH": "/bin", "OTEL_SERVICE_NAME": "other"})

    assert told["OTEL_SERVICE_NAME"] == "billing"
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert told["OTEL_METRICS_EXPORTER"] == "otlp"
    assert told["PATH"] == "/bin"


def test_what_the_user_has_set_stays() -> None:
    given = {
        "OTEL_METRIC_EXPORT_INTERVAL": "9",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=staging",
        "PYTHONPATH": os.pathsep.join([str(ROOT), "/mine"]),
    }
    told = environment("billing", Path("/packages"), given)

    assert told["OTEL_METRIC_EXPORT_INTERVAL"] == "9"
    assert told["OTEL_RESOURCE_ATTRIBUTES"] == given["OTEL_RESOURCE_ATTRIBUTES"]
    assert told["PYTHONPATH"].split(os.pathsep) == [str(INJECTED), "/mine"]
