"""Drills on the containers, from outside: the alert comes, its cause is healed, nothing is left."""

import json
from collections.abc import Mapping
from typing import Any

from tests.containers.running import Stack

NEWEST = "http://127.0.0.1:9090/api/v1/query?query=topk(1,timestamp(alerts:profile:info))"


def drilled(stack: Stack, *arguments: str) -> Mapping[str, Any]:
    done = stack.command("drill", *arguments, "--json", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [result] = json.loads(done.stdout)
    shown = {name: result[name] for name in ("name", "detected_s", "notified_s", "healed_s", "resolved_s")}
    print(json.dumps(shown))
    return dict(result)


def assert_that_nothing_is_left(stack: Stack) -> None:
    stack.wait_until_ready()
    stack.compose("exec", "gateway", "test", "!", "-e", "/state/faults.json")
    assert "stack" not in stack.services()
    [newest] = json.loads(stack.fetch(NEWEST))["data"]["result"]
    assert newest["metric"]["profile"] == "production"
    assert "No drill is on." in stack.command("drill", "--heal").stdout


def test_a_flag_in_the_volume_fires_its_alert_is_told_of_and_ends(stack: Stack) -> None:
    result = drilled(stack, "payments-declining")
    assert result["ok"]
    assert result["detected_s"] <= result["notified_s"] < result["healed_s"] < result["resolved_s"]
    assert result["evidence"]["lines"]
    assert_that_nothing_is_left(stack)


def test_a_killed_container_stays_dead_while_it_is_kept_so_and_is_healed_by_another_command(
    stack: Stack,
) -> None:
    result = drilled(stack, "mail-server-down", "--keep")
    assert result["ok"]
    assert {each["name"] for each in stack.status()["components"] if not each["ready"]} == {"mail"}
    assert "mail-server-down" in stack.command("drill", "--reveal").stdout
    stack.command("drill", "--heal")
    assert_that_nothing_is_left(stack)


def test_what_containers_cannot_have_is_refused_at_once(stack: Stack) -> None:
    refused = stack.command("drill", "database-locked", check=False)
    assert refused.returncode == 1
    assert "cannot be had in containers" in refused.stdout + refused.stderr
