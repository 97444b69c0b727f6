"""Where the benchmark's packages are installed: an environment of its own, made once."""

import subprocess
import venv
import zlib
from pathlib import Path

from benchmarks.processes import ROOT
from stackctl.paths import state_dir

_LIST = ROOT / "requirements" / "benchmarks.txt"


def programs() -> Path:
    """The folder of its programs; installs what is missing."""
    folder = state_dir() / "benchmarks" / "venv"
    mark, wanted = folder / "installed", str(zlib.crc32(_LIST.read_bytes()))
    if not mark.exists() or mark.read_text() != wanted:
        print("benchmark: installing the packages to compare with (once)")
        venv.create(folder, with_pip=True, clear=True)
        pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
        subprocess.run([*pip, "--require-hashes", "-r", _LIST], check=True)
        mark.write_text(wanted)
    return folder / "bin"
