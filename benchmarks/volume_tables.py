"""What volume.py has measured, as tables; a line through the steps, and how far they are from it."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

_BYTES = (
    "services to Collector, spans",
    "services to files, lines",
    "Collector to Jaeger",
    "Collector to Loki",
    "Jaeger disk",
    "Loki disk",
)
_BY_TIME = ("Collector to Prometheus", "Prometheus disk")


def page(found: Mapping[str, Any]) -> str:
    rows: list[dict[str, float]] = found["growth"]
    return "\n\n".join([_growth(rows), _series(found["instances"]), _profiles(found["profiles"])])


def fit(rows: Sequence[Mapping[str, float]], name: str, by: str) -> tuple[float, float]:
    """Least squares: the slope, and the largest distance of a step from the line as a share of the whole."""
    xs, ys = [row[by] for row in rows], [row[name] for row in rows]
    line = statistics.linear_regression(xs, ys)
    distance = max(abs(y - line.intercept - line.slope * x) for x, y in zip(xs, ys, strict=True))
    return line.slope, distance / (max(ys) - min(ys)) if max(ys) > min(ys) else 0.0


def _growth(rows: Sequence[Mapping[str, float]]) -> str:
    steps = " | ".join(f"{row['requests']:,.0f}" for row in rows[1:])
    lines = [
        f"| grown by, after requests | {steps} | of a request | farthest from the line |",
        "|---" * (len(rows) + 2) + "|",
    ]
    for name, by, unit in (
        *((each, "requests", "") for each in ("spans", "lines", *_BYTES)),
        *((each, "seconds", " a second") for each in ("samples", *_BY_TIME)),
    ):
        slope, distance = fit(rows, name, by)
        lines.append(f"| {name} | {_cells(rows, name)} | {_number(slope, name)}{unit} | {distance:.1%} |")
    series = " | ".join(f"{row['series']:,.0f}" for row in rows[1:])
    lines.append(f"| active series | {series} | none | |")
    return "\n".join(lines)


def _cells(rows: Sequence[Mapping[str, float]], name: str) -> str:
    return " | ".join(_number(row[name], name) for row in rows[1:])


def _number(value: float, name: str) -> str:
    if name in ("spans", "lines", "samples"):
        return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return f"{value / 1e6:.1f} MB" if value >= 1e6 else f"{value / 1e3:.2f} kB"


def _series(instances: Mapping[str, Mapping[str, float]]) -> str:
    """All series by job: a second instance of products brings as many as the first has."""
    one, two = instances["one"], instances["two"]
    others = [
        f"{job} {two[job] - one[job]:+,.0f}" for job in one if job != "products" and two[job] != one[job]
    ]
    return (
        f"Active series of products: {one['products']:,.0f} with one instance, {two['products']:,.0f} with "
        f"two. Of all others meanwhile: {', '.join(others) or 'as many as before'}."
    )


def _profiles(profiles: Mapping[str, Mapping[str, float]]) -> str:
    lines = [
        "| traffic | spans of a request | bytes of a span, services to Collector | on Jaeger's disk "
        "| lines of a request | bytes of a line |",
        "|---|---|---|---|---|---|",
    ]
    for profile, row in profiles.items():
        spans, written, requests = row["spans"], row["lines"], row["requests"]
        cells = (
            profile,
            f"{spans / requests:.1f}",
            f"{row['services to Collector, spans'] / spans:,.0f}",
            f"{row['Jaeger disk'] / spans:,.0f}",
            f"{written / requests:.1f}",
            f"{row['services to files, lines'] / written:,.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
