"""The state folder: made on demand, emptied on request, and never one that is not ours."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from stackctl.errors import StackError
from stackctl.run import state_folder
from stackctl.system.polling import poll_until


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def console(output: StringIO) -> Console:
    return Console(file=output, width=200)


def test_a_new_folder_is_made_and_marked(folder: Path, console: Console) -> None:
    with state_folder.locked(console):
        assert (
            (folder / "GLASSHOUSE.txt").read_text().startswith("This folder holds the state of a Glasshouse")
        )


def test_an_empty_folder_becomes_ours(folder: Path, console: Console) -> None:
    folder.mkdir()

    with state_folder.locked(console):
        pass


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(folder: Path, console: Console) -> None:
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")

    with pytest.raises(StackError, match="is not the state folder of a stack"), state_folder.locked(console):
        pass
    with pytest.raises(StackError, match="is not the state folder of a stack"):
        state_folder.clean()

    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_cleaning_removes_what_a_stack_writes_and_says_which_folders(folder: Path, console: Console) -> None:
    with state_folder.locked(console):
        (folder / "data" / "loki").mkdir(parents=True)
        (folder / "logs").mkdir()
        (folder / "notes.txt").write_text("mine")

        assert state_folder.clean() == [folder / "data", folder / "logs"]

    assert sorted(path.name for path in folder.iterdir()) == ["GLASSHOUSE.txt", "lock", "notes.txt"]


def test_two_commands_do_not_work_on_one_stack_at_once(
    folder: Path, console: Console, output: StringIO
) -> None:
    order: list[str] = []

    def second() -> None:
        with state_folder.locked(console):
            order.append("second")

    with state_folder.locked(console):
        other = threading.Thread(target=second)
        other.start()
        poll_until(
            lambda: "Waiting for another ./stack" in output.getvalue(), "the second to say that it waits"
        )
        order.append("first")
    other.join(timeout=10)

    assert order == ["first", "second"]
