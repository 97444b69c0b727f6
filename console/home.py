"""The panels of the home page: (dashboard's uid, panel's title), each drawn as its dashboard defines it."""

from collections.abc import Mapping

PANELS: Mapping[str, tuple[str, str]] = {
    "orders": ("shop-overview", "Orders per minute"),
    "confirmed": ("shop-overview", "Orders confirmed"),
    "requests": ("shop-overview", "Requests per second"),
    "failed": ("shop-overview", "Failed requests"),
    "latency": ("shop-overview", "Latency from outside (p95)"),
    "budgets": ("shop-overview", "Objectives"),
    "map": ("dependencies", "Service map"),
}
