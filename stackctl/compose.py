"""The stack in containers, from outside: docker compose on this repository's file, ./stack in a container."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from stackctl.errors import StackError
from stackctl.paths import ROOT

# The service of docker-compose.yml in which ./stack runs beside the others: same network, same volumes.
INSIDE = "stack"


def compose(*arguments: str, captured: bool = False) -> subprocess.CompletedProcess[str]:
    """Run docker compose on our file. `captured`: its output is for us, and a failure an error."""
    command = (*_program(), "--project-directory", str(ROOT), *arguments)
    done = subprocess.run(command, check=False, text=True, capture_output=captured)
    if captured and done.returncode:
        raise StackError(f"docker compose {arguments[0]} fails.", done.stderr.strip())
    return done


def inside(*arguments: str) -> int:
    """Run a command of ./stack in a container; return its exit code."""
    plain = () if sys.stdin.isatty() and sys.stdout.isatty() else ("--no-TTY",)
    # What compose says of the container it makes is nobody's concern.
    return compose("--progress=quiet", "run", "--rm", "--no-deps", *plain, INSIDE, *arguments).returncode


def start(service: str) -> None:
    compose("start", service, captured=True)


def stop(service: str) -> None:
    """Ask it to end, and wait for that."""
    compose("stop", service, captured=True)


def kill(service: str) -> None:
    """As `kill -9` does. It stays away until `start`: docker takes this for somebody's will."""
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


def _program() -> tuple[str, ...]:
    if not shutil.which("docker"):
        raise StackError("docker is not installed.", "https://docs.docker.com/engine/install/ says how.")
    return ("docker", "compose")
