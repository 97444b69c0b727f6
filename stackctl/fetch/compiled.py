"""Which packages are compiled already, by whatever release or interrupted run: where progress starts."""

from collections.abc import Iterable
from pathlib import Path


class Compiled:
    """Names with versions, one per line of a file that lives and dies with the build cache."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = set(file.read_text(encoding="utf-8").split()) if file.exists() else set()

    def count(self, packages: Iterable[str]) -> int:
        return len(self._known.intersection(packages))

    def add(self, package: str | None) -> bool:
        """Remember a package; False when there is nothing new."""
        if package is None or package in self._known:
            return False
        self._known.add(package)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{package}\n")
        return True
