"""Programs whose output passes through: run by a process of their own, as signals are taken over there."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackctl.own_apps.log_file import LogFile
from stackctl.paths import ROOT
from stackctl.system.polling import NotYet, poll_until

_RUN = """
import os, sys
from pathlib import Path
from stackctl.own_apps.log_file import LogFile
from stackctl.own_apps.program import run
sys.exit(run(sys.argv[2:], dict(os.environ), "billing", LogFile(Path(sys.argv[1]))))
"""


def runner(file: Path, *command: str) -> list[str]:
    return [sys.executable, "-c", _RUN, str(file), *command]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def messages(file: Path) -> list[str]:
    return [json.loads(line)["message"] for line in file.read_text().splitlines()]


def test_output_input_folder_and_exit_code_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "billing.jsonl"
    done = subprocess.run(
        runner(file, "sh", "-c", "cat; pwd >&2; exit 7"),
        input="given\n",
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (done.stdout, done.stderr, done.returncode) == ("given\n", f"{tmp_path}\n", 7)
    assert sorted(messages(file)) == sorted(["given", str(tmp_path)])
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_it_once(number: signal.Signals, tmp_path: Path) -> None:
    script = f"""
import signal, time
seen = []
signal.signal({int(number)}, lambda *_: (seen.append(1), print("signal", flush=True)))
print("ready", flush=True)
while not seen: time.sleep(0.01)
time.sleep(0.3)
raise SystemExit(len(seen))
"""
    file = tmp_path / "billing.jsonl"
    with subprocess.Popen(
        runner(file, sys.executable, "-c", script), env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(20) == 1


def test_a_program_ended_by_a_signal_has_the_code_of_a_shell(tmp_path: Path) -> None:
    done = subprocess.run(
        runner(tmp_path / "x.jsonl", "sh", "-c", "kill -9 $$"), env=environment(), timeout=30
    )

    assert done.returncode == 128 + 9


def test_a_terminal_stays_one_and_ctrl_c_reaches_it_once(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\n"
        "print('terminal', os.isatty(0), os.isatty(1), os.isatty(2), flush=True)\n"
        "try: time.sleep(20)\n"
        "except KeyboardInterrupt: time.sleep(0.3); print('bye', flush=True); sys.exit(5)\n"
    )
    file = tmp_path / "billing.jsonl"
    pid, terminal = pty.fork()
    if pid == 0:
        command = runner(file, sys.executable, "-c", script)
        os.execve(command[0], command, environment())
    shown = b""
    while b"terminal" not in shown:
        shown += os.read(terminal, 1000)
    time.sleep(0.1)
    os.write(terminal, b"\x03")
    status = poll_until(lambda: _ended(pid), "the program to end", 20)
    os.close(terminal)

    assert os.waitstatus_to_exitcode(status) == 5
    assert messages(file) == ["terminal True True True", "bye"]


def _ended(pid: int) -> int | NotYet:
    found, status = os.waitpid(pid, os.WNOHANG)
    return status if found else NotYet("it runs")


def test_the_file_is_bounded_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "billing.jsonl"
    one, other = LogFile(path, largest=100), LogFile(path, largest=100)
    for _ in range(40):
        one.write(["a" * 20])
        other.write(["b" * 20])

    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"{path.name}.1", f"{path.name}.2"]
    assert max(file.stat().st_size for file in tmp_path.iterdir()) <= 142
    one.close()
    other.close()


def test_a_file_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = LogFile(tmp_path / "file" / "billing.jsonl")
    file.write(["line"])

    assert isinstance(file.problem, NotADirectoryError | FileExistsError)
