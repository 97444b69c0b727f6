"""Some of the alerts as Grafana manages them itself: rules, a contact point, a policy.

Grafana stops at its start over much that is wrong here (tests/config/test_grafana_alerting.py names it), and
expands `$NAME` everywhere but in annotations and in a rule's model: there, `$$` is a dollar.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from alerts import logs, rules
from alerts.alert import Alert
from alerts.profiles import PRODUCTION, duration

Json = dict[str, Any]

ORGANISATION: Final = 1
# Not that of the dashboards: Grafana makes the folder of rules under a uid of its own, and theirs is given.
FOLDER: Final = "Glasshouse alerts"
CONTACT_POINT: Final = "notifications"
_LOOKS_BACK_S: Final = 600
_INTERVAL: Final = "10s"
_VALUE: Final = re.compile(r"\{\{ \$value(.*?) \}\}")


def files() -> dict[str, object]:
    """Each file's content by its name without suffix."""
    return {
        "rules": {"apiVersion": 1, "groups": [*_groups()]},
        "contact_points": {"apiVersion": 1, "contactPoints": [_contact_point()]},
        "policies": {"apiVersion": 1, "policies": [_policy()]},
    }


def _groups() -> Iterable[Json]:
    for source, alerts in (("prometheus", rules.all_alerts(PRODUCTION)), ("loki", logs.ALERTS)):
        yield {
            "orgId": ORGANISATION,
            "name": source,
            "folder": FOLDER,
            "interval": _INTERVAL,
            "rules": [_rule(alert, source) for alert in alerts if alert.grafana],
        }


def _rule(alert: Alert, source: str) -> Json:
    """Our expressions have a result only where something is wrong, of whatever value: that is the
    condition."""
    return {
        "uid": alert.name.lower(),
        "title": alert.name,
        "condition": "C",
        "data": [
            _query("A", source, {"expr": PRODUCTION.expand(alert.expr), "instant": True, "range": False}),
            _query("C", "__expr__", {"type": "math", "expression": "is_number($A)"}),
        ],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": duration(PRODUCTION.wait_s(alert.wait)),
        "annotations": {name: _of_grafana(text) for name, text in alert.annotations.items()},
        "labels": {
            "severity": alert.severity,
            **{name: text.replace("$", "$$") for name, text in alert.labels.items()},
        },
        # Alertmanager tells of the same alerts: both at once would send every mail twice.
        "isPaused": True,
    }


def _query(ref_id: str, source: str, model: Json) -> Json:
    kind = {"loki": {"queryType": "instant"}}.get(source, {})
    return {
        "refId": ref_id,
        "datasourceUid": source,
        "relativeTimeRange": {"from": _LOOKS_BACK_S, "to": 0},
        "model": {"refId": ref_id, **model, **kind},
    }


def _of_grafana(text: str) -> str:
    """What Prometheus calls the value is that of the query A, which has none while there is no data."""
    return _VALUE.sub(r"{{ with $values.A }}{{ .Value\1 }}{{ end }}", text)


def _contact_point() -> Json:
    webhook = {
        "uid": "notifications-webhook",
        "type": "webhook",
        "settings": {"url": "http://${NOTIFICATIONS_HOST}:5006/alerts", "httpMethod": "POST"},
        "disableResolveMessage": False,
    }
    return {"orgId": ORGANISATION, "name": CONTACT_POINT, "receivers": [webhook]}


def _policy() -> Json:
    """Replaces the whole tree, Grafana's own default included."""
    return {
        "orgId": ORGANISATION,
        "receiver": CONTACT_POINT,
        "group_by": ["grafana_folder", "alertname", "service_name"],
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "4h",
    }
