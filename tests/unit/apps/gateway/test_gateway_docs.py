"""What docs/gateway.md says of rules, settings and metrics is so."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from apps.gateway.policy import RULES, Access
from stackctl.paths import ROOT

TEXT = (ROOT / "docs/gateway.md").read_text(encoding="utf-8")
FOR = {
    Access.OPEN: "everybody",
    Access.ADMIN: "admin",
    Access.SELF: "themselves",
    Access.OWN_LIST: "users, their own: `user_id` in the query is replaced",
    Access.OWN_ITEM: "users, their own: another's is the same 404 as none",
    Access.OWN_CANCELLATION: "users, to cancel their own while it is pending; another's is a 404",
    Access.OWN_BODY: "users, for themselves: `user_id` is filled in, another's is a 403",
}


def rows(section: str) -> Iterator[list[str]]:
    """The cells of the section's first table, without its head."""
    table = TEXT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    for line in [line for line in table.splitlines() if line.startswith("|")][2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_of_rules_is_the_policy() -> None:
    documented = {
        (method, path): access
        for methods, paths, access in rows("Who may do what")
        for method in methods.split()
        for path in paths.split(", ")
    }
    assert documented == {key: FOR[rule.access] for key, rule in RULES.items()}


def test_every_setting_is_in_the_table_and_no_other() -> None:
    source = (ROOT / "apps/gateway/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', source))
    documented = {name for row in rows("Settings") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    assert documented == read


@pytest.mark.parametrize("prefix", ["gateway_", "circuit_breaker_", "service_registry_"])
def test_every_metric_is_in_the_table_and_no_other(client: FlaskClient, prefix: str) -> None:
    client.get("/products")
    families = re.findall(r"^# TYPE (\S+) ", client.get("/metrics").text, re.MULTILINE)
    exported = {name for name in families if name.startswith(prefix) and not name.endswith("_created")}
    documented = {name for row in rows("Metrics") for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert {name for name in documented if name.startswith(prefix)} == exported
