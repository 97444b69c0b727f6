"""Service level objectives and alerts as code: what is watched stands here once, and rule files are generated
from it.

    python -m alerts.build            writes the rules of Prometheus and Loki, alertmanager/demo/,
                                      grafana/provisioning/alerting/
    python -m alerts.build --check    says what is not as generated

slos.py and symptoms/ say what is watched, profiles.py how patiently. docs/alerts.md tells how to add an
alert.
"""
