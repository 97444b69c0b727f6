"""The data sources that grafana/provisioning/datasources makes, by their fixed uids."""

from collections.abc import Mapping

Reference = Mapping[str, str]

PROMETHEUS: Reference = {"type": "prometheus", "uid": "prometheus"}
LOKI: Reference = {"type": "loki", "uid": "loki"}
JAEGER: Reference = {"type": "jaeger", "uid": "jaeger"}
