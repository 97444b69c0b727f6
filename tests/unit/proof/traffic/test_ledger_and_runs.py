"""What a run writes is read back, whatever became of the run."""

from dataclasses import replace
from pathlib import Path

import pytest

from proof.ledger.rows import Ledger, read_ledger
from proof.ledger.runs import Run, load_run, new_run_id, runs_during
from stackctl.errors import StackError
from tests.unit.proof.builders import http, row


@pytest.fixture(autouse=True)
def own_state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def a_run(run_id: str) -> Run:
    baseline = {"users:1": {http("users", "GET", 404): 3.0, http("users", "GET /users", 200): 7.0}}
    return Run(run_id, 1, 50.0, 60.0, "mixed", 3000, 1000.5, baseline=baseline)


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [row("user_get"), row("order_create", None), row("order_create_bad_json", 500)]
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        for one in rows:
            ledger.append(one)
    assert read_ledger(tmp_path / "ledger.jsonl") == rows


def test_a_row_is_on_disk_before_the_ledger_is_closed(tmp_path: Path) -> None:
    one = row()
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        ledger.append(one)
        assert read_ledger(tmp_path / "ledger.jsonl") == [one]


def test_a_last_row_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    one = row()
    with Ledger(path) as ledger:
        ledger.append(one)
    path.write_text(path.read_text() + '{"n": 2, "ki')
    assert read_ledger(path) == [one]


def test_a_broken_row_in_the_middle_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_text('{"n": 1}\n{}\n')
    with pytest.raises(StackError, match="Line 1 of"):
        read_ledger(tmp_path / "ledger.jsonl")


def test_a_missing_ledger_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no ledger"):
        read_ledger(tmp_path / "ledger.jsonl")


def test_a_header_is_read_as_it_was_saved() -> None:
    run = a_run("20261121-010101-aaaa")
    run.save()
    assert load_run(run.run_id) == run


def test_saving_leaves_no_unfinished_file() -> None:
    run = a_run("20261121-010101-aaaa")
    run.save()
    assert [path.name for path in run.folder.iterdir()] == ["run.json"]


def test_the_last_run_is_the_default() -> None:
    for run_id in ("20261121-010102-0000", "20261121-010101-ffff"):
        a_run(run_id).save()
    assert load_run().run_id == "20261121-010102-0000"


def test_an_unknown_run_is_answered_with_the_known_ones() -> None:
    a_run("20261121-010101-aaaa").save()
    with pytest.raises(StackError, match="no run other") as caught:
        load_run("other")
    assert "20261121-010101-aaaa" in (caught.value.hint or "")


def test_runs_that_sent_at_the_same_time_are_known() -> None:
    first = replace(a_run("a"), started_at=1000, ended_at=1060)
    during = replace(a_run("b"), started_at=1030, ended_at=None, duration=10)
    before_the_last_scrape = replace(a_run("c"), started_at=1062, ended_at=1100)
    later = replace(a_run("d"), started_at=1070, ended_at=1100)
    for run in (first, during, before_the_last_scrape, later):
        run.save()
    assert runs_during(first) == [during, before_the_last_scrape]


def test_a_header_of_another_version_is_an_error_for_people_and_no_obstacle_to_others() -> None:
    mine, old = a_run("b"), a_run("a")
    mine.save()
    old.save()
    header = old.folder / "run.json"
    header.write_text(header.read_text().replace("details", "forgotten"))

    with pytest.raises(StackError, match="of another version"):
        load_run("a")
    assert runs_during(mine) == []


def test_without_any_run_it_says_how_to_make_one() -> None:
    with pytest.raises(StackError, match="no run yet"):
        load_run()


def test_new_run_ids_differ() -> None:
    assert new_run_id() != new_run_id()
