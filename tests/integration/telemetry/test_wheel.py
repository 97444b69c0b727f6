"""The wheel as somebody else installs it, and a Flask app that knows nothing of it."""

import json
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.integration.telemetry.conftest import StartApp
from tests.integration.telemetry.gunicorn_app import ROOT, poll_until
from tests.integration.telemetry.otlp_receiver import OtlpReceiver

UNMODIFIED = """
    import logging
    from flask import Flask

    app = Flask("unmodified")

    @app.get("/hello/<name>")
    def hello(name):
        logging.getLogger("hello").warning("greeting %s", name)
        return f"Hello {name}"
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel was unpacked to."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "site-packages"
    zipfile.ZipFile(wheel).extractall(target)
    return target


def test_it_holds_the_library_typed_and_licensed_and_nothing_else(installed: Path) -> None:
    assert sorted(path.name.partition("-")[0] for path in installed.iterdir()) == [
        "glasshouse_telemetry",
        "glasshouse_telemetry",
    ]
    assert (installed / "glasshouse_telemetry" / "py.typed").exists()
    (information,) = installed.glob("*.dist-info")
    assert (information / "licenses" / "LICENSE").exists()
    metadata = Parser().parsestr((information / "METADATA").read_text(encoding="utf-8"))
    assert metadata["Name"] == "glasshouse-telemetry"


def test_an_unmodified_app_has_all_three_signals(
    start_app: StartApp, receiver: OtlpReceiver, installed: Path
) -> None:
    receiver.come()
    program = str(Path(sys.executable).parent / "opentelemetry-instrument")
    app = start_app(
        UNMODIFIED,
        environment={
            "PYTHONPATH": str(installed),
            "OTEL_PYTHON_DISTRO": "glasshouse",
            "OTEL_SERVICE_NAME": "unmodified",
        },
        command=(program, sys.executable, "-m", "gunicorn"),
    )

    sent, _ = app.serve(20)

    poll_until(lambda: len(receiver.trace_ids()) >= 20, "the spans at the receiver")
    assert sorted(receiver.trace_ids()) == sorted(sent)
    assert {span.name for span in receiver.spans} == {"GET /hello/<name>"}
    assert receiver.services == {"unmodified"}
    count = "http_server_request_duration_seconds_count"
    http = 'http_request_method="GET",http_response_status_code="200",http_route="/hello/<name>"'
    labels = f'error_type="",{http},url_scheme="http"'
    assert app.metric(f"{count}{{{labels}}}") == 20
    validator = Draft202012Validator(json.loads((ROOT / "docs" / "log-line.schema.json").read_text()))
    lines = [json.loads(line) for line in app.log_file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        validator.validate(line)
    assert sorted(line["trace_id"] for line in lines if line["logger"] == "hello") == sorted(sent)
