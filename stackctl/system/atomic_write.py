"""Files that are written in one step: whoever reads one meanwhile finds the old one or the new one, whole."""

import os
from pathlib import Path


def write(path: Path, text: str, private: bool = False) -> None:
    """Make its folder, too, where it is missing. A private file can be read by nobody else, at no time."""
    path.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    half_written = path.with_suffix(".tmp")
    half_written.unlink(missing_ok=True)
    mode = 0o600 if private else 0o666
    with open(
        half_written, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, mode)
    ) as file:
        file.write(text)
    half_written.replace(path)
