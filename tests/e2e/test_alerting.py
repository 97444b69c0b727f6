"""An alert's whole way, from a service that dies until it is back."""

import requests
from rich.console import Console

from stackctl import ports
from stackctl import stack as whole_stack
from stackctl.polling import poll_until
from tests.e2e.running import kill

WITHIN = 90.0


def firing() -> set[tuple[str, str]]:
    answer = requests.get(ports.url(ports.ALERTMANAGER, "/api/v2/alerts?active=true"), timeout=5)
    labels = [alert["labels"] for alert in answer.json()]
    return {(each["alertname"], each["service_name"]) for each in labels if each["alertname"] != "Watchdog"}


def test_a_dead_service_raises_an_alert_that_ends_when_it_is_back(stack: None, console: Console) -> None:
    kill("products")
    poll_until(
        lambda: ("TargetDown", "products") in firing(), "TargetDown for products in Alertmanager", WITHIN
    )
    assert whole_stack.bring_up(console) == ["products"]
    poll_until(lambda: not firing(), "no alert in Alertmanager", WITHIN)
