"""The objectives, what is left of their error budgets, and how fast they burn."""

from alerts.slos import PERIOD
from alerts.windows import BURNS, Burn
from dashboards import links, variables
from dashboards.layout import Dashboard, Row
from dashboards.limits import BUDGET_LEFT, BURN_RATE
from dashboards.panels import Panel, budget, stat, time_series
from dashboards.queries import alerts, slos
from dashboards.tables import table
from dashboards.targets import now, over_time
from dashboards.thresholds import PLAIN, bad_from, wrong_unless_zero

_NOW = Row(
    "Now",
    [
        stat(
            "Least budget left",
            f"Of all objectives, over {PERIOD} or since the data begins. At 0 an objective is missed: what "
            "is risky waits.",
            over_time(slos.least_budget_left(), "left"),
            unit="percentunit",
            limits=BUDGET_LEFT,
        ),
        stat(
            "Fastest burn",
            "Of all objectives, in the last hour. 1 uses up the budget in exactly its period; red is where "
            "a person is paged.",
            over_time(slos.fastest_burn("1h"), "burn"),
            unit="none",
            limits=BURN_RATE,
            decimals=1,
        ),
        stat(
            "Burn alerts",
            "Alerts on burning budgets that fire now.",
            over_time(alerts.burning(), "alerts"),
            unit="none",
            limits=wrong_unless_zero(),
        ),
        table(
            "Profile of the rules",
            "production: windows as they are named. demo: the same windows, shortened so that a drill takes "
            "minutes.",
            {"Loaded": now(slos.profile())},
            keys={"profile": "Profile"},
            columns={},
            height=4,
        ),
        table(
            "Objectives",
            "Each objective, the share of good events lately, and what is left of the budget, the worst "
            "first; a click on its service leads on.",
            {
                "Objective": now(slos.objective()),
                "Good lately": now(slos.good()),
                "Budget left": now(slos.budget_left()),
                "Burn (1 h)": now(slos.burn_rate("1h")),
            },
            keys={"service_name": "Service", "slo": "Of"},
            columns={
                "Objective": ("percentunit", PLAIN),
                "Good lately": ("percentunit", PLAIN),
                "Budget left": ("percentunit", BUDGET_LEFT),
                "Burn (1 h)": ("none", BURN_RATE),
            },
            links={"Service": links.cell_to_service()},
            sort_by="Budget left",
            ascending=True,
            width=24,
            height=12,
        ),
    ],
)


def _burning(burn: Burn) -> Panel:
    """The lower of the two windows of one pair of alerts, which decides: they fire when both are above."""
    return time_series(
        f"Burn rate: {burn.long} and {burn.short}",
        f"The lower of both windows. A {burn.severity} when it is above {burn.factor:g} for {burn.wait}: the "
        "long window says that it matters, the short one that it still goes on.",
        over_time(slos.lower_burn_rate(burn.long, burn.short), slos.NAME),
        unit="none",
        limits=bad_from(burn.factor),
        many=True,
    )


_COURSE = Row(
    "Budgets and burn rates",
    [
        budget(
            "Error budget left",
            "By objective. A step down is an incident; a slope is something that nobody has noticed yet.",
            over_time(slos.budget_left(), slos.NAME),
            limits=BUDGET_LEFT,
        ),
        time_series(
            "Events and bad events",
            "What the objectives are reckoned from. Of few events each bad one weighs much.",
            over_time(slos.events(), f"{slos.NAME}: all"),
            over_time(slos.bad_events(), f"{slos.NAME}: bad"),
            unit="ops",
            many=True,
        ),
        *map(_burning, BURNS),
    ],
)

DASHBOARD = Dashboard(
    "slos",
    "SLOs",
    "Service level objectives: what they are, what is left of their error budgets, and how fast they burn.",
    [_NOW, _COURSE],
    [variables.services()],
    since="now-1h",
)
