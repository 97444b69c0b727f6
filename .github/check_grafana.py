#!/usr/bin/env python3
"""Ask a running Grafana whether it took over what this repository provisions; exit 1 with what is missing.

Usage: GRAFANA_PASSWORD=... .github/check_grafana.py http://127.0.0.1:3000
Written from Grafana's HTTP API documentation; it needs nothing but Python.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Ask = Callable[[str], Any]

# Its plugin has no health check in the server: asked through Grafana's proxy instead.
ALERTMANAGER = "alertmanager"


def problems(ask: Ask, dashboards: set[str], sources: set[str], alerts: dict[str, set[str]]) -> Iterator[str]:
    """What is missing or out of reach. `alerts`: the names of the rules, by the data source that has them."""
    if ask("/api/health").get("database") != "ok":
        yield "Grafana's database is not ok"
    yield from missing("data source", sources, {each["uid"] for each in ask("/api/datasources")})
    for uid in sorted(sources - {ALERTMANAGER}):
        health = ask(f"/api/datasources/uid/{uid}/health")
        if health.get("status") != "OK":
            yield f"data source {uid}: {health.get('message', health)}"
    if ALERTMANAGER in sources and "versionInfo" not in ask(
        f"/api/datasources/proxy/uid/{ALERTMANAGER}/api/v2/status"
    ):
        yield f"data source {ALERTMANAGER}: no answer through the proxy"
    boards = ask("/api/search?type=dash-db&limit=5000")
    yield from missing("dashboard", dashboards, {each["uid"] for each in boards})
    for source, names in alerts.items():
        answer = ask(f"/api/prometheus/{source}/api/v1/rules")
        groups = answer.get("data", {}).get("groups", [])
        yield from missing(
            f"{source}'s alert rule", names, {rule["name"] for each in groups for rule in each["rules"]}
        )


def missing(what: str, wanted: set[str], found: set[str]) -> Iterator[str]:
    for name in sorted(wanted - found):
        yield f"{what} {name} is not there"


def asker(url: str, password: str) -> Ask:
    token = base64.b64encode(f"admin:{password}".encode()).decode()

    def ask(path: str) -> Any:
        request = urllib.request.Request(url + path, headers={"Authorization": f"Basic {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return {"message": f"{path}: {error.code} {error.read(300).decode(errors='replace')}"}

    return ask


def named(key: str, pattern: str) -> set[str]:
    """What YAML files have under this key, at any depth; read line by line, for Python brings no parser."""
    lines = (line for path in ROOT.glob(pattern) for line in path.read_text(encoding="utf-8").splitlines())
    found = (line.strip().removeprefix("- ").partition(":") for line in lines)
    return {value.strip().strip("\"'") for name, _, value in found if name == key}


def dashboards() -> set[str]:
    return {
        json.loads(path.read_text(encoding="utf-8"))["uid"] for path in ROOT.glob("dashboards/json/*.json")
    }


def main() -> None:
    ask = asker(sys.argv[1].rstrip("/"), os.environ["GRAFANA_PASSWORD"])
    boards, sources = dashboards(), named("uid", "grafana/provisioning/datasources/*.y*ml")
    alerts = {
        "prometheus": named("alert", "prometheus/rules/production/*.yml"),
        "loki": named("alert", "loki/rules/production/*/*.y*ml"),
    }
    try:
        found = list(problems(ask, boards, sources, alerts))
    except OSError as error:
        found = [f"{sys.argv[1]} cannot be reached: {error}"]
    counts = (
        f"{len(sources)} data sources, {len(boards)} dashboards, {sum(map(len, alerts.values()))} alert rules"
    )
    print("\n".join(found) or counts)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
