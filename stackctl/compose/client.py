"""The stack in containers, from outside: docker compose on this repository's file, ./stack in a container."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from stackctl.errors import StackError
from stackctl.paths import ROOT

# The service of docker-compose.yml in which ./stack runs beside the others: same network, same volumes.
INSIDE = "stack"


def compose(
    *arguments: str, captured: bool = False, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run docker compose on our file. `captured`: its output is for us, and a failure an error.

    `settings` go before those of .env.
    """
    command = (*_program(), "compose", "--project-directory", str(ROOT), *arguments)
    if captured:
        return _captured(command, f"docker compose {arguments[0]}", settings or {})
    return subprocess.run(command, check=False, text=True, env={**os.environ, **(settings or {})})


def docker(*arguments: str) -> str:
    """What docker answers. On a container whose name is known it is several times quicker than compose."""
    return _captured((*_program(), *arguments), f"docker {arguments[0]}", {}).stdout


def inside(*arguments: str) -> int:
    """Run a command of ./stack in a container; return its exit code."""
    plain = () if sys.stdin.isatty() and sys.stdout.isatty() else ("--no-TTY",)
    # What compose says of the container it makes is nobody's concern.
    return compose("--progress=quiet", "run", "--rm", "--no-deps", *plain, INSIDE, *arguments).returncode


def run(*arguments: str) -> None:
    """A container of its own, of a service: options of `docker compose run`, the service, its arguments."""
    compose("run", "--no-deps", *arguments, captured=True)


def up(*services: str, settings: Mapping[str, str] | None = None) -> None:
    """Start these alone, anew where they are configured otherwise now, and wait until they are healthy."""
    compose("up", "--detach", "--wait", "--no-deps", *services, captured=True, settings=settings)


def kill(service: str) -> None:
    """As `kill -9` does. It stays away until `up`: docker takes this for somebody's will."""
    compose("kill", "--signal=KILL", service, captured=True)


def containers() -> list[dict[str, Any]]:
    """What `docker compose ps` knows of each container, those that have ended included."""
    answer = compose("ps", "--all", "--format=json", captured=True).stdout
    return [json.loads(line) for line in answer.splitlines() if line.strip()]


def memory_of(names: Sequence[str]) -> dict[str, str]:
    """What each container uses, as docker says it: `91.9MiB / 128MiB`."""
    if not names:
        return {}
    command = ("docker", "stats", "--no-stream", "--format={{.Name}}\t{{.MemUsage}}", *names)
    answer = subprocess.run(command, check=False, text=True, capture_output=True).stdout
    return dict(line.split("\t", 1) for line in answer.splitlines() if "\t" in line)


def _captured(
    command: Sequence[str], what: str, settings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **settings},
        start_new_session=True,  # Ctrl-C is for us: what heals must not die of it
    )
    if done.returncode:
        raise StackError(f"{what} fails.", (done.stderr or done.stdout).strip())
    return done


def _program() -> tuple[str, ...]:
    if not shutil.which("docker"):
        raise StackError("docker is not installed.", "https://docs.docker.com/engine/install/ says how.")
    return ("docker",)
