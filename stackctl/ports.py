"""Every port of the stack, the same natively and in containers. The config files are checked against it."""

import os

HOST = "127.0.0.1"

# Of the first instance of each service. Further ones listen higher by hundreds: products on 5002, 5102, 5202.
SERVICES = {
    "gateway": 5000,
    "users": 5001,
    "products": 5002,
    "orders": 5003,
    "payments": 5004,
    "inventory": 5005,
    "notifications": 5006,
}
INVENTORY_GRPC = 50055
# Clients reach the gateway's other port.
GATEWAY_METRICS = 9464

OTLP_GRPC = 4317
OTLP_HTTP = 4318
OTELCOL_HEALTH = 13133
OTELCOL_METRICS = 8888
PROMETHEUS = 9090
ALERTMANAGER = 9093
LOKI_HTTP = 3100
LOKI_GRPC = 9096
JAEGER_QUERY = 16686
JAEGER_QUERY_GRPC = 16685
JAEGER_OTLP_GRPC = 14317
JAEGER_OTLP_HTTP = 14318
JAEGER_HEALTH = 14133
JAEGER_METRICS = 14888
GRAFANA = 3000
CONSOLE = 8000
SMTP = 1025
MAIL_HTTP = 8025
POSTGRES = 5432
RABBITMQ = 5672
REDIS = 6379
# Erlang's: between nodes (there is one only), and its port mapper, which is not the machine's own on 4369.
RABBITMQ_DISTRIBUTION = 25672
RABBITMQ_EPMD = 14369

# As docker-compose.yml names them: who listens where, seen from another container.
_CONTAINERS = {
    **{port: service for service, port in SERVICES.items()},
    INVENTORY_GRPC: "inventory",
    GATEWAY_METRICS: "gateway",
    **dict.fromkeys((OTLP_GRPC, OTLP_HTTP, OTELCOL_HEALTH, OTELCOL_METRICS), "otel-collector"),
    PROMETHEUS: "prometheus",
    ALERTMANAGER: "alertmanager",
    LOKI_HTTP: "loki",
    **dict.fromkeys((JAEGER_QUERY, JAEGER_QUERY_GRPC, JAEGER_HEALTH, JAEGER_METRICS), "jaeger"),
    GRAFANA: "grafana",
    **dict.fromkeys((SMTP, MAIL_HTTP), "mail"),
    POSTGRES: "postgres",
    RABBITMQ: "rabbitmq",
    REDIS: "redis",
}


def inside_containers() -> bool:
    """Is this process in a container of the stack, beside the others?"""
    return os.environ.get("GLASSHOUSE_HOSTS") == "containers"


def host(port: int) -> str:
    """Natively all are on this machine; with GLASSHOUSE_HOSTS=containers each has the name of its own."""
    return _CONTAINERS.get(port, HOST) if inside_containers() else HOST


def address(port: int) -> str:
    return f"{host(port)}:{port}"


def url(port: int, path: str = "") -> str:
    return f"http://{address(port)}{path}"
