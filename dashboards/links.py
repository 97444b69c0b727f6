"""Where a click leads: to another dashboard, at the same time, with what was clicked on chosen there."""

from typing import Any

TAG = "glasshouse"

_SAME_TIME = "${__url_time_range}"


def to_service(label: str = "service_name") -> dict[str, Any]:
    """From a line of a service to its dashboard."""
    return _link("Service", f"/d/service?var-service=${{__field.labels.{label}}}&{_SAME_TIME}")


def cell_to_service() -> dict[str, Any]:
    """From a cell with the name of a service."""
    return _link("Service", f"/d/service?var-service=${{__value.text}}&{_SAME_TIME}")


def to(uid: str, title: str) -> dict[str, Any]:
    return _link(title, f"/d/{uid}?{_SAME_TIME}")


def all_dashboards() -> dict[str, Any]:
    """At the top of every dashboard: the others, which keep the time and the variables."""
    return {
        "type": "dashboards",
        "title": "Dashboards",
        "tags": [TAG],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "icon": "",
        "tooltip": "",
    }


def _link(title: str, url: str) -> dict[str, Any]:
    return {"title": title, "url": url, "targetBlank": False}
