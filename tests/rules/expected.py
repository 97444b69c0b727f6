"""An alert as it must look when it fires: its definition, with the templates filled in."""

import re
from collections.abc import Mapping
from typing import Any, Final

from alerts.alert import Alert

_LABEL: Final = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
_VALUE: Final = re.compile(r"\{\{ \$value[^}]*\}\}")


def firing(alert: Alert, labels: Mapping[str, str], value: str) -> dict[str, Any]:
    """`labels`: those of its series. `value`: what the value's template makes of it."""

    def filled(text: str) -> str:
        return _VALUE.sub(value, _LABEL.sub(lambda match: labels.get(match[1], ""), text))

    return {
        "exp_labels": {
            **labels,
            "severity": alert.severity,
            **{name: filled(text) for name, text in alert.labels.items()},
        },
        "exp_annotations": {name: filled(text) for name, text in alert.annotations.items()},
    }
