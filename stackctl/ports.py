"""Every port of the stack, the same natively and in containers. The config files are checked against it."""

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
SMTP = 1025
MAIL_HTTP = 8025
POSTGRES = 5432
RABBITMQ = 5672
# Erlang's: between nodes (there is one only), and its port mapper, which is not the machine's own on 4369.
RABBITMQ_DISTRIBUTION = 25672
RABBITMQ_EPMD = 14369


def url(port: int, path: str = "") -> str:
    return f"http://{HOST}:{port}{path}"
