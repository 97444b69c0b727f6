"""A Flask app served by a real gunicorn, in a process of its own."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import requests
from opentelemetry.instrumentation.utils import suppress_instrumentation

from tests.integration.telemetry.otlp_receiver import free_port

ROOT = Path(__file__).parents[3]


def poll_until(condition: Callable[[], object], what: str, seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not (state := condition()):
        assert time.monotonic() < deadline, f"{what}: still {state!r} after {seconds} s"
        time.sleep(0.02)


class GunicornApp:
    """`source` defines `app`. Everything that the process writes is in `folder`."""

    def __init__(
        self,
        folder: Path,
        source: str,
        *,
        environment: Mapping[str, str],
        options: Sequence[str] = (),
        command: Sequence[str] = (sys.executable, "-m", "gunicorn"),
    ) -> None:
        (folder / "app.py").write_text(textwrap.dedent(source), encoding="utf-8")
        self.log_file = folder / "app.jsonl"
        self.port = free_port()
        self._output = folder / "output.txt"
        settings = ["-k", "gthread", "--threads", "8", "-b", f"127.0.0.1:{self.port}", *options]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, *settings, "app:app"],
                cwd=folder,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(ROOT),
                    "TELEMETRY_LOG_FILE": str(self.log_file),
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> None:
        poll_until(self._ready, f"gunicorn on port {self.port}", seconds=30)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, count: int, path: str = "/hello/Ada") -> tuple[list[str], list[float]]:
        """Ask so many times, eight at a time. The trace ids sent, and the seconds that each answer took."""
        trace_ids = [uuid4().hex for _ in range(count)]
        with requests.Session() as session, ThreadPoolExecutor(8) as threads:

            def ask(trace_id: str) -> float:
                headers = {"traceparent": f"00-{trace_id}-{'b' * 16}-01"}
                with suppress_instrumentation():  # other tests of this process may have `requests` observed
                    response = session.get(self.url(path), headers=headers, timeout=10)
                assert response.status_code == 200
                return response.elapsed.total_seconds()

            return trace_ids, list(threads.map(ask, trace_ids))

    def metric(self, sample: str) -> float:
        """The value of one sample, given as it is written: name and labels."""
        text = requests.get(self.url("/metrics"), timeout=5).text
        return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{sample} "))

    def worker_pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="utf-8").split()]

    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def stop(self) -> None:
        """As a supervisor does: SIGTERM, and everything is in order afterwards."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.output()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.output()
        try:
            return requests.get(self.url("/metrics"), timeout=1).status_code == 200
        except (requests.ConnectionError, requests.Timeout):  # gunicorn listens before the app is there
            return False
