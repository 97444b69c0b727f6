"""Programs that know nothing of this stack, run by `./stack run`: each request in all signals, once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO
from uuid import uuid4

from rich.console import Console

from proof.own_app.traffic import send_to_app
from proof.own_app.verification import verify_app
from stackctl.paths import ROOT
from stackctl.query import Line, Loki
from stackctl.system.polling import NotYet, poll_until

APPS = ROOT / "tests" / "own_apps"
WITHIN = 30.0


@contextmanager
def running(name: str, port: int, output: IO[bytes], *command: str) -> Iterator[None]:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    program = subprocess.Popen(
        [ROOT / "stack", "run", "--name", name, "--", *command],
        cwd=APPS,
        env=env,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        poll_until(partial(answers, port), f"{name} to listen on {port}", WITHIN)
        yield
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(20)


def answers(port: int) -> bool | NotYet:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError as error:
        return NotYet(str(error))
    return True


def lines_of(service: str) -> list[Line]:
    now = time.time_ns()
    return list(Loki().lines(f'{{service_name="{service}"}}', now - 600 * 10**9, now))


def test_every_request_to_three_tutorial_apps_is_in_all_signals_once(
    stack: None, console: Console, tmp_path: Path
) -> None:
    gunicorn = (sys.executable, "-m", "gunicorn", "-w", "2", "-b")
    apps = {
        "hello": (8195, (sys.executable, "hello.py", "8195"), ["GET /"]),
        "notes": (
            8196,
            (*gunicorn, "127.0.0.1:8196", "notes:create_app()"),
            ["GET /notes/1", "GET /notes/9"],
        ),
        "broken": (8197, (*gunicorn, "127.0.0.1:8197", "broken:app"), ["GET /", "GET /divide/0"]),
    }
    for kind, (port, command, requests) in apps.items():
        name = f"{kind}-{uuid4().hex[:6]}"
        listed = tmp_path / f"{kind}.yaml"
        listed.write_text(
            "".join(
                f"- {{method: {m}, path: {p}, expect: [200, 404, 500]}}\n"
                for m, p in map(str.split, requests)
            )
        )
        output = tmp_path / f"{kind}.txt"
        with output.open("wb") as file, running(name, port, file, *command):
            run = send_to_app(
                console, to=f"http://127.0.0.1:{port}", requests=listed, rate=20, duration=3, seed=1
            )
            report = verify_app(run, name, 60, lambda *_: None)
        assert report.ok and not report.not_checked, report
        assert len(report.checks) == 4
        printed = output.read_text().splitlines()
        if kind == "hello":
            assert output.read_text().count("somebody says hello") == 60
            poll_until(
                partial(has_lines, name, "somebody says hello", 60), "what it printed, in Loki", WITHIN
            )
        if kind == "broken":
            failed = sum(line.startswith("ZeroDivisionError") for line in printed)
            assert failed > 0
            poll_until(
                partial(has_lines, name, "ZeroDivisionError", failed), "its tracebacks in Loki", WITHIN
            )


def has_lines(service: str, words: str, amount: int) -> bool | NotYet:
    """Two threads that print at once may share a line."""
    found = sum(line.text.count(words) for line in lines_of(service))
    assert found <= amount
    return True if found == amount else NotYet(f"{found} of {amount}")
