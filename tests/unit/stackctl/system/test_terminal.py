"""What clients send is shown on a terminal, and never obeyed by it."""

import json

import pytest

from stackctl.inspect.logs import readable
from stackctl.inspect.trace import readable_line
from stackctl.query import Line
from stackctl.system.terminal import visible

# Colours, a new title, a bell, a forged line, and text that runs backwards.
ATTACK = "/products/\x1b[31mRED\x1b]0;title\x07\nFAKE \u202edrawkcab"
SHOWN = r"/products/\x1b[31mRED\x1b]0;title\x07\nFAKE \u202edrawkcab"


def test_control_and_direction_characters_are_shown() -> None:
    assert visible(ATTACK) == SHOWN
    assert visible("grüße, 漢字, ✓") == "grüße, 漢字, ✓"


def test_what_is_to_stay_stays() -> None:
    assert visible("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


@pytest.mark.parametrize("field", ["message", "url.path", "severity", "timestamp", "exception.stacktrace"])
def test_a_log_line_obeys_nobody(field: str) -> None:
    shown = readable(json.dumps({"timestamp": "x" * 11, field: ATTACK})).plain
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "\n" not in shown or field == "exception.stacktrace"


def test_a_key_and_a_line_that_is_no_json_obey_nobody() -> None:
    for line in (json.dumps({ATTACK: "x"}), ATTACK):
        assert not {"\x1b", "\x07", "\n"} & set(readable(line).plain)


def test_a_line_of_a_trace_obeys_nobody() -> None:
    line = Line(0, ATTACK, {"service_name": ATTACK}, {ATTACK: ATTACK})
    assert not {"\x1b", "\x07", "\n", "\u202e"} & set(readable_line(line).plain)
