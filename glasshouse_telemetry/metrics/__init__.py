"""Metrics: prometheus-client instruments of the telemetry contract."""
