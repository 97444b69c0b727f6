"""Who holds a port: found before anything is started, and named with what frees it."""

import os
import socket
from collections.abc import Iterator

import pytest

from stackctl.errors import StackError
from stackctl.ports import HOST
from stackctl.run import port_conflicts
from stackctl.run.components import Component


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which this very process listens."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free(taken: int) -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
    return port


def needing(name: str, *ports: int) -> Component:
    return Component(name, ("/bin/true",), "http://127.0.0.1", ports)


def test_a_free_port_has_no_holder(free: int) -> None:
    assert port_conflicts.holder(free) is None


def test_a_taken_port_has_the_pid_and_command_of_its_holder(taken: int) -> None:
    held = port_conflicts.holder(taken)

    assert held is not None
    assert held.pid == os.getpid()
    assert "python" in held.command


def test_a_port_just_closed_with_connections_is_free(taken: int) -> None:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        with socket.create_connection((HOST, port)):
            server.accept()[0].close()

    assert port_conflicts.is_free(port)


def test_all_that_is_taken_is_named_at_once(taken: int, free: int) -> None:
    with pytest.raises(StackError) as failure:
        port_conflicts.require_free([needing("loki", taken, free), needing("jaeger", taken)])

    assert f"loki cannot start: port {taken} is held by pid {os.getpid()}" in failure.value.message
    assert f"jaeger cannot start: port {taken}" in failure.value.message
    assert str(free) not in failure.value.message
    assert (failure.value.hint or "").count(f"kill {os.getpid()}") == 1


def test_ports_with_one_holder_are_one_conflict(taken: int) -> None:
    with socket.create_server((HOST, 0)) as server:
        other = server.getsockname()[1]

        [conflict] = port_conflicts.conflicts([needing("loki", taken, other)])

    assert str(conflict).startswith(f"ports {taken}, {other} are held by pid {os.getpid()}: ")


def test_another_users_process_is_looked_up_by_its_port() -> None:
    conflict = port_conflicts.Conflict("prometheus", port_conflicts.Holder(), [9090])

    assert str(conflict) == "port 9090 is held by a process of another user"
    assert conflict.remedy == "sudo ss -ltnp 'sport = :9090'"


def test_another_stack_is_taken_down_by_its_folder() -> None:
    held = port_conflicts.Holder(7, "prometheus", "/my stack")
    conflict = port_conflicts.Conflict("prometheus", held, [9090])

    assert str(conflict) == "port 9090 is held by another stack (/my stack), pid 7"
    assert conflict.remedy == "GLASSHOUSE_STATE_DIR='/my stack' ./stack down"
