"""The result as a bar chart (SVG) that reads well in light and in dark pages."""

from typing import Any

from benchmarks import tables
from benchmarks.variants import VARIANTS

_WIDTH, _LEFT, _ROW, _BAR = 760, 250, 44, 15
_FULL = _WIDTH - _LEFT - 70


def draw(result: dict[str, Any]) -> str:
    """Requests per second against the bare app: one bar for each handler of each variant."""
    rows = "".join(_row(number, variant, result) for number, variant in enumerate(VARIANTS))
    height = 70 + _ROW * len(VARIANTS)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">'
        "<style>text{fill:#57606a}.t{fill:#2f81f7}.r{fill:#8957e5}"
        "@media(prefers-color-scheme:dark){text{fill:#adbac7}}</style>"
        '<text x="10" y="22" font-size="15">Requests per second, observed (bare Flask = 1)</text>'
        '<rect class="t" x="10" y="34" width="11" height="11"/><text x="26" y="44">trivial handler</text>'
        '<rect class="r" x="140" y="34" width="11" height="11"/>'
        '<text x="156" y="44">two downstream calls and a database</text>'
        f"{rows}</svg>\n"
    )


def _row(number: int, variant: Any, result: dict[str, Any]) -> str:
    top = 60 + number * _ROW
    title = "opentelemetry-instrument + logs + metrics" if variant.name == "opentelemetry" else variant.title
    parts = [
        f'<text x="{_LEFT - 10}" y="{top + 12}" text-anchor="end">{title}</text>',
        f'<text x="{_LEFT - 10}" y="{top + 28}" text-anchor="end" font-size="11" opacity=".7">'
        f"{variant.signals}</text>",
    ]
    for offset, (handler, style) in enumerate((("trivial", "t"), ("realistic", "r"))):
        share = tables.ratios(result[handler], variant.name)[0]
        y = top + offset * (_BAR + 1)
        width = max(2, min(share, 1.05) * _FULL)
        parts.append(
            f'<rect class="{style}" x="{_LEFT}" y="{y}" width="{width:.0f}" height="{_BAR}" rx="2"/>'
        )
        parts.append(f'<text x="{_LEFT + width + 6:.0f}" y="{y + 12}">{share:.2f}</text>')
    return "".join(parts)
