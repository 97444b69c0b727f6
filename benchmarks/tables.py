"""Results as tables: for the terminal and for docs/performance.md."""

import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from benchmarks.variants import VARIANTS


def ratios(handler: dict[str, Any], name: str, key: str = "per_second") -> tuple[float, float, float]:
    """Against bare in the same round: median, lowest, highest. 1 is as good as bare, for each key."""
    found: list[float] = []
    for one, bare in zip(handler[name]["rounds"], handler["bare"]["rounds"], strict=True):
        found.append(one[key] / bare[key] if key == "per_second" else bare[key] / one[key])
    return float(statistics.median(found)), min(found), max(found)


def median(handler: dict[str, Any], name: str, key: str) -> float:
    values: list[float] = [each[key] for each in handler[name]["rounds"]]
    return statistics.median(values)


def overhead(result: dict[str, Any]) -> str:
    machine = result["machine"]
    place = f"{machine['cores']} cores of {machine['cpu']}, Python {machine['python']}"
    return "\n".join(
        [
            f"Measured {machine['measured']} on {place} (load average {machine['load_average_before']}).\n",
            _table("trivial", result["trivial"]),
            _table("realistic", result["realistic"]),
            _complete(result["complete"]),
            _away(result["away"]),
        ]
    )


def sentence(result: dict[str, Any]) -> str:
    """For the README."""
    shares = [f"{ratios(result[name], 'glasshouse')[0]:.2f}" for name in ("trivial", "realistic")]
    stock = ratios(result["trivial"], "opentelemetry")[0]
    return (
        "What being observed costs is measured and compared with other libraries: with every\n"
        f"request traced, logged and counted, a trivial handler keeps {shares[0]} of the bare app's\n"
        f"requests per second, a realistic one {shares[1]}. "
        f"With the stock parts the trivial one keeps {stock:.2f}\n"
        "([how](docs/performance.md)).\n\n"
        "![Requests per second, observed, against the bare app](benchmarks/results/overhead.svg)"
    )


def _complete(found: dict[str, float]) -> str:
    return (
        f"After this ours had counted {found['counted']:,.0f} requests, written {found['lines']:,.0f} access "
        f"lines, made {found['spans_made']:,.0f} spans and delivered {found['spans_delivered']:,.0f} of them "
        f"({found['spans_not_delivered']:.0f} dropped).\n"
    )


def _away(found: dict[str, Any]) -> str:
    lines = [
        f"**The Collector away**, {found['seconds']} s of full load on the trivial handler for each, in turn",
        "",
        "| | requests/s | p99 (worst of its slices) | slowest |",
        "|---|---|---|---|",
    ]
    for title, name in (("bare Flask", "bare"), ("Glasshouse", "with"), ("Glasshouse, nobody there", "away")):
        of = found[name]
        lines.append(
            f"| {title} | {of['per_second']:.0f} | {of['p99_ms']:.1f} ms ({of['worst_p99_ms']:.1f} ms) "
            f"| {of['slowest_ms']:.1f} ms |"
        )
    memory = " → ".join(f"{each:.0f}" for each in found["resident_mb"])
    unknown = found["served"] - found["dropped"] - found["waiting"]
    return "\n".join(
        [
            *lines,
            "",
            f"Of {found['served']:,.0f} spans {found['dropped']:,.0f} were dropped and counted, "
            f"{found['waiting']:,.0f} waited, {unknown:.0f} were not accounted for. "
            f"Resident memory: {memory} MB.\n",
        ]
    )


def _table(title: str, handler: dict[str, Any]) -> str:
    rate = handler["bare"]["rate"]
    lines = [
        f"**{title.capitalize()} handler**",
        "",
        "| | signals | requests/s | of bare (lowest to highest round) | CPU µs/request | of bare "
        f"| p50, p99 at {rate:.0f}/s | MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for variant in VARIANTS:
        found = handler[variant.name]
        middle, low, high = ratios(handler, variant.name)
        cpu = ratios(handler, variant.name, "cpu_us")[0]
        lines.append(
            f"| {variant.title} | {variant.signals} | {median(handler, variant.name, 'per_second'):.0f} "
            f"| **{middle:.2f}** ({low:.2f} to {high:.2f}) "
            f"| {median(handler, variant.name, 'cpu_us'):.0f} | {cpu:.2f} "
            f"| {found['p50_ms']:.2f}, {found['p99_ms']:.2f} ms | {found['resident_mb']:.0f} |"
        )
    return "\n".join([*lines, ""])


def overview(result: dict[str, Any]) -> str:
    """A few lines for the terminal."""
    lines = []
    for name in ("trivial", "realistic"):
        for variant in VARIANTS:
            middle, low, high = ratios(result[name], variant.name)
            cpu = ratios(result[name], variant.name, "cpu_us")[0]
            lines.append(
                f"{name:10} {variant.name:26} {middle:.2f} of bare ({low:.2f} to {high:.2f}), CPU {cpu:.2f}"
            )
    return "\n".join(lines)


def keep(name: str, found: Mapping[str, object]) -> None:
    """As benchmarks/results/<name>.json."""
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def insert(page: Path, name: str, table: str) -> None:
    """Put it between the page's marks of that name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = page.read_text(encoding="utf-8")
    head, tail = text.split(begin)[0], text.split(end)[1]
    page.write_text(f"{head}{begin}\n{table}\n{end}{tail}", encoding="utf-8")
