"""The stack of docker-compose.yml on the tests' engine, used as people use it: ./stack --mode compose."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from stackctl.paths import ROOT
from stackctl.system.polling import NotYet, poll_until
from tests.containers.engine import Engine

_STACK = (sys.executable, "-m", "stackctl", "--mode", "compose")
_UP_WITHIN_SECONDS = 300


class Stack:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seconds_to_healthy = 0.0

    def up(self) -> None:
        began = time.monotonic()
        done = self.command("up", "--wait-timeout", str(_UP_WITHIN_SECONDS), check=False)
        if done.returncode:
            said = self.compose("logs", "--no-color", "--tail", "15", check=False).stdout
            states = self.compose("ps", "--all", check=False).stdout
            raise AssertionError(f"{done.stderr[-1500:]}\n{states}\n{said}")
        self.seconds_to_healthy = time.monotonic() - began

    def down(self) -> None:
        self.command("down", "--clean")

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of ./stack."""
        return self._engine.run(*_STACK, *arguments, cwd=ROOT, check=check)

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._engine.begin(*_STACK, *arguments, cwd=ROOT)

    def docker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._engine.run("docker", *arguments, cwd=ROOT, check=check)

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.docker("compose", *arguments, check=check)

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.command("status", "--json", check=False).stdout)
        return answer

    def wait_until_ready(self, within: float = 120.0) -> None:
        def ready() -> bool | NotYet:
            status = self.status()
            waiting = [each["name"] for each in status["components"] if not each["ready"]]
            return status["ready"] or NotYet(f"not yet: {', '.join(waiting)}")

        poll_until(ready, "all containers to be well", within, interval=1)

    def services(self) -> list[str]:
        return sorted(each["name"] for each in self.status()["components"])

    def inspect(self, service: str) -> Mapping[str, Any]:
        [container] = self.compose("ps", "--all", "--quiet", service).stdout.split()
        answer: list[dict[str, Any]] = json.loads(self._engine.run("docker", "inspect", container).stdout)
        return answer[0]

    def kill_process(self, service: str) -> None:
        """As a crash does it: the engine is not asked, and so has to bring it back by itself."""
        before = self.inspect(service)
        os.kill(before["State"]["Pid"], signal.SIGKILL)
        poll_until(
            lambda: self.inspect(service)["RestartCount"] > before["RestartCount"] or NotYet("still away"),
            f"{service} to be started again",
        )

    def fetch(self, url: str) -> str:
        """From where people are: the address that is published."""
        code = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=10).read().decode())"
        return self._engine.run(sys.executable, "-c", code, url).stdout
