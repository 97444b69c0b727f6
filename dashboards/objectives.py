"""The objectives that panels' thresholds are taken from: those of alerts/slos.py, as the alerts' are."""

from alerts.slos import AVAILABILITY, JOURNEY_WITHIN_S, LATENCY, SLOS, Slo

ORDER_JOURNEY_S = float(JOURNEY_WITHIN_S)


def _slo(name: str, service: str) -> Slo:
    return next(slo for slo in SLOS if (slo.name, slo.service) == (name, service))


def _bound_s(service: str) -> float:
    bound_s = _slo(LATENCY, service).bound_s
    assert bound_s is not None, f"{service} has a latency objective without a bound"
    return bound_s


# Of what clients see, and of what any one service does.
GATEWAY_ERROR_RATIO = _slo(AVAILABILITY, "gateway").budget
GATEWAY_LATENCY_S = _bound_s("gateway")
ERROR_RATIO = _slo(AVAILABILITY, "orders").budget
LATENCY_S = _bound_s("orders")
