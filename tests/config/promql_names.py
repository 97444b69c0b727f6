"""The metrics that a PromQL expression reads, and what is done to each."""

from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser as promql


@dataclass(frozen=True)
class Reading:
    """A metric, and the function that is applied to it directly ("" when none is)."""

    metric: str
    function: str
    window_s: float


def readings(expr: str) -> Iterator[Reading]:
    """Raises ValueError for what is no PromQL."""
    yield from _readings(promql.parse(expr), "")


def _readings(node: object, function: str) -> Iterator[Reading]:
    match node:
        case promql.VectorSelector():
            yield Reading(node.name or _pattern_of_name(node), function, 0)
        case promql.MatrixSelector():
            selector = node.vector_selector
            name = selector.name or _pattern_of_name(selector)
            yield Reading(name, function, node.range.total_seconds())
        case promql.Call():
            for argument in node.args:
                yield from _readings(argument, node.func.name)
        case promql.BinaryExpr():
            yield from _readings(node.lhs, "")
            yield from _readings(node.rhs, "")
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _readings(node.expr, "")


def _pattern_of_name(selector: promql.VectorSelector) -> str:
    return next((each.value for each in selector.matchers.matchers if each.name == "__name__"), "")
