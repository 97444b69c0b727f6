"""The locking rule at the top of logs/output.py: nothing waits without bound, whatever strikes when."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SECONDS = os.environ.get("TELEMETRY_STRESS_SECONDS", "3")
# All but fast/span.py: that is the lock of a span, which the SDK's own methods hold while they work and warn.
LIBRARY = ("glasshouse_telemetry/", "export/", "flask/", "libraries/", "logs/", "metrics/", "spans/")


def stress(tmp_path: Path, path: str, *arguments: str) -> dict[str, Any]:
    """What the stress program tells at its end."""
    environment = {
        **os.environ,
        "OTEL_TRACES_EXPORTER": "otlp",  # to nobody: spans are encoded, wait and are dropped
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "TELEMETRY_LOG_FILE": str(tmp_path / "stress.jsonl"),
        "TELEMETRY_SPOOL_DIR": str(tmp_path / "spool"),
        "TELEMETRY_FAST_PATH": "on" if path == "fast" else "off",
    }
    program = [sys.executable, "-m", "tests.unit.telemetry.stress", SECONDS, *arguments]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return told


@pytest.mark.parametrize("path", ["plain", "fast"])
def test_nothing_is_ever_stuck(tmp_path: Path, path: str) -> None:
    told = stress(tmp_path, path)

    assert told["failures"] == []
    assert min(told["served"].values()) > 0
    lines = (tmp_path / "stress.jsonl").read_text(encoding="utf-8").splitlines()
    messages = {json.loads(line)["message"] for line in lines}
    assert {"a signal came", "unclosed", "from a child"} <= messages, "everything has struck"


@pytest.mark.parametrize("path", ["plain", "fast"])
def test_locks_are_waited_for_in_one_order(tmp_path: Path, path: str) -> None:
    edges = [tuple(edge) for edge in stress(tmp_path, path, "--record-locks")["edges"]]

    assert edges, "locks were recorded"
    assert cycle_in(edges) == []
    ours_first = [edge for edge in edges if edge[0].startswith(LIBRARY)]
    assert ours_first == [], "while one of ours is held, nobody waits for another lock"


def cycle_in(edges: list[tuple[str, ...]]) -> list[str]:
    """A circle of places that wait for one another; empty when there is none."""
    following: dict[str, set[str]] = {}
    for held, wanted in edges:
        following.setdefault(held, set()).add(wanted)
    finished: set[str] = set()

    def visit(place: str, path: list[str]) -> list[str]:
        if place in path:
            return [*path[path.index(place) :], place]
        if place not in finished:
            for after in following.get(place, ()):
                if after != place and (found := visit(after, [*path, place])):
                    return found
            finished.add(place)
        return []

    return next((found for place in list(following) if (found := visit(place, []))), [])


def test_a_circle_is_found() -> None:
    assert cycle_in([("a", "b"), ("b", "c")]) == []
    assert cycle_in([("a", "b"), ("b", "c"), ("c", "a")]) == ["a", "b", "c", "a"]
