import json
from typing import Any

import pytest

from stackctl.own_apps.output_lines import OutputLines


def records(*pieces: bytes) -> list[dict[str, Any]]:
    lines = OutputLines("billing")
    found = [line for piece in pieces for line in lines.feed(piece)]
    return [json.loads(line) for line in [*found, *lines.end()]]


def test_text_lines_keep_their_words_and_tell_their_level() -> None:
    found = records(b"plain\n[2026-01-01] WARN", b"ING in app: careful\r\nINFORMATION\nno end")

    assert [(each["message"], each.get("severity")) for each in found] == [
        ("plain", None),
        ("[2026-01-01] WARNING in app: careful", "WARNING"),
        ("INFORMATION", None),
        ("no end", None),
    ]
    assert {(each["service"], each["own_app"]) for each in found} == {("billing", True)}


def test_a_chained_traceback_is_one_line_with_the_one_that_announces_it() -> None:
    traceback = (
        "ERROR in app: Exception on /\n"
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    1/0\nZeroDivisionError: no\n'
        "\nDuring handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "a.py", line 3\nKeyError: 1'
    )
    found = records(f"before\n{traceback}\nafter\n".encode())

    assert [each["message"] for each in found] == ["before", traceback, "after"]
    assert found[1]["severity"] == "ERROR"


def test_json_lines_keep_all_fields() -> None:
    line = {"level": "warn", "time": "2026-01-01T01:00:00+01:00", "msg": "low", "trace_id": "a" * 32, "n": 1}
    (found,) = records(json.dumps(line).encode() + b"\n")

    assert found == {
        "timestamp": "2026-01-01T00:00:00.000000Z",
        "severity": "WARNING",
        "message": "low",
        "trace_id": "a" * 32,
        "n": 1,
        "service": "billing",
        "own_app": True,
    }


@pytest.mark.parametrize("line", ["{broken", "[1, 2]", '"text"', "{} trailing"])
def test_what_is_no_json_object_is_text(line: str) -> None:
    assert [each["message"] for each in records(line.encode() + b"\n")] == [line]


def test_equal_lines_have_different_times() -> None:
    found = records(b"same\n" * 100)

    assert len({each["timestamp"] for each in found}) == 100


def test_a_line_without_end_is_cut() -> None:
    found = records(*[b"x" * 50_000] * 10)

    assert sum(len(each["message"]) for each in found) == 500_000
    assert max(len(each["message"]) for each in found) <= 250_000


def test_colours_and_progress_bars_are_left_out() -> None:
    assert [each["message"] for each in records(b"10 %\r50 %\r\x1b[31mdone\x1b[0m\n")] == ["done"]


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-13-40T99:99:99Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "",
    ],
)
def test_a_time_that_is_none_stays_a_field(stamp: str) -> None:
    (found,) = records(json.dumps({"time": stamp, "msg": "hello"}).encode() + b"\n")

    assert (found["time"], found["message"]) == (stamp, "hello")
    assert found["timestamp"].startswith("20")


def test_nine_digits_of_a_second_are_a_time() -> None:
    (found,) = records(b'{"ts": "2026-01-01T00:00:00.123456789+01:00", "msg": "hello"}\n')

    assert found["timestamp"] == "2025-12-31T23:00:00.123456Z"
