"""A library is observed whenever the app imports it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from uuid import uuid4

import pytest

from glasshouse_telemetry.libraries.imports import when_imported

ROOT = Path(__file__).parents[3]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that nobody has imported."""
    name = f"library_{uuid4().hex}"
    (tmp_path / f"{name}.py").write_text("VALUE = 17", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    yield name
    sys.modules.pop(name, None)
    assert sys.meta_path == finders


def test_what_is_imported_already_is_there_at_once(module: str) -> None:
    import_module(module)
    called: list[int] = []

    when_imported(module, lambda: called.append(sys.modules[module].VALUE))

    assert called == [17]


def test_what_is_imported_later_is_there_completely(module: str) -> None:
    called: list[int] = []
    when_imported(module, lambda: called.append(sys.modules[module].VALUE))
    assert called == []

    import_module(module)
    import_module(module)

    assert called == [17]


def test_the_module_looks_as_it_would_without(module: str) -> None:
    when_imported(module, lambda: None)
    made = import_module(module)

    assert type(made.__loader__) is SourceFileLoader
    assert made.__spec__ is not None and made.__spec__.loader is made.__loader__
    assert "exec_module" not in vars(made.__loader__)


def test_an_import_that_fails_may_be_tried_again(module: str, tmp_path: Path) -> None:
    called: list[str] = []
    source = tmp_path / f"{module}.py"
    source.write_text("raise ImportError", encoding="utf-8")
    when_imported(module, lambda: called.append(module))
    with pytest.raises(ImportError):
        import_module(module)
    assert called == []

    source.write_text("VALUE = 18  # another length", encoding="utf-8")
    import_module(module)

    assert called == [module]


def test_threads_that_import_at_once_find_it_observed_once(module: str) -> None:
    called: list[str] = []
    when_imported(module, lambda: called.append(module))
    threads = [threading.Thread(target=import_module, args=(module,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert called == [module]


SELECT = """
{first}
import sqlalchemy
from opentelemetry import trace
from glasshouse_telemetry.testing import capture_spans
with capture_spans() as spans, trace.get_tracer("test").start_as_current_span("work"):
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
print([span.name for span in spans])
"""
OBSERVE = """
import sys, flask, glasshouse_telemetry as telemetry
telemetry.instrument(flask.Flask("shop"))
assert "sqlalchemy" not in sys.modules, "it takes a tenth of a second that not every app needs"
"""
NO_CODE = """
import sys, flask
from glasshouse_telemetry.zero_code import Instrumentor
Instrumentor().instrument()
flask.Flask("shop")
assert "sqlalchemy" not in sys.modules
"""


@pytest.mark.parametrize(
    "first",
    [OBSERVE, "import sqlalchemy" + OBSERVE.replace("assert", "0 and"), NO_CODE],
    ids=["later", "before", "no code"],
)
def test_every_engine_is_observed_whenever_sqlalchemy_is_imported(first: str, tmp_path: Path) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "OTEL_TRACES_EXPORTER": "none",
        "TELEMETRY_LOG_FILE": str(tmp_path / "log"),
    }
    program = [sys.executable, "-c", SELECT.format(first=first)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60)

    assert (done.stdout, done.returncode) == ("['SELECT', 'work']\n", 0), done.stderr
