"""An alert as it must look when it fires: what is promised of it, for the series that it is about."""

from collections.abc import Mapping
from string import Template
from typing import Any

from tests.rules.promises import DASHBOARDS, RUNBOOKS, Promise


def firing(
    name: str, promise: Promise, labels: Mapping[str, str], summary: str, description: str
) -> dict[str, Any]:
    """`labels`: those of its series. The texts are as people read them."""

    def filled(text: str) -> str:
        return Template(text).substitute(labels)

    own = {label: filled(text) for label, text in promise.labels.items()}
    return {
        "exp_labels": {**labels, "severity": promise.severity, **own},
        "exp_annotations": {
            "summary": summary,
            "description": description,
            "runbook_url": f"{RUNBOOKS}/{name}.md",
            "dashboard": f"{DASHBOARDS}/{filled(promise.dashboard)}",
            "logs": filled(promise.look),
        },
    }
