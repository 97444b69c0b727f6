"""Services under gunicorn, as they really run, on ports of their own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from stackctl.paths import ROOT
from stackctl.system.polling import NotYet, poll_until


class ServiceProcess:
    """One service; its log lines and its server's words are in `folder`."""

    def __init__(self, name: str, folder: Path, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._name = name
        self._log = folder / f"{name}-{port}.log"
        self._environment = {
            **os.environ,
            "BIND_HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": f"sqlite:///{folder}/{name}.db",
            "OTEL_TRACES_EXPORTER": "none",
            "TELEMETRY_LOG_FILE": str(folder / f"{name}-{port}.jsonl"),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ("gunicorn", "-c", "apps/gunicorn.conf.py", f"apps.{self._name}:create_app()")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", *command],  # ends with the tests
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        def ready() -> bool | NotYet:
            assert self._process is not None and self._process.poll() is None, self.words()
            try:
                return requests.get(f"{self.url}/readyz", timeout=1).status_code == 200
            except requests.RequestException as error:
                return NotYet(type(error).__name__)

        poll_until(ready, f"{self._name} at {self.url}")

    def wait(self) -> int:
        """Its exit code."""
        assert self._process is not None
        return self._process.wait(timeout=20)

    def kill(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """The server and its worker at once, when they still run."""
        assert self._process is not None
        if self._process.poll() is None:
            os.killpg(self._process.pid, with_signal)

    def terminate(self) -> None:
        assert self._process is not None
        self._process.terminate()

    def words(self) -> str:
        return self._log.read_text(encoding="utf-8")
