"""Log files are moved away and never truncated, so that no line is lost."""

from pathlib import Path

import pytest

from glasshouse_telemetry.logs import file as _line_file
from stackctl.compose.log_rotation import rotate, rotate_large


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "users.jsonl"
    path.write_text("first\n")
    return path


def lines(folder: Path) -> list[str]:
    paths = sorted(folder.iterdir(), reverse=True)
    return [line for path in paths for line in path.read_text().splitlines()]


def test_a_small_file_stays(log: Path) -> None:
    assert rotate_large(log.parent, largest=6, keep=2) == []
    assert log.read_text() == "first\n"


def test_a_large_file_is_moved_away_under_a_name_that_still_matches_the_collectors_pattern(log: Path) -> None:
    assert rotate_large(log.parent, largest=5, keep=2) == [log]
    assert [path.name for path in log.parent.glob("*.jsonl*")] == ["users.jsonl.1"]


def test_other_files_stay(log: Path) -> None:
    (log.parent / "users.log").write_text("x" * 100)
    (log.parent / "orders.jsonl.1").write_text("x" * 100)

    assert rotate_large(log.parent, largest=99, keep=2) == []


def test_older_ones_move_on_and_the_oldest_goes(log: Path) -> None:
    for line in ("second", "third", "fourth"):
        rotate(log, keep=2)
        log.write_text(f"{line}\n")

    assert lines(log.parent) == ["second", "third", "fourth"]


def test_a_writer_that_has_not_noticed_yet_loses_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _line_file.LineFile(log)
    file.write(b"before\n")
    rotate(log, keep=2)
    file.write(b"not noticed\n")
    monkeypatch.setattr(_line_file, "_CHECK_EVERY", 0.0)
    file._check_at = 0.0
    file.write(b"noticed\n")
    file.close()

    assert (log.parent / "users.jsonl.1").read_text() == "first\nbefore\nnot noticed\n"
    assert log.read_text() == "noticed\n"
