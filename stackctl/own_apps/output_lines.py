"""A program's output as log lines for Loki: JSON as it is, text with its level, a traceback as one."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_LONGEST = 200_000  # bytes of one line or one traceback
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TRACEBACK = "Traceback (most recent call last):"
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_LEVELS = {
    "DEBUG": "DEBUG",
    "TRACE": "DEBUG",
    "INFO": "INFO",
    "NOTICE": "INFO",
    "WARN": "WARNING",
    "WARNING": "WARNING",
    "ERROR": "ERROR",
    "CRITICAL": "CRITICAL",
    "FATAL": "CRITICAL",
}
_LEVEL = re.compile(rf"(?<![\w-])({'|'.join(_LEVELS)})(?![\w-])")
_LEVEL_WITHIN = 80  # characters: further on it is a word of the message
_MESSAGES = ("message", "msg", "event")
_SEVERITIES = ("severity", "level", "levelname")
_TIMES = ("timestamp", "time", "ts", "asctime")
_FIRST_YEAR = 1970
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


class OutputLines:
    """Takes one stream's bytes and makes records of them.

    A line waits for the next one, which may be a traceback: call `flush` when nothing came for a while.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._rest = b""
        self._text: list[str] = []
        self._in_traceback = self._ended_traceback = False
        self._last = 0

    @property
    def waits(self) -> bool:
        return bool(self._text)

    def feed(self, data: bytes) -> Iterator[str]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            yield from self._take(line.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2])

    def flush(self) -> Iterator[str]:
        """What waits, as it is: nothing more has come."""
        if self._text:
            yield self._of_text("\n".join(self._text).rstrip("\n"))
        self._text, self._in_traceback, self._ended_traceback = [], False, False

    def end(self) -> Iterator[str]:
        """The last line may have had no end."""
        if self._rest:
            yield from self.feed(b"\n")
        yield from self.flush()

    def _take(self, line: str) -> Iterator[str]:
        line = _COLOURS.sub("", line)
        if self._goes_on(line):
            self._text.append(line)
            return
        yield from self.flush()
        if (record := self._json_record(line)) is not None:
            yield record
        elif line.strip():
            self._text = [line]
            self._in_traceback = line.startswith(_TRACEBACK)

    def _goes_on(self, line: str) -> bool:
        """Whether it belongs to what waits."""
        if not self._text or sum(map(len, self._text)) > _LONGEST:
            return False
        if self._in_traceback:
            if line[:1] not in (" ", "\t", ""):  # the exception itself
                self._in_traceback, self._ended_traceback = False, True
            return True
        if self._ended_traceback and (not line or line.startswith(_CHAINED)):
            return True
        if line.startswith(_TRACEBACK):
            self._in_traceback = True
            return True
        return line.startswith(("\tat ", "    at ", "Caused by: "))

    def _of_text(self, text: str) -> str:
        fields: dict[str, Any] = {"timestamp": self._now(), "message": text}
        level = _LEVEL.search(text[:_LEVEL_WITHIN].partition("\n")[0])
        if level:
            fields["severity"] = _LEVELS[level.group(1)]
        elif _TRACEBACK in text:
            fields["severity"] = "ERROR"
        return self._line(fields)

    def _json_record(self, line: str) -> str | None:
        """None for what is no JSON object, or none that can be written again: it is text."""
        if not line.lstrip().startswith("{"):
            return None
        try:
            found = json.loads(line)
            return self._of_json(found) if isinstance(found, dict) else None
        except (ValueError, OverflowError, RecursionError):
            return None

    def _of_json(self, given: Mapping[str, Any]) -> str:
        """Time, severity and message under the names that the Collector looks for; all else as it is."""
        fields = dict(given)
        stamp = _take_first(fields, _TIMES, _utc)
        message = _take_first(fields, _MESSAGES, lambda value: isinstance(value, str))
        severity = _take_first(fields, _SEVERITIES, lambda value: str(value).upper() in _LEVELS)
        head = {"timestamp": _utc(stamp) or self._now()}
        if severity is not None:
            head["severity"] = _LEVELS[str(severity).upper()]
        head["message"] = json.dumps(given, ensure_ascii=False) if message is None else message
        return self._line({**head, **fields})

    def _line(self, fields: Mapping[str, Any]) -> str:
        return json.dumps({**fields, "service": self._service, "own_app": True}, ensure_ascii=False)

    def _now(self) -> str:
        """Each later than the one before: of two equal lines of one moment Loki would keep one."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        seconds, micros = divmod(self._last, 1_000_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


def _take_first(fields: dict[str, Any], names: tuple[str, ...], fits: Any) -> Any:
    name = next((name for name in names if name in fields and fits(fields[name])), None)
    return None if name is None else fields.pop(name)


def _utc(value: Any) -> str:
    """The same moment, if a clock may have said it: not the 40th of a month, nor a zero time (year 1)."""
    if not isinstance(value, str) or not _STAMP.fullmatch(value):
        return ""
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" if moment.year >= _FIRST_YEAR else ""
