"""The dashboards, one in each file, in the order in which one looks at them."""

from dashboards.boards import (
    backends,
    business,
    dependencies,
    messaging,
    pipeline,
    service,
    shop_overview,
    slos,
)

ALL = (
    shop_overview.DASHBOARD,
    service.DASHBOARD,
    business.DASHBOARD,
    messaging.DASHBOARD,
    slos.DASHBOARD,
    dependencies.DASHBOARD,
    pipeline.DASHBOARD,
    backends.DASHBOARD,
)
