"""The real backends with our own files, on a loopback address of their own: beside any stack that runs.

They are started as `./stack up` starts them (stackctl/run/backends.py), only elsewhere. So what a test sees
of them holds for the stack.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from random import randrange
from typing import Any
from unittest import mock

import requests

from stackctl import fetch, ports
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.run import alert_profiles, backends
from stackctl.run.components import Component
from stackctl.settings import alertmanager_login
from stackctl.system.polling import NotYet, poll_until


class PrivateBackends:
    """`folder` takes the place of `.stack/`; `folder / "logs"` is where the Collector looks for log lines."""

    def __init__(self, folder: Path, names: Iterable[str] = backends.PROGRAMS) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.host = f"127.{randrange(1, 255)}.{randrange(255)}.{randrange(2, 255)}"
        self.loki = Loki(self.url(ports.LOKI_HTTP))
        self.jaeger = Jaeger(self.url(ports.JAEGER_QUERY))
        self.prometheus = Prometheus(self.url(ports.PROMETHEUS))
        with mock.patch.dict(os.environ, {"GLASSHOUSE_STATE_DIR": str(folder)}):
            alert_profiles.use("production")
            alertmanager_login.make_missing()
            components = backends.backends(fetch.ensure(backends.PROGRAMS))
        wanted = {"otel-collector" if name == "otelcol" else name for name in names}
        self.components = {each.name: self._moved(each) for each in components if each.name in wanted}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "PrivateBackends":
        # The Collector connects to Jaeger as soon as it starts, and warns when nobody is there yet.
        for tier in sorted({each.tier for each in self.components.values()}, reverse=True):
            names = [name for name, each in self.components.items() if each.tier == tier]
            for name in names:
                self.start(name, wait=False)
            for name in names:
                self.wait_until_ready(name)
        return self

    def __exit__(self, *failure: object) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def url(self, port: int, path: str = "") -> str:
        return f"http://{self.host}:{port}{path}"

    def start(self, name: str, environment: Mapping[str, str] | None = None, *, wait: bool = True) -> None:
        component = self.components[name]
        (self.folder / "data" / name).mkdir(parents=True, exist_ok=True)
        with self.log_file(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                component.argv,
                env={"PATH": os.environ["PATH"], **component.env, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_until_ready(name)

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """And wait until it has ended."""
        self.processes[name].send_signal(number)
        self.processes[name].wait(30)

    def kill(self, name: str) -> None:
        self.stop(name, signal.SIGKILL)

    def wait_until_ready(self, name: str) -> None:
        poll_until(lambda: self._ready(name), f"{name} to be ready", 60)

    def log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str) -> str:
        return self.log_file(name).read_text(encoding="utf-8", errors="replace")

    def lines(self, query: str, hours: float = 12) -> list[Any]:
        """All of Loki's lines of that time until now."""
        now = time.time_ns()
        return list(self.loki.lines(query, now - int(hours * 3600e9), now + int(60e9)))

    def _ready(self, name: str) -> bool | NotYet:
        assert self.processes[name].poll() is None, self.log(name)[-2000:]
        component = self.components[name]
        headers = {"Authorization": component.authorization} if component.authorization else {}
        try:
            answer = requests.get(component.ready_url, headers=headers, timeout=2)
        except requests.RequestException as error:
            return NotYet(error)
        return answer.ok or NotYet(answer.text)

    def _moved(self, component: Component) -> Component:
        def moved(text: str) -> str:
            return text.replace(ports.HOST, self.host)

        return replace(
            component,
            argv=tuple(map(moved, component.argv)),
            ready_url=moved(component.ready_url),
            env={name: moved(value) for name, value in component.env.items()},
        )
