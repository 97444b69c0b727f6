"""Log lines as a person reads them."""

import json
from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner

from stackctl.cli.main import app
from stackctl.inspect.logs import readable

LINE = {
    "timestamp": "2026-11-21T02:14:32.926352Z",
    "severity": "INFO",
    "message": "POST /orders 201",
    "logger": "telemetry.access",
    "service": "orders",
    "span_id": "5f3e8950410733a0",
    "trace_id": "d4a543ab8ee56f9c8911445d25280871",
    "duration_ms": 14.63,
}


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


def test_a_json_line_begins_with_time_severity_and_message() -> None:
    assert readable(json.dumps(LINE)).plain == (
        "02:14:32.926 INFO     POST /orders 201 trace_id=d4a543ab8ee56f9c8911445d25280871 duration_ms=14.63"
    )


def test_a_stack_trace_keeps_its_lines() -> None:
    line = {**LINE, "exception.stacktrace": "Traceback:\n  File ...\nKeyError: 'x'\n"}

    assert readable(json.dumps(line)).plain.endswith("\nTraceback:\n  File ...\nKeyError: 'x'")


@pytest.mark.parametrize("line", ["plain text", "{broken", "[1, 2]", "", "[red]not markup[/]"])
def test_any_other_line_stays_as_it_is(line: str) -> None:
    assert readable(line) == Text(line)


def test_the_last_lines_of_both_files_are_shown(logs: Path) -> None:
    (logs / "orders.log").write_text("one\ntwo\nthree\n")
    (logs / "orders.jsonl").write_text(json.dumps(LINE) + "\n")

    shown = CliRunner().invoke(app, ["logs", "orders", "-n", "2"]).output

    assert shown.splitlines()[:2] == ["two", "three"]
    assert shown.splitlines()[2].startswith("02:14:32.926 INFO     POST /orders 201")


def test_raw_lines_are_the_bytes_of_the_file(logs: Path) -> None:
    (logs / "orders.jsonl").write_text(json.dumps(LINE) + "\n")

    assert CliRunner().invoke(app, ["logs", "orders", "--raw"]).output == json.dumps(LINE) + "\n"
