"""The one way out for log lines: counted, never in the way of a request."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from telemetry._line_file import LineFile
from telemetry._metrics import instruments


class Output:
    """Takes the lines of every logging library of this process. Never raises."""

    def __init__(self) -> None:
        self.service = "unknown_service"
        self.tap: Callable[[str], None] | None = None  # takes the lines instead: telemetry.testing
        self._file = LineFile(None)
        self._complained = False

    def send_to(self, path: Path | None) -> None:
        if path != self._file.path:
            self._file.close()
            self._file = LineFile(path)

    def emit(self, severity: str, line: str) -> None:
        if self.tap is not None:
            self.tap(line)
            return
        try:
            # A lone surrogate is no UTF-8: it becomes a question mark rather than a lost line.
            self._file.write(line.encode("utf-8", errors="replace") + b"\n")
        except OSError as error:
            instruments().log_lines_dropped.add(type(error).__name__)
            self._complain(error)
        else:
            instruments().log_lines_written.add(severity)

    def _complain(self, error: OSError) -> None:
        """Say once on standard error that lines are being lost; the metric says how many."""
        if not self._complained:
            self._complained = True
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(f"telemetry: cannot write log lines to {self._file}: {error}\n")


output = Output()
