"""Dashboards as code: what is asked (queries), how it is shown (panels) and where (boards), each by itself.

    python -m dashboards.build            # writes dashboards/json, which Grafana is provisioned with
    python -m dashboards.build --check    # says whether it is up to date

The generator is our own. grafana-foundation-sdk 0.0.21 was tried: it sets neither ids of panels nor refIds,
writes keys that Grafana's schema refuses and knows no Jaeger query: all it makes would have to be gone over
once more. What it is good for, the checking of names and types, closed schemas do in tests/config.
"""
