"""A program that knows nothing of the library, with the folder of `sitecustomize.py` on its PYTHONPATH."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from glasshouse_telemetry import injected

FOLDER = Path(injected.__file__).parent
LIBRARY = FOLDER.parent.parent


def run(script: str, *folders: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (FOLDER, *folders))),
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_SERVICE_NAME": "plain",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )


FLASK = """
import logging, sys
from flask import Flask
app = Flask("plain")

@app.get("/")
def index():
    logging.getLogger("mine").warning("said")
    return "ok"

response = app.test_client().get("/")
print(response.status_code, "X-Request-ID" in response.headers, logging.root.handlers, logging.root.level)
print(app.test_client().get("/metrics").status_code)
"""


class Receiver(BaseHTTPRequestHandler):
    """Takes log lines, whose messages it keeps."""

    messages: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for group in ExportLogsServiceRequest.FromString(body).resource_logs:
            for scope in group.scope_logs:
                self.messages.extend(record.body.string_value for record in scope.log_records)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    """Its address."""
    Receiver.messages.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_flask_app_is_observed_and_its_console_stays(receiver: str) -> None:
    done = run(
        FLASK,
        LIBRARY,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
    )

    assert done.stdout == "200 True [] 30\n404\n"
    assert done.stderr == "said\n"
    assert Receiver.messages == ["GET / 200", "GET 404"]


def test_a_receiver_that_is_away_changes_only_what_standard_error_says() -> None:
    done = run(FLASK, LIBRARY, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")

    assert (done.returncode, done.stdout) == (0, "200 True [] 30\n404\n")
    assert "2 log lines could not be delivered before the end" in done.stderr


def test_an_app_that_instruments_itself_prints_lines_as_ever() -> None:
    script = FLASK.replace(
        'Flask("plain")', 'Flask("plain"); import glasshouse_telemetry as t; t.instrument(app)'
    )
    done = run(script, LIBRARY, OTEL_LOGS_EXPORTER="none")

    assert '"logger": "mine"' in done.stdout or '"logger":"mine"' in done.stdout
    assert "telemetry.access" in done.stdout


def test_the_programs_own_sitecustomize_runs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.mine = True")
    done = run(
        "import sys; print(sys.mine, len([p for p in sys.path if 'injected' in p]))", tmp_path, LIBRARY
    )

    assert (done.stdout, done.stderr) == ("True 0\n", "")


def test_without_the_library_one_sentence_says_so(tmp_path: Path) -> None:
    done = run("import subprocess, sys; subprocess.run([sys.executable, '-c', '']); print(1)")

    assert done.stdout == "1\n"
    assert done.stderr.count("only the output of this program arrives: no library is prepared") == 1


def test_a_library_that_cannot_be_imported_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "glasshouse_telemetry").mkdir()
    (tmp_path / "glasshouse_telemetry" / "__init__.py").write_text("1/0")
    done = run("print(1)", tmp_path)

    assert done.stdout == "1\n"
    assert (
        done.stderr
        == "stack run: only the output of this program arrives: ZeroDivisionError: division by zero\n"
    )


@pytest.mark.parametrize("statement", ["import sys", "import flask.json"])
def test_nothing_is_started_before_an_app_is_made(statement: str) -> None:
    done = run(
        f"{statement}; import threading, opentelemetry.trace as t; "
        "print(threading.active_count(), type(t.get_tracer_provider()).__name__)",
        LIBRARY,
    )

    assert done.stdout == "1 ProxyTracerProvider\n"
