"""Virtual environments that tests make, with packages from the package index."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

_UV = (sys.executable, "-m", "uv")
_ATTEMPTS = 4


def new_environment(folder: Path, *packages: str) -> Path:
    """Make one with these packages (arguments of `uv pip install`) and return its Python.

    What uv has kept of earlier installations is enough where it has everything: then nobody is asked.
    """
    subprocess.run([*_UV, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [*_UV, "pip", "install", "--quiet", "--python", str(python), *packages]
    for attempt in range(_ATTEMPTS):
        # The newest versions are those of today.
        offline = ["--offline"] if attempt == 0 and "--resolution" not in packages else []
        done = subprocess.run([*install, *offline], capture_output=True, text=True)
        if done.returncode == 0:
            return python
        if not offline:
            time.sleep(5 * attempt)
    pytest.fail(f"no environment with {' '.join(packages)}: is the package index there?\n{done.stderr}")
