"""Small typed clients for the query APIs of Jaeger, Loki and Prometheus, and for the shop's own."""

from stackctl.query._http import JsonApi, QueryError
from stackctl.query._jaeger import Jaeger, Span
from stackctl.query._loki import Line, Loki
from stackctl.query._prometheus import Exemplar, Prometheus, Series
from stackctl.query._shop import Shop

__all__ = [
    "Exemplar",
    "Jaeger",
    "JsonApi",
    "Line",
    "Loki",
    "Prometheus",
    "QueryError",
    "Series",
    "Shop",
    "Span",
]
