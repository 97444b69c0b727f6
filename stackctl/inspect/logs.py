"""Shows what components wrote: their own output, and the services' JSON lines made readable."""

import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TextIO

from rich.console import Console
from rich.text import Text

from stackctl.errors import StackError
from stackctl.paths import logs_dir
from stackctl.system.terminal import visible

FOLLOW_SECONDS = 0.2

_SEVERITY_STYLES = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_SHOWN_FIRST = ("timestamp", "severity", "message", "service", "logger", "span_id", "own_app")
_STACKTRACE = "exception.stacktrace"


def log_names() -> list[str]:
    return sorted({path.stem for path in logs_dir().glob("*") if path.suffix in (".log", ".jsonl")})


def show_logs(console: Console, name: str, lines: int, follow: bool, raw: bool) -> None:
    """Print the last lines of a component's `.log` and `.jsonl`, and when asked to follow, what comes."""
    files = [path for path in (logs_dir() / f"{name}.log", logs_dir() / f"{name}.jsonl") if path.exists()]
    if not files:
        raise StackError(
            f"there is no log of {name!r}.", f"There are logs of: {', '.join(log_names()) or 'nothing yet'}"
        )
    with ExitStack() as stack:
        logs = [stack.enter_context(path.open(encoding="utf-8", errors="replace")) for path in files]
        for log in logs:
            _print(console, deque(log, maxlen=lines), raw)
        while follow:
            time.sleep(FOLLOW_SECONDS)
            for log in logs:
                _print(console, _whole_lines(log), raw)


def readable(line: str) -> Text:
    """A JSON log line as `time severity message key=value …`; any other line as it is."""
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    return _readable(fields) if isinstance(fields, dict) else Text(visible(line, keep="\t"))


def _readable(fields: Mapping[str, object]) -> Text:
    severity = visible(fields.get("severity", ""))
    text = Text(f"{visible(fields.get('timestamp', ''))[11:23]} ")
    text.append(f"{severity:<8} ", _SEVERITY_STYLES.get(severity, ""))
    text.append(visible(fields.get("message", "")), "bold")
    for key, value in fields.items():
        if key not in _SHOWN_FIRST and key != _STACKTRACE:
            text.append(f" {visible(key)}=", "dim").append(visible(value), "dim")
    if _STACKTRACE in fields:
        text.append("\n" + visible(fields[_STACKTRACE], keep="\n\t").rstrip(), "red")
    return text


def _whole_lines(log: TextIO) -> Iterator[str]:
    """The lines that have come since; one that is still being written waits for its end."""
    while True:
        start = log.tell()
        line = log.readline()
        if not line.endswith("\n"):
            log.seek(start)
            return
        yield line


def _print(console: Console, lines: Iterable[str], raw: bool) -> None:
    for line in lines:
        if raw:
            print(visible(line, keep="\n\t"), end="", flush=True)
        else:
            console.print(readable(line.rstrip("\n")), soft_wrap=True)
