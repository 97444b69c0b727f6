"""What may be asked for, and one deploy at a time."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from stackctl.deploy.analysis import Limits
from stackctl.deploy.commands import release_of, show_status, with_first_share
from stackctl.deploy.control import deploying, is_deploying
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.settings.rollouts import Release, Rollout
from stackctl.settings.saved_options import SavedOptions


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def test_a_version_is_called_the_same_with_and_without_its_v() -> None:
    assert release_of("products", "v2.1", None) == release_of("products", "2.1", None) == Release("2.1")


def test_a_version_may_come_from_another_checkout() -> None:
    assert release_of("products", "2", ROOT) == Release("2", str(ROOT))


@pytest.mark.parametrize(
    ("service", "version", "folder", "complaint"),
    [
        ("payments", "2", None, "does not share out requests to payments"),
        ("nothing", "2", None, "does not share out requests to nothing"),
        ("products", "", None, "--version"),
        ("products", "2;rm", None, "--version"),
        ("products", "2", Path("/nowhere"), "there is no apps/products"),
    ],
)
def test_what_cannot_be_deployed_is_refused(
    service: str, version: str, folder: Path | None, complaint: str
) -> None:
    with pytest.raises(StackError, match=complaint):
        release_of(service, version, folder)


def test_steps_go_on_from_the_first_share() -> None:
    shares = {weight: with_first_share(Limits(), weight).shares for weight in (1, 10, 25, 60)}

    assert shares == {1: (1, 10, 25, 50), 10: (10, 25, 50), 25: (25, 50), 60: (60,)}


@pytest.mark.parametrize("weight", [0, 100, -5])
def test_a_share_is_more_than_nothing_and_less_than_all(weight: float) -> None:
    with pytest.raises(StackError, match="--weight"):
        with_first_share(Limits(), weight)


def test_a_second_deploy_at_the_same_time_is_refused() -> None:
    assert not is_deploying()
    with deploying():
        assert is_deploying()
        with pytest.raises(StackError, match="another deploy is at work"), deploying():
            pass
    assert not is_deploying()
    with deploying():
        pass


def shown() -> str:
    out = StringIO()
    show_status(Console(file=out, width=200))
    return out.getvalue()


def test_the_status_says_what_was_deployed_and_what_runs_beside_it() -> None:
    assert shown() == "Every service runs as it is in this folder; nothing was deployed.\n"
    rollouts = {
        "users": Rollout(Release("3")),
        "products": Rollout(Release(), Release("2"), 100, "bluegreen"),
        "orders": Rollout(),
    }
    SavedOptions(rollouts=rollouts).save()

    assert shown() == (
        "users: v3, from this folder\nproducts: v2 gets 100 % of the requests beside v1 (bluegreen)\n"
    )


def test_a_canary_whose_command_has_died_is_pointed_out() -> None:
    SavedOptions(rollouts={"products": Rollout(Release(), Release("2"), 10, "canary")}).save()

    assert "Nobody watches it: ./stack deploy rollback products" in shown()
    with deploying():
        assert "Nobody watches it" not in shown()
