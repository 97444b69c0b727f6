"""The file with a program's lines that the Collector reads: private, bounded, shared by several runs."""

import os
from contextlib import suppress
from pathlib import Path

LARGEST = 50_000_000  # bytes; with what was moved aside, three times as much at most
_KEPT = 2


class LogFile:
    """Appends whole lines. Never raises: `problem` says what hinders it, once it does."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._path = path
        self._largest = largest
        self._fd = -1
        self.problem: OSError | None = None

    def write(self, lines: list[str]) -> None:
        if not lines:
            return
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        try:
            self._follow()
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            self.problem = error

    def close(self) -> None:
        if self._fd != -1:
            with suppress(OSError):
                os.close(self._fd)
            self._fd = -1

    def _follow(self) -> None:
        """Open the file; again when it was moved away, by us or by another run of the same name."""
        with suppress(FileNotFoundError):
            found = os.stat(self._path)
            if found.st_size >= self._largest:
                for number in range(_KEPT, 0, -1):
                    older = self._path if number == 1 else self._numbered(number - 1)
                    with suppress(FileNotFoundError):
                        older.replace(self._numbered(number))
            elif self._fd != -1 and os.path.samestat(found, os.fstat(self._fd)):
                return
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
