"""The row of Telemetry pipeline that compares hops: what went through, and what was lost where."""

from dashboards.layout import Row
from dashboards.panels import Panel, bar_gauge, time_series
from dashboards.queries import pipeline
from dashboards.queries.pipeline import SIGNALS, Signal
from dashboards.targets import now, over_time
from dashboards.thresholds import wrong_unless_zero


def _through(signal: Signal) -> Panel:
    return time_series(
        f"{signal.name.capitalize()}: hop by hop",
        "Items per second at each hop, on top of each other while all is well. A gap that stays is a queue "
        "that grows (below) or loss (beside).",
        *(over_time(query, hop) for hop, query in pipeline.hops(signal).items()),
        unit="cps",
        width=14,
    )


def _lost(signal: Signal) -> Panel:
    return bar_gauge(
        f"{signal.name.capitalize()}: lost, by where",
        "Items lost for good in the time shown. All bars are to be zero.",
        *(now(query, where) for where, query in pipeline.lost_by(signal).items()),
        unit="short",
        width=10,
        limits=wrong_unless_zero(),
    )


ROW = Row("Hop by hop", [panel for signal in SIGNALS for panel in (_through(signal), _lost(signal))])
