"""What is chosen with `up` holds until something else is chosen."""

import stat
from pathlib import Path

import pytest

from stackctl.errors import StackError
from stackctl.settings import saved_options
from stackctl.settings.rollouts import Release, Rollout
from stackctl.settings.saved_options import POSTGRES, RABBITMQ, SavedOptions


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    for name in ("POSTGRES_URL", "RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_what_was_saved_is_known_again() -> None:
    chosen = SavedOptions(
        scale={"products": 2},
        parts={"postgres": "", "rabbitmq": "amqp://elsewhere"},
        rollouts={
            "users": Rollout(Release("3", "/srv/three")),
            "products": Rollout(Release(), Release("2"), 25.0, "canary"),
        },
    )
    chosen.save()

    assert saved_options.load() == chosen


def test_the_file_is_for_nobody_else_because_a_url_may_hold_a_password(state: Path) -> None:
    SavedOptions(parts={"postgres": "postgresql://shop:secret@elsewhere"}).save()

    assert stat.filemode((state / "choices.json").stat().st_mode) == "-rw-------"


def test_nothing_is_chosen_before_the_first_time_and_after_it_was_forgotten() -> None:
    assert saved_options.load() == SavedOptions()
    SavedOptions(scale={"products": 2}).save()
    saved_options.forget()

    assert saved_options.load() == SavedOptions()


def test_in_containers_nothing_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_HOSTS", "containers")
    assert (saved_options.load().runs(POSTGRES), saved_options.load().runs(RABBITMQ)) == (True, True)


def test_a_damaged_file_is_named(state: Path) -> None:
    (state / "choices.json").write_text('{"scale": ')

    with pytest.raises(StackError, match=r"choices\.json is damaged"):
        saved_options.load()


def test_scaling_one_service_leaves_the_others_as_they_are() -> None:
    chosen = SavedOptions().scaled(["products=2,users=3"]).scaled(["users=2"])

    assert chosen.scale == {"products": 2, "users": 2}


def test_nothing_asked_for_changes_nothing() -> None:
    chosen = SavedOptions(scale={"products": 2})

    assert chosen.scaled([]) == chosen


def test_one_instance_is_what_there_is_without_a_choice() -> None:
    assert SavedOptions(scale={"products": 2}).scaled(["products=1"]) == SavedOptions()


@pytest.mark.parametrize("request_", ["products", "products=0", "products=10", "products=x", "gateway=2", ""])
def test_what_cannot_be_scaled_so_is_refused_with_an_example(request_: str) -> None:
    with pytest.raises(StackError, match="it takes SERVICE=NUMBER, with a number from 1 to 9") as refusal:
        SavedOptions().scaled([request_])

    assert refusal.value.hint is not None and "./stack up --scale products=2" in refusal.value.hint


def test_parts_are_those_named_last() -> None:
    both = SavedOptions().with_parts("postgres, rabbitmq")

    assert both.parts == {"postgres": "", "rabbitmq": ""}
    assert both.with_parts(None) == both
    assert both.with_parts("rabbitmq").parts == {"rabbitmq": ""}
    assert both.with_parts("none") == SavedOptions()


def test_parts_leave_the_scale_as_it_is() -> None:
    assert SavedOptions(scale={"products": 2}).with_parts("postgres").scale == {"products": 2}


def test_what_runs_elsewhere_is_not_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_URL", "postgresql://shop:secret@elsewhere:5432/postgres")

    chosen = SavedOptions().with_parts("postgres,rabbitmq")

    assert chosen.parts["postgres"] == "postgresql://shop:secret@elsewhere:5432/postgres"
    assert (chosen.runs("postgres"), chosen.runs("rabbitmq")) == (False, True)


def test_an_address_is_remembered_and_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = SavedOptions().with_parts("postgres")
    monkeypatch.setenv("POSTGRES_URL", "postgresql://elsewhere")

    assert chosen.with_parts(None).runs("postgres")


def test_an_address_of_something_else_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_URL", "mysql://shop:secret@elsewhere")

    with pytest.raises(StackError, match=r"POSTGRES_URL is no address of postgres") as refusal:
        SavedOptions().with_parts("postgres")

    assert "secret" not in refusal.value.message


def test_a_part_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(StackError, match="--with mysql: there is no mysql") as refusal:
        SavedOptions().with_parts("mysql")

    assert refusal.value.hint == "There are: postgres, rabbitmq, or none for what is embedded."
