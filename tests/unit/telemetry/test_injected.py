"""A program that knows nothing of the library, with the folder of `sitecustomize.py` on its PYTHONPATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_flask_app_is_observed_and_its_console_stays() -> None:
    done = run(FLASK, LIBRARY)

    assert done.stdout == "200 True [] 30\n404\n"
    assert done.stderr == "said\n"


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
