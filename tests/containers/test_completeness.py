"""Requests are found in all three signals, whatever container is restarted or killed meanwhile."""

import pytest

from stackctl.ports import SERVICES
from tests.containers.running import Stack

# Everything whose death no request should notice.
KILLED = (
    *("otel-collector", "loki", "jaeger", "prometheus", "alertmanager"),
    *("rabbitmq", "redis", "notifications", "mail"),
)


def verify(stack: Stack) -> None:
    done = stack.command("verify", "--timeout", "120s", check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_request_is_found(stack: Stack) -> None:
    stack.command("traffic", "--rate", "20", "--duration", "15s")
    verify(stack)


def test_no_line_is_lost_while_log_files_are_rotated(stack: Stack) -> None:
    rotate = ("rotate-logs", "--megabytes", "0.001", "--every", "2", "--keep", "100")
    impatient = ("python", "-m", "stackctl.compose", *rotate)
    container = stack.compose("run", "--rm", "--detach", "log-rotation", *impatient).stdout.strip()
    try:
        stack.command("traffic", "--rate", "20", "--duration", "15s", "--no-freshness")
        rotated = stack.compose("exec", "log-rotation", "ls", "/state/logs").stdout.count(".jsonl.")
        print(f"{rotated} files rotated")
        assert rotated > len(SERVICES)
        verify(stack)
    finally:
        stack.docker("stop", container)


def test_nothing_is_lost_when_containers_are_killed_in_turn(stack: Stack) -> None:
    traffic = stack.begin("traffic", "--rate", "10", "--duration", f"{len(KILLED) * 5}s", "--no-freshness")
    try:
        for service in KILLED:
            stack.kill_process(service)
            stack.wait_until_ready()
        assert traffic.wait(300) == 0
    finally:
        traffic.kill()
    verify(stack)


@pytest.mark.parametrize(
    "services", [("postgres",), ("users", "orders", "gateway"), ("otel-collector", "loki")]
)
def test_after_a_restart_all_is_well_and_data_is_still_there(stack: Stack, services: tuple[str, ...]) -> None:
    stack.compose("restart", *services)
    stack.wait_until_ready()
    for service in services:
        assert stack.inspect(service)["State"]["OOMKilled"] is False
    verify(stack)  # the last run, once more


def test_after_down_and_up_the_last_run_is_still_complete(stack: Stack) -> None:
    stack.command("down")
    stack.up()
    verify(stack)
