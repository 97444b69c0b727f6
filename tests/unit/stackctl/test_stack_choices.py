"""What is chosen with `up` holds until something else is chosen."""

from pathlib import Path

import pytest

from stackctl import choices
from stackctl.choices import Choices
from stackctl.errors import StackError


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    return tmp_path


def test_what_was_saved_is_known_again() -> None:
    chosen = Choices(scale={"products": 2})
    chosen.save()

    assert choices.load() == chosen


def test_nothing_is_chosen_before_the_first_time_and_after_it_was_forgotten() -> None:
    assert choices.load() == Choices()
    Choices(scale={"products": 2}).save()
    choices.forget()

    assert choices.load() == Choices()


def test_a_damaged_file_is_named(state: Path) -> None:
    (state / "choices.json").write_text('{"scale": ')

    with pytest.raises(StackError, match=r"choices\.json is damaged"):
        choices.load()


def test_scaling_one_service_leaves_the_others_as_they_are() -> None:
    chosen = Choices().scaled(["products=2,users=3"]).scaled(["users=2"])

    assert chosen.scale == {"products": 2, "users": 2}


def test_nothing_asked_for_changes_nothing() -> None:
    chosen = Choices(scale={"products": 2})

    assert chosen.scaled([]) == chosen


def test_one_instance_is_what_there_is_without_a_choice() -> None:
    assert Choices(scale={"products": 2}).scaled(["products=1"]) == Choices()


@pytest.mark.parametrize("request_", ["products", "products=0", "products=10", "products=x", "gateway=2", ""])
def test_what_cannot_be_scaled_so_is_refused_with_an_example(request_: str) -> None:
    with pytest.raises(StackError, match="it takes SERVICE=NUMBER, with a number from 1 to 9") as refusal:
        Choices().scaled([request_])

    assert refusal.value.hint is not None and "./stack up --scale products=2" in refusal.value.hint
