"""The row of Telemetry pipeline that compares hops: what went through, and what was lost where."""

from dashboards.layout import Row
from dashboards.panels import Panel, bar_gauge, time_series
from dashboards.queries import pipeline
from dashboards.queries.pipeline import METRICS, SIGNALS, Signal
from dashboards.targets import now, over_time
from dashboards.thresholds import wrong_unless_zero

_ON_TOP_OF_EACH_OTHER = (
    "Items per second at each hop, on top of each other while all is well. A gap that stays is a queue that "
    "grows (below) or loss (beside)."
)
_IN_PAIRS = (
    "A histogram is one point and a sample for each bucket: compare points with points. More is sent than "
    "scraped, by what is made of spans; more is taken, by that and by what rules record."
)


def _through(signal: Signal) -> Panel:
    return time_series(
        f"{signal.name.capitalize()}: hop by hop",
        _ON_TOP_OF_EACH_OTHER if signal is not METRICS else _IN_PAIRS,
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
