"""The lines that the services wrote, read from their files: what Loki must hold."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from glasshouse_telemetry import names
from proof.verify.logs import LineId, line_id
from proof.verify.retry_until_complete import wait_until
from stackctl.paths import logs_dir
from stackctl.query import Line
from stackctl.shop_scenarios import SERVICES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMESTAMP = re.compile(rb'"timestamp": ?"([^"]+)"')


# The first instance, further ones, those of a new version.
_NAMES = ("{}.jsonl*", "{}-[0-9].jsonl*", "{}-v[0-9A-Za-z]*.jsonl*")


def lines_in_files(folder: Path, services: tuple[str, ...], start_ns: int, end_ns: int) -> Counter[LineId]:
    """Read the lines with start_ns ≤ time < end_ns from every service's files, rotated ones included.

    Each instance of a service has its own: users.jsonl, users-2.jsonl, users-v2.jsonl. Lines that are equal
    to the byte count once, as they do in Loki.
    """
    return Counter(map(line_id, read_lines(folder, services, start_ns, end_ns)))


def read_lines(folder: Path, services: tuple[str, ...], start_ns: int, end_ns: int) -> Iterator[Line]:
    """The same lines whole, with the names of fields as Loki writes them."""
    wanted: set[bytes] = set()
    for service in services:
        for path in (path for name in _NAMES for path in folder.glob(name.format(service))):
            if path.stat().st_mtime_ns >= start_ns:
                wanted.update(_raw_lines(path, _stamp(start_ns), _stamp(end_ns)))
    return map(_line, wanted)


def lines_of_services(start: float, end: float) -> Iterator[Line]:
    """Between two moments in seconds since the epoch, as soon as all lines of that time are written."""
    wait_until(end)
    return read_lines(logs_dir(), SERVICES, round(start * 1e9), round(end * 1e9))


def _raw_lines(path: Path, start: bytes, end: bytes) -> Iterator[bytes]:
    """Timestamps have one width and zone and so sort as text: no line outside the window is parsed."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for raw in lines:
            stamp = _TIMESTAMP.search(raw)
            if stamp and start <= stamp.group(1) < end:
                yield raw


def _stamp(time_ns: int) -> bytes:
    moment = _EPOCH + timedelta(microseconds=time_ns // 1000)
    return (moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z").encode()


def _line(raw: bytes) -> Line:
    fields = json.loads(raw)
    moment = datetime.fromisoformat(fields[names.TIMESTAMP])
    return Line(
        time_ns=(moment - _EPOCH) // timedelta(microseconds=1) * 1000,
        text=fields[names.MESSAGE],
        labels={"service_name": fields[names.SERVICE]},
        fields={names.label(name): str(value) for name, value in fields.items()},
    )
