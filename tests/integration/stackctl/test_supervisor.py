"""The supervisor on real processes: what it starts, leaves alone, restores and ends."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from stackctl.errors import StackError
from stackctl.run import launching, pidfiles, port_conflicts, processes
from stackctl.run.components import Component, Tier
from stackctl.run.observations import State, observe
from stackctl.run.steps import Steps
from stackctl.run.supervisor import bring_up, stop_others, sweep, take_down
from stackctl.system.polling import poll_until

MakeStub = Callable[..., Component]


def pid_of(component: Component) -> int:
    record = pidfiles.running(component.name)
    assert record, f"{component.name} does not run"
    return record.pid


def kill_hard(component: Component) -> None:
    os.kill(pid_of(component), signal.SIGKILL)
    poll_until(lambda: pidfiles.running(component.name) is None, f"the death of {component.name}")


def test_up_starts_everything_and_returns_when_all_are_ready(stub: MakeStub, steps: Steps) -> None:
    components = [stub("users"), stub("loki")]

    assert bring_up(components, steps) == ["users", "loki"]

    assert [observe(component).state for component in components] == [State.READY, State.READY]


def test_a_second_up_changes_nothing(stub: MakeStub, steps: Steps) -> None:
    components = [stub("users"), stub("loki")]
    bring_up(components, steps)
    before = [pid_of(component) for component in components]

    assert bring_up(components, steps) == []

    assert [pid_of(component) for component in components] == before


def test_down_leaves_no_process_and_no_pid_file(stub: MakeStub, steps: Steps) -> None:
    bring_up([stub("users"), stub("loki")], steps)

    assert sorted(take_down(steps)) == ["loki", "users"]

    assert processes.marked() == {}
    assert list(pidfiles.read_all()) == []


def test_down_with_nothing_running_does_nothing(state: Path, steps: Steps) -> None:
    assert take_down(steps) == []


def test_one_that_dies_before_it_is_ready_is_named_with_the_end_of_its_log(
    stub: MakeStub, steps: Steps
) -> None:
    with pytest.raises(StackError) as failure:
        bring_up([stub("users"), stub("loki", "dies")], steps)

    assert failure.value.message == "loki ended before it was ready (exit code 3)."
    assert failure.value.hint is not None
    assert [line for line in failure.value.hint.splitlines() if "complaint" in line] == [
        f"  | line {number} of its complaint" for number in range(15, 30)
    ]


def test_a_failed_up_stops_what_it_started_and_nothing_else(stub: MakeStub, steps: Steps) -> None:
    before, started, failing = stub("loki"), stub("users"), stub("jaeger", "dies")
    bring_up([before], steps)
    pid = pid_of(before)

    with pytest.raises(StackError):
        bring_up([before, started, failing], steps)

    assert set(processes.marked().values()) == {"loki"}
    assert pid_of(before) == pid
    assert observe(started).state is State.STOPPED


def test_one_that_never_becomes_ready_is_named_after_the_time_out(stub: MakeStub, steps: Steps) -> None:
    with pytest.raises(StackError, match=r"not ready after 1 s: loki\."):
        bring_up([stub("users"), stub("loki", "never-ready")], steps, within=1)

    assert processes.marked() == {}


def test_a_program_that_cannot_be_run_is_named(stub: MakeStub, steps: Steps, tmp_path: Path) -> None:
    missing = Component("loki", (str(tmp_path / "loki"),), "http://127.0.0.1:1", ())

    with pytest.raises(StackError, match=r"loki: cannot run .*/loki: No such file or directory"):
        bring_up([stub("users"), missing], steps)

    assert processes.marked() == {}


def test_one_that_dies_later_is_dead_in_the_status_and_restored_alone(stub: MakeStub, steps: Steps) -> None:
    users, loki = stub("users"), stub("loki")
    bring_up([users, loki], steps)
    pid = pid_of(loki)
    kill_hard(users)
    assert observe(users).state is State.DEAD

    assert bring_up([users, loki], steps) == ["users"]

    assert pid_of(loki) == pid
    assert observe(users).state is State.READY


def test_what_is_no_longer_wanted_is_stopped_and_nothing_else(stub: MakeStub, steps: Steps) -> None:
    products, second = stub("products"), stub("products-2", "has-child")
    bring_up([products, second], steps)
    pid = pid_of(products)

    assert stop_others([products], steps) == ["products-2"]

    assert set(processes.marked().values()) == {"products"}
    assert pid_of(products) == pid
    assert stop_others([products], steps) == []


def test_one_that_ignores_term_is_killed_after_the_grace_period(stub: MakeStub, steps: Steps) -> None:
    bring_up([stub("loki", "ignores-term")], steps)

    take_down(steps, grace=0.2)

    assert processes.marked() == {}


@pytest.mark.parametrize("child", ["has-child", "has-detached-child", "has-child-without-mark"])
def test_no_child_of_a_component_survives_it(stub: MakeStub, steps: Steps, child: str) -> None:
    component = stub("users", child)
    bring_up([component], steps)
    children = psutil.Process(pid_of(component)).children()
    assert [process.name() for process in children] == ["sleep"]

    take_down(steps)

    assert processes.wait_gone(children, within=1) == []


def test_children_that_outlived_a_killed_leader_are_ended_before_it_is_started_again(
    stub: MakeStub, steps: Steps
) -> None:
    component = stub("users", "has-child")
    bring_up([component], steps)
    orphans = psutil.Process(pid_of(component)).children()
    kill_hard(component)
    assert not processes.is_gone(orphans[0])

    bring_up([component], steps)

    assert processes.is_gone(orphans[0])
    assert observe(component).state is State.READY


def test_down_finds_processes_whose_pid_files_were_deleted(stub: MakeStub, steps: Steps) -> None:
    bring_up([stub("users", "has-child"), stub("loki")], steps)
    pidfiles.remove_all()

    assert take_down(steps) == ["loki", "users"]

    assert processes.marked() == {}


def test_up_replaces_processes_whose_pid_files_were_deleted(stub: MakeStub, steps: Steps) -> None:
    component = stub("users")
    bring_up([component], steps)
    pid = pid_of(component)
    pidfiles.remove_all()

    bring_up([component], steps)

    assert pid_of(component) != pid
    assert len(processes.marked()) == 1


def test_a_process_that_got_the_pid_of_a_dead_component_is_left_alone(
    stub: MakeStub, steps: Steps, bystander: psutil.Process
) -> None:
    component = stub("users")
    record = launching.launch(component)
    sweep({"users"})
    pidfiles.write(replace(record, pid=bystander.pid, create_time=record.create_time - 3600))
    assert observe(component).state is State.DEAD

    take_down(steps)

    assert bystander.is_running()
    assert list(pidfiles.read_all()) == []


def test_senders_are_stopped_before_receivers(stub: MakeStub, steps: Steps) -> None:
    tiers = {
        "loki": Tier.BACKEND,
        "gateway": Tier.GATEWAY,
        "otel-collector": Tier.PIPELINE,
        "users": Tier.SERVICE,
    }
    bring_up([stub(name, tier=tier) for name, tier in tiers.items()], steps)

    assert take_down(steps) == ["gateway", "users", "otel-collector", "loki"]


def test_a_taken_port_is_named_with_its_holder_and_nothing_is_started(
    stub: MakeStub, steps: Steps, bystander: psutil.Process, bystander_port: int
) -> None:
    with pytest.raises(StackError) as failure:
        bring_up([stub("users"), stub("loki", port=bystander_port)], steps)

    assert (
        f"loki cannot start: port {bystander_port} is held by pid {bystander.pid}: " in failure.value.message
    )
    assert failure.value.hint is not None and f"kill {bystander.pid}" in failure.value.hint
    assert processes.marked() == {}


def test_a_port_held_by_another_stack_is_freed_by_that_stacks_down(
    stub: MakeStub, steps: Steps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    component = stub("loki")
    bring_up([component], steps)
    first = os.environ["GLASSHOUSE_STATE_DIR"]
    with monkeypatch.context() as other_stack:
        other_stack.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "other"))

        [conflict] = port_conflicts.conflicts([component])

    assert conflict.remedy == f"GLASSHOUSE_STATE_DIR={first} ./stack down"


def test_another_stack_is_left_alone(
    stub: MakeStub, steps: Steps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    component = stub("loki")
    bring_up([component], steps)
    with monkeypatch.context() as other_stack:
        other_stack.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "other"))

        assert take_down(steps) == []

    assert observe(component).state is State.READY
