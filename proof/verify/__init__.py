"""Verify: reconciles a run's ledger with what Jaeger, Loki and Prometheus hold."""
