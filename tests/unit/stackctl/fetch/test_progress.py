"""What is shown to whoever waits."""

import io

import pytest
from rich.console import Console

from stackctl.fetch.progress import Report, elapsed, megabytes, modules, packages
from tests.unit.stackctl.fetch.samples import Readable


def test_off_a_terminal_progress_is_a_plain_line() -> None:
    report = Readable()
    with report.track("loki: compiling", packages, total=2156, done=99) as track:
        track.advance()
    assert report.text == "loki: compiling: 100 of 2156 packages, 0 s\n"


def test_off_a_terminal_lines_come_only_now_and_then() -> None:
    written = io.StringIO()
    with Report(Console(file=written), plain_every=3600).track("loki", packages) as track:
        track.advance()
    assert written.getvalue() == ""


def test_on_a_terminal_progress_is_a_bar_that_goes_away() -> None:
    written = io.StringIO()
    with Report(Console(file=written, force_terminal=True, width=120)) as report:
        with report.track("loki: fetching", megabytes, total=48_000_000) as track:
            track.advance(12_000_000)
            track.rename("loki: checking")
        report.say("loki: done")
    assert "loki: done" in written.getvalue()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (megabytes(1_500_000, 48_000_000), "1.5 of 48.0 MB"),
        (megabytes(1_500_000, None), "1.5 MB"),
        (packages(7, None), "7 packages"),
        (modules(7, None), "7 modules"),
        (elapsed(59.4), "59 s"),
        (elapsed(61), "1 min 01 s"),
    ],
)
def test_amounts_are_readable(shown: str, expected: str) -> None:
    assert shown == expected
