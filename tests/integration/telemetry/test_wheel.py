"""The wheel as somebody else installs it, and a Flask app that knows nothing of it."""

import json
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.environments import new_environment
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


EXTRAS = ("flask", "grpc", "loguru", "requests", "sqlalchemy")
# One request, the three signals on standard output and to the receiver.
HELLO = """
from flask import Flask
{instrument}
app = Flask("hello")
{line}
@app.get("/hello/<name>")
def hello(name):
    return "Hello " + name
client = app.test_client()
assert client.get("/hello/Ada").text == "Hello Ada"
print(client.get("/metrics").text)
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Path:
    """The folder that the wheel was unpacked to."""
    target = wheel.parent / "site-packages"
    zipfile.ZipFile(wheel).extractall(target)
    return target


def install_with(wheel: Path, extra: str, folder: Path) -> Path:
    """The Python of a new environment that has the wheel, what it needs and one extra; at our versions."""
    constraints = str(ROOT / "requirements" / "run.txt")
    name = f"{wheel}[{extra}]" if extra else str(wheel)
    return new_environment(folder, name, "--constraints", constraints)


def run_in(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Where nothing of this repository is found."""
    variables = {"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none", **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


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


@pytest.fixture(scope="session")
def with_flask(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_with(wheel, "flask", tmp_path_factory.mktemp("flask") / "environment")


@pytest.mark.parametrize("way", ["one line", "no line"])
def test_with_the_extra_flask_alone_an_app_has_all_three_signals(
    receiver: OtlpReceiver, with_flask: Path, tmp_path: Path, way: str
) -> None:
    receiver.come()
    code, command = HELLO.format(instrument="", line=""), [str(with_flask)]
    if way == "one line":
        code = HELLO.format(
            instrument="import glasshouse_telemetry as telemetry", line="telemetry.instrument(app)"
        )
    else:
        command = [str(with_flask.parent / "opentelemetry-instrument"), *command]

    done = run_in(
        tmp_path,
        *command,
        "-c",
        code,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint,
        OTEL_PYTHON_DISTRO="glasshouse",
        OTEL_SERVICE_NAME="hello",
        OTEL_TRACES_EXPORTER="otlp",
    )

    assert done.returncode == 0, done.stderr
    poll_until(lambda: receiver.spans, "the span at the receiver")
    assert {span.name for span in receiver.spans} >= {"GET /hello/<name>"}
    assert receiver.services == {"hello"}
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    (access,) = [line for line in lines if line.get("http.route") == "/hello/<name>"]
    assert access["trace_id"] in receiver.trace_ids()
    counted = [
        line for line in done.stdout.splitlines() if "http_server_request_duration_seconds_count" in line
    ]
    assert any('http_route="/hello/<name>"' in line and line.endswith(" 1.0") for line in counted)


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_extra_alone_is_enough_for_its_part(wheel: Path, tmp_path: Path, extra: str) -> None:
    python = install_with(wheel, extra, tmp_path / "environment")
    uses = {
        "flask": "t.instrument",
        "grpc": "from glasshouse_telemetry.export import otlp_grpc",
        "loguru": "t.use_loguru()",
        "requests": "from glasshouse_telemetry.libraries import requests",
        "sqlalchemy": "import sqlalchemy; t.instrument_sqlalchemy(sqlalchemy.create_engine('sqlite://'))",
    }

    done = run_in(tmp_path, str(python), "-c", f"import glasshouse_telemetry as t; {uses[extra]}")

    assert (done.returncode, done.stderr) == (0, "")


def test_the_core_alone_says_which_extra_is_missing(wheel: Path, tmp_path: Path) -> None:
    python = str(install_with(wheel, "", tmp_path / "environment"))
    needs = {
        "flask": "t.instrument",
        "grpc": "t.start_tracing(service_name='job')",
        "loguru": "t.use_loguru()",
        "sqlalchemy": "t.instrument_sqlalchemy(None)",
    }

    spans = run_in(tmp_path, python, "-c", "from glasshouse_telemetry.export.otlp_http import HttpSender")
    assert (spans.returncode, spans.stderr) == (0, "")
    for extra, use in needs.items():
        protocol = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
        done = run_in(tmp_path, python, "-c", f"import glasshouse_telemetry as t; {use}", **protocol)
        assert f"`pip install glasshouse-telemetry[{extra}]`" in done.stderr + done.stdout
