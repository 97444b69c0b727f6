"""Small typed clients for the query APIs of Jaeger, Loki and Prometheus."""

from stackctl.query._http import JsonApi, QueryError
from stackctl.query._jaeger import Jaeger, Span
from stackctl.query._loki import Line, Loki
from stackctl.query._prometheus import Exemplar, Prometheus, Series

__all__ = ["Exemplar", "Jaeger", "JsonApi", "Line", "Loki", "Prometheus", "QueryError", "Series", "Span"]
