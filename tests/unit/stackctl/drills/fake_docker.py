"""Stands in for the `docker` command: containers are lines of a file, and what runs in one runs here.

It is told by its environment: FAKE_DOCKER is its folder, with what docker knows (`containers.jsonl`), what it
was asked (`calls.jsonl`), and the volume of state (`state`), which is /state in a container.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FAKE_DOCKER"])


def main(arguments: list[str]) -> int:
    with (FOLDER / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps([os.environ.get("ALERTS_PROFILE", ""), *arguments]) + "\n")
    if arguments[:2] == ["compose", "--project-directory"]:
        return compose(*arguments[3:])
    return docker(*arguments)


def compose(command: str, *options: str) -> int:
    match command:
        case "ps":
            print("\n".join(json.dumps(each) for each in containers()))
        case "kill":
            become("exited", options[-1:])
        case "up":
            become("running", [each for each in options if not each.startswith("--")])
        case "run" if "--detach" in options:
            save(
                [*containers(), {"Service": "stack", "Name": "glasshouse-drill-traffic", "State": "running"}]
            )
        case "run":
            return here(sys.executable, *options[options.index("stack") + 1 :])
        case "exec":
            [service] = {"log-rotation", "alertmanager"} & set(options)
            return here(*options[options.index(service) + 1 :])
    return 0


def docker(command: str, *options: str) -> int:
    names = [each["Name"] for each in containers()]
    if options[-1] not in names and not set(options) & set(names):
        print("Error: No such container", file=sys.stderr)
        return 1
    match command:
        case "exec":
            return here(*options[1:])
        case "inspect":
            print("false")
        case "rm":
            save([each for each in containers() if each["Name"] != options[-1]])
    return 0


def here(*command: str) -> int:
    """Its first process is the test, which holds the ledger open as the traffic does."""
    first = os.environ["FAKE_FIRST_PROCESS"]
    places = {r"(?<![^\s'])/state/": f"{FOLDER}/state/", "/proc/1/": f"/proc/{first}/"}
    places[r"^/secrets/"] = f"{FOLDER}/secrets/"
    local = list(command)
    for inside, place in places.items():
        local = [re.sub(inside, place, argument) for argument in local]
    environment = {**os.environ, "GLASSHOUSE_STATE_DIR": f"{FOLDER}/state"}
    environment.pop("GLASSHOUSE_MODE", None)
    return subprocess.run(local, env=environment, check=False).returncode


def containers() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / "containers.jsonl").read_text("utf-8").splitlines()]


def save(known: list[dict[str, Any]]) -> None:
    (FOLDER / "containers.jsonl").write_text("".join(json.dumps(each) + "\n" for each in known), "utf-8")


def become(state: str, services: object) -> None:
    assert isinstance(services, list | tuple)
    save([{**each, "State": state} if each["Service"] in services else each for each in containers()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
