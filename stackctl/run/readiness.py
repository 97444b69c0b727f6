"""Waiting until components can do their work: each answers 200, and none has died on the way."""

import socket
import time
import urllib.request
from collections.abc import Collection, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from http.client import HTTPException
from urllib.parse import urlsplit

from stackctl.errors import StackError
from stackctl.run import pidfiles
from stackctl.run.components import Component
from stackctl.run.launching import LOG_HEADER, log_path
from stackctl.run.steps import Steps

TAIL_LINES = 15

# Everything is on this machine: a proxy named in the environment must not be asked.
_local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_ready(component: Component) -> bool:
    return answers(component.ready_url, component.authorization)


def answers(url: str, authorization: str = "") -> bool:
    """Does it answer 200, or with tcp:// accept a connection?"""
    place = urlsplit(url)
    try:
        if place.scheme == "tcp":
            socket.create_connection((place.hostname or "", place.port or 0), timeout=1).close()
            return True
        headers = {"Authorization": authorization} if authorization else {}
        request = urllib.request.Request(url, headers=headers)
        with _local.open(request, timeout=1) as response:
            return bool(response.status == 200)
    except (OSError, HTTPException):
        return False


def wait_ready(components: Collection[Component], within: float, steps: Steps) -> None:
    """Return when all are ready; raise when one has ended before that, or after so many seconds."""
    deadline = time.monotonic() + within
    with ThreadPoolExecutor(max(1, len(components))) as pool:
        questions = _Questions(pool, components, steps)
        while questions.open():
            for component in components:
                _require_alive(component, steps)
            questions.ask_again()
            if time.monotonic() > deadline and questions.open():
                raise _too_slow(questions.open(), within)
            time.sleep(0.05)


class _Questions:
    """Asks every component whether it is ready, all at once: one that never answers delays no other."""

    def __init__(self, pool: Executor, components: Iterable[Component], steps: Steps) -> None:
        self._pool, self._steps = pool, steps
        self._components = {each.name: each for each in components if not is_ready(each)}
        self._asked = {name: pool.submit(is_ready, each) for name, each in self._components.items()}
        for name in self._components:
            steps.begin(name, "starting")

    def open(self) -> list[str]:
        return list(self._asked)

    def ask_again(self) -> None:
        """Ask those again that have said no; those that have said yes are done."""
        for name in [name for name, answer in self._asked.items() if answer.done()]:
            if self._asked.pop(name).result():
                self._steps.finish(name, "ready")
            else:
                self._asked[name] = self._pool.submit(is_ready, self._components[name])


def log_tail(name: str, most: int = TAIL_LINES) -> str:
    """The last lines that a component wrote since its latest start."""
    try:
        with log_path(name).open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - 64 * 1024))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    starts = [number for number, line in enumerate(lines) if line.startswith(LOG_HEADER)]
    return "\n".join(lines[starts[-1] + 1 if starts else 0 :][-most:])


def _require_alive(component: Component, steps: Steps) -> None:
    record = pidfiles.read(component.name)
    code = pidfiles.exit_code(record.pid) if record else None
    if record is None or code is not None or pidfiles.process_of(record) is None:
        steps.finish(component.name, "ended")
        raise StackError(
            f"{component.name} ended before it was ready{_how(code)}.", _evidence(component.name)
        )


def _how(code: int | None) -> str:
    if code is None:
        return ""
    return f" (exit code {code})" if code >= 0 else f" (killed by signal {-code})"


def _too_slow(names: Iterable[str], within: float) -> StackError:
    return StackError(
        f"not ready after {within:.0f} s: {', '.join(names)}.", "\n".join(map(_evidence, names))
    )


def _evidence(name: str) -> str:
    tail = log_tail(name) or "(it wrote nothing)"
    indented = "\n".join(f"  | {line}" for line in tail.splitlines())
    return f"The end of {log_path(name)}:\n{indented}"
