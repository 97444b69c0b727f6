"""Spans: the tracer provider, and trace context between services."""
