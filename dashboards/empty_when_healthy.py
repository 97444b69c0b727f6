"""Panels that show nothing while all is well, and the drill (drills/<name>.yml) that fills each of them.

All others must return data after ordinary traffic (tests/e2e/test_dashboards.py).
"""

from collections.abc import Mapping

Panel = tuple[str, str]  # the dashboard's uid, the panel's title

EMPTY_WHEN_HEALTHY: Mapping[Panel, str] = {
    ("shop-overview", "Alerts"): "products-error-burst",
    ("shop-overview", "Warnings and errors in logs"): "products-error-burst",
    ("shop-overview", "Newest warnings and errors"): "products-error-burst",
    ("service", "Slow traces"): "products-query-slow",
}
