"""What a person sees of a look."""

from io import StringIO

import pytest
from rich.console import Console

from stackctl.deploy.analysis import Limits, Look, Verdict
from stackctl.deploy.counts import Counts
from stackctl.deploy.display import LiveTable

NEW = Counts(51, 6, (40, 11, *(0,) * 13), 0.3)
OLD = Counts(480, 0, (400, 80, *(0,) * 13), 2.0)
LOOK = Look(NEW, OLD, seconds=10, number=2)


@pytest.fixture
def out() -> StringIO:
    return StringIO()


def test_where_there_is_no_terminal_each_look_is_a_line(out: StringIO) -> None:
    with LiveTable(Console(file=out, width=200), "v2", "v1", Limits()) as table:
        table.step(10)
        table.look(LOOK, Verdict.BAD)

    step, line = out.getvalue().splitlines()
    assert step == "10 % of the requests to v2"
    assert line.startswith(
        "   10 s  v2 51 requests 6 errors p95 9 ms | v1 480 requests 0 errors p95 8 ms | p: errors "
    )
    assert line.endswith("(counts below 0.0002) | worse")


def test_a_terminal_shows_both_versions_in_a_table_with_shares(out: StringIO) -> None:
    with LiveTable(Console(file=out, width=200, force_terminal=True), "v2", "v1", Limits()) as table:
        table.step(10)
        table.look(LOOK, Verdict.BAD)

    shown = out.getvalue()
    for text in ("90 %", "6 (11.8%)", "0 (0.0%)", "after 10 s: worse", "p-values: errors"):
        assert text in shown
