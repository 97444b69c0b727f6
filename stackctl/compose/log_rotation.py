"""Log files of bounded size, without the loss of a line.

A file is moved away, never truncated. Its writer goes on in the moved one until it notices, within a second
(telemetry), and the Collector's pattern matches that name, too.
"""

from contextlib import suppress
from pathlib import Path


def rotate_large(folder: Path, largest: float, keep: int) -> list[Path]:
    """Move away every `*.jsonl` with more bytes than `largest`; return which."""
    moved = []
    for path in sorted(folder.glob("*.jsonl")):
        if path.stat().st_size > largest:
            rotate(path, keep)
            moved.append(path)
    return moved


def rotate(path: Path, keep: int) -> None:
    """`users.jsonl` becomes `users.jsonl.1`, that one `users.jsonl.2`; beyond `keep` they go."""
    _rotated(path, keep).unlink(missing_ok=True)
    for number in range(keep - 1, 0, -1):
        with suppress(FileNotFoundError):
            _rotated(path, number).rename(_rotated(path, number + 1))
    path.rename(_rotated(path, 1))


def _rotated(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
