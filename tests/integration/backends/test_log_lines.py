"""Lines that are late, too large or no JSON: all arrive, through the real Collector in the real Loki."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stackctl.run import collector_storage
from stackctl.system.polling import NotYet, poll_until
from tests.integration.backends.conftest import Start
from tests.private_backends import PrivateBackends

HOUR = 3600.0
KINDS = ("otelcol", "loki")


def line(message: str, ago: float = 0, fields: Mapping[str, Any] = {}) -> str:
    at = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(timespec="microseconds")
    told = {
        "timestamp": at.replace("+00:00", "Z"),
        "severity": "INFO",
        "service": "users",
        "message": message,
    }
    return json.dumps({**told, **fields}, ensure_ascii=False)


def write(file: Path, *lines: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write("".join(f"{each}\n" for each in lines))


def found(backends: PrivateBackends, count: int, query: str = '{service_name="users"}') -> list[Any]:
    def lines() -> list[Any] | NotYet:
        lines = backends.lines(query, hours=30)
        return lines if len(lines) >= count else NotYet(f"{len(lines)} of {count} lines")

    return poll_until(lines, f"{count} lines in Loki", 30)


def test_lines_hours_behind_the_newest_arrive(start: Start) -> None:
    backends = start(*KINDS)
    write(backends.logs / "users.jsonl", line("now"))
    found(backends, 1)

    late = [line(f"{hours} h", hours * HOUR) for hours in (1.5, 5, 23)]
    write(backends.logs / "users-2.jsonl", *late)

    assert [each.text for each in found(backends, 4)] == ["23 h", "5 h", "1.5 h", "now"]


TOO_LARGE = {
    "a text": line("ä" * 200_000),
    "one field": line("one field", fields={"field": "ä" * 100_000}),
    "many fields": line("many fields", fields={f"field{n}": "x" * 300 for n in range(1000)}),
    "fields within": line("fields within", fields={"outer": {f"field{n}": "x" * 300 for n in range(1000)}}),
    "a list": line("a list", fields={"values": ["x" * 300] * 1000}),
    "a name": line("a name", fields={"x" * 70_000: 1}),
    "everything": line(
        "y" * 400_000, fields={"x" * 70_000: 1, "list": ["x" * 300] * 1000, "one": "x" * 90_000}
    ),
}


def test_a_line_that_loki_would_refuse_arrives_shortened_and_says_so(start: Start) -> None:
    backends = start(*KINDS)
    others = [line(f"other {number}") for number in range(50)]

    write(backends.logs / "users.jsonl", *others[:25], *TOO_LARGE.values(), *others[25:])

    arrived = found(backends, len(others) + len(TOO_LARGE))
    assert len(arrived) == len(others) + len(TOO_LARGE)
    truncated = [each.text[:20] for each in arrived if each.fields.get("log_truncated") == "true"]
    assert Counter(truncated) == Counter(json.loads(each)["message"][:20] for each in TOO_LARGE.values())


def test_more_than_128_fields_arrive_whole(start: Start) -> None:
    backends = start(*KINDS)

    write(
        backends.logs / "users.jsonl", line("200", fields={f"field{number}": number for number in range(200)})
    )

    [arrived] = found(backends, 1)
    assert {f"field{number}" for number in range(200)} <= arrived.fields.keys()
    assert "log_truncated" not in arrived.fields


def test_a_line_that_is_no_json_arrives_as_it_is(start: Start) -> None:
    backends = start(*KINDS)

    write(backends.logs / "users.jsonl", "no json", '{"message": 5, "timestamp": "never"}', line("after"))

    assert {each.text for each in found(backends, 3, '{service_name=~".+"}')} == {"no json", "5", "after"}
    assert "no json" not in backends.log("otel-collector")


def test_a_line_above_1_mib_arrives_in_pieces_between_its_neighbours(start: Start) -> None:
    backends = start(*KINDS)

    write(backends.logs / "users.jsonl", line("before"), line("x" * 1_500_000), line("after"))

    arrived = found(backends, 4, '{service_name=~".+"}')
    assert {each.text for each in arrived} >= {"before", "after"}
    pieces = [each for each in arrived if each.labels["service_name"] == "unknown_service"]
    assert [(len(each.text), each.fields["log_truncated"]) for each in pieces] == [(250_000, "true")] * 2


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def zeros(content: bytes) -> bytes:
    return bytes(len(content))


def garbage(content: bytes) -> bytes:
    return random.Random(1).randbytes(len(content))


def garbage_behind_the_metadata(content: bytes) -> bytes:
    return content[:8192] + random.Random(1).randbytes(len(content) - 8192)


@pytest.mark.parametrize("damage", [truncated, zeros, garbage, garbage_behind_the_metadata])
def test_damaged_positions_cost_no_line_and_double_none(
    start: Start, damage: Callable[[bytes], bytes]
) -> None:
    backends = start(*KINDS)
    write(backends.logs / "users.jsonl", *(line(str(number)) for number in range(100)))
    found(backends, 100)
    backends.stop("otel-collector")
    write(backends.logs / "users.jsonl", *(line(str(number)) for number in range(100, 200)))
    folder = backends.folder / "data" / "otel-collector"
    assert collector_storage.set_aside_damaged(folder) == []
    [positions] = folder.glob("receiver_*")
    positions.write_bytes(damage(positions.read_bytes()))

    [set_aside] = collector_storage.set_aside_damaged(folder)
    backends.start("otel-collector")

    arrived = found(backends, 200)
    assert sorted(int(each.text) for each in arrived) == list(range(200))
    assert not set_aside.is_queue and "read again" in str(set_aside)
    assert set_aside.path.exists()
