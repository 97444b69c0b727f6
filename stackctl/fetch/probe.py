"""Asking a program for its version."""

import re
import subprocess
from pathlib import Path

# "prometheus, version 3.15.0 (branch: ...", "otelcol version 0.155.0", {"gitVersion":"v2.13.0", ...,
# or nothing before it: "v5.8.2"
_VERSION = re.compile(r'(?:\bversion |"gitVersion":\s*"|\A)v?(\d[\w.+-]*)')
_ARGUMENT = {"jaeger": "version", "kustomize": "version"}


def version_of(name: str, path: Path, within_seconds: float = 15.0) -> str | None:
    """Run the program and read its version; None when it cannot be run, says none, or does not end."""
    try:
        answer = subprocess.run(
            [path, _ARGUMENT.get(name, "--version")],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within_seconds,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(answer.stdout + answer.stderr)
    return found.group(1) if found else None
