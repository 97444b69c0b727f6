"""Waiting until components can do their work: each answers 200, and none has died on the way."""

import time
import urllib.request
from collections.abc import Collection
from http.client import HTTPException

from stackctl import pidfiles
from stackctl.components import Component
from stackctl.console import Steps
from stackctl.errors import StackError
from stackctl.launching import LOG_HEADER, log_path

TAIL_LINES = 15

# Everything is on this machine: a proxy named in the environment must not be asked.
_local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str) -> bool:
    try:
        with _local.open(url, timeout=1) as response:
            return bool(response.status == 200)
    except (OSError, HTTPException):
        return False


def wait_ready(components: Collection[Component], within: float, steps: Steps) -> None:
    """Return when all are ready; raise when one has ended before that, or after so many seconds."""
    deadline = time.monotonic() + within
    waiting = [component for component in components if not answers(component.ready_url)]
    for component in waiting:
        steps.begin(component.name, "starting")
    while waiting:
        for component in components:
            _require_alive(component, steps)
        for component in [component for component in waiting if answers(component.ready_url)]:
            steps.finish(component.name, "ready")
            waiting.remove(component)
        if waiting and time.monotonic() > deadline:
            raise _too_slow(waiting, within)
        time.sleep(0.05)


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


def _too_slow(waiting: Collection[Component], within: float) -> StackError:
    names = [component.name for component in waiting]
    return StackError(
        f"not ready after {within:.0f} s: {', '.join(names)}.", "\n".join(map(_evidence, names))
    )


def _evidence(name: str) -> str:
    tail = log_tail(name) or "(it wrote nothing)"
    indented = "\n".join(f"  | {line}" for line in tail.splitlines())
    return f"The end of {log_path(name)}:\n{indented}"
