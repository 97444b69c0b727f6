"""Before ./stack demo begins it says what it is going to do, and how long that takes."""

from pathlib import Path

import pytest

from stackctl.fetch.catalogue import units
from stackctl.run import demo
from stackctl.run.backends import PROGRAMS
from stackctl.run.demo import what_is_done


def test_what_it_does_and_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "locate", lambda name: name)

    assert list(what_is_done(rate=20, seconds=20)) == [
        "Starts the whole stack, sends 400 requests in 20 s and verifies that each can be seen: about 60 s."
    ]


def test_what_it_has_to_get_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", "")

    _, first = what_is_done(rate=20, seconds=20)

    assert "GB of disk" in first and "minutes" in first
    run_by_the_stack = [unit.name for unit in units() if set(unit.programs) & set(PROGRAMS)]
    assert [name for name in run_by_the_stack if name not in first] == []
