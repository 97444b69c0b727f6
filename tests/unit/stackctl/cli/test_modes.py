"""--mode compose: where it may stand, and what it makes of a command."""

import pytest

from stackctl.compose.commands import all_well, document, run
from stackctl.errors import StackError
from stackctl.settings.modes import take_mode


@pytest.mark.parametrize(
    "arguments",
    [
        ["--mode", "compose", "verify", "--json"],
        ["verify", "--mode", "compose", "--json"],
        ["verify", "--json", "--mode=compose"],
    ],
)
def test_it_may_stand_anywhere(arguments: list[str]) -> None:
    assert take_mode(arguments) == ("compose", ["verify", "--json"])


def test_without_it_the_environment_says_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSHOUSE_MODE", raising=False)
    assert take_mode(["status"]) == ("native", ["status"])
    monkeypatch.setenv("GLASSHOUSE_MODE", "compose")
    assert take_mode(["status"]) == ("compose", ["status"])
    assert take_mode(["status", "--mode", "native"]) == ("native", ["status"])


def test_another_mode_is_refused() -> None:
    with pytest.raises(StackError, match="swarm"):
        take_mode(["up", "--mode", "swarm"])


def test_what_cannot_be_done_on_containers_is_said() -> None:
    with pytest.raises(StackError, match="doctor has no --mode compose"):
        run(["doctor"])


def container(state: str, health: str = "", code: int = 0) -> dict[str, object]:
    name = {"Name": "glasshouse-users-1", "Service": "users", "Image": "glasshouse/shop:dev"}
    return {**name, "State": state, "Health": health, "ExitCode": code, "Status": "Up 3 seconds"}


@pytest.mark.parametrize(
    ("seen", "well"),
    [
        (container("running", "healthy"), True),
        (container("running"), True),
        (container("exited"), True),
        (container("exited", code=1), False),
        (container("running", "starting"), False),
        (container("running", "unhealthy"), False),
        (container("restarting"), False),
        (container("created"), False),
    ],
)
def test_all_is_well_when_everything_runs_or_has_ended_well(seen: dict[str, object], well: bool) -> None:
    assert all_well([container("running", "healthy"), seen]) == well


def test_nothing_is_not_well() -> None:
    assert not all_well([])


def test_programs_are_told_the_state_and_the_memory_of_each() -> None:
    told = document([container("running", "healthy")], {"glasshouse-users-1": "91MiB / 128MiB"})
    assert told["ready"] is True
    assert told["components"] == [
        {
            "name": "users",
            "state": "healthy",
            "ready": True,
            "memory": "91MiB / 128MiB",
            "image": "glasshouse/shop:dev",
        }
    ]
