"""An alert's whole way: from a service that dies, or a line that is new, to the people who are told."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import requests
from rich.console import Console

from stackctl import ports
from stackctl.mail import mailbox, received
from stackctl.paths import logs_dir
from stackctl.run import stack as whole_stack
from stackctl.settings import alertmanager_login
from stackctl.system.polling import NotYet, poll_until
from tests.e2e.running import kill

WITHIN = 120.0


def alerts() -> list[dict[str, str]]:
    """The labels of what fires, but for the sign of life that always does."""
    url = ports.url(ports.ALERTMANAGER, "/api/v2/alerts?active=true")
    answer = requests.get(url, headers={"Authorization": alertmanager_login.header()}, timeout=5)
    labels: list[dict[str, str]] = [alert["labels"] for alert in answer.json()]
    return [each for each in labels if each["alertname"] != "Watchdog"]


def firing(name: str, service: str) -> dict[str, str] | NotYet:
    found = alerts()
    of_it = [each for each in found if (each["alertname"], each["service_name"]) == (name, service)]
    return of_it[0] if of_it else NotYet(found)


def subjects() -> list[str]:
    """Of the mails to those on call."""
    mails = map(mailbox.read, mailbox.files(received.folder()))
    return [each.subject for each in mails if each.to == ("oncall@example.com",)]


def mailed(*wanted: str) -> bool | NotYet:
    found = subjects()
    return set(wanted) <= set(found) or NotYet(found)


def lines_about(name: str, service: str) -> list[dict[str, str]]:
    path = logs_dir() / "notifications.jsonl"
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if (line.get("alert.name"), line.get("alert.service")) == (name, service)]


def test_a_dead_service_is_told_by_two_ways_and_so_is_its_return(stack: None, console: Console) -> None:
    kill("products")
    poll_until(lambda: firing("TargetDown", "products"), "TargetDown for products in Alertmanager", WITHIN)
    said = "TargetDown: products cannot be scraped"
    poll_until(lambda: mailed(f"[FIRING page] {said}", f"[FIRING] {said}"), "a mail by either way", WITHIN)
    [line] = lines_about("TargetDown", "products")
    assert line["alert.description"].startswith("The Collector has had no answer from products")
    assert line["alert.runbook_url"].endswith("/docs/runbooks/TargetDown.md")
    assert whole_stack.bring_up(console) == ["products"]
    poll_until(lambda: not alerts() or NotYet(alerts()), "no alert in Alertmanager", WITHIN)
    poll_until(lambda: mailed(f"[RESOLVED page] {said}", f"[RESOLVED] {said}"), "mails about its end", WITHIN)


def test_a_burst_of_a_new_error_is_found_by_loki_and_told(stack: None) -> None:
    """Ids in it are no difference; the message is a label of the alert."""
    service = f"e2e-{uuid4().hex[:8]}"
    moment = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    line = {"timestamp": moment, "severity": "ERROR", "logger": "e2e", "service": service}
    path = logs_dir() / f"{service}.jsonl"
    path.write_text(
        "".join(
            json.dumps({**line, "message": f"cannot read shelf {number}"}) + "\n" for number in range(20)
        ),
        encoding="utf-8",
    )
    alert = poll_until(lambda: firing("ErrorBurst", service), "ErrorBurst in Alertmanager", WITHIN)
    assert (alert["message"], alert["severity"]) == ("cannot read shelf #", "ticket")
    poll_until(
        lambda: mailed(f"[FIRING ticket] ErrorBurst: {service}: a new error, many times"), "its mail", WITHIN
    )
