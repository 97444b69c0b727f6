"""A receiver of metrics and log lines in place of a Collector, by the instance ids of their processes."""

import threading
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest


class SignalsReceiver:
    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.values: dict[str, Counter[str]] = defaultdict(Counter)  # the last of each counter and histogram
        self.first_values: dict[str, Counter[str]] = defaultdict(Counter)
        self.metric_names: set[str] = set()
        self.log_instances: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, body: bytes) -> None:
        with self._lock:
            if path == "/v1/metrics":
                for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    for scope in group.scope_metrics:
                        for metric in scope.metrics:
                            self._take_metric(_instance(group), metric)
            elif path == "/v1/logs":
                for logs in ExportLogsServiceRequest.FromString(body).resource_logs:
                    self.log_instances.add(_instance(logs))
                    for lines in logs.scope_logs:
                        self.bodies += [record.body.string_value for record in lines.log_records]

    def _take_metric(self, instance: str, metric: Any) -> None:
        self.metric_names.add(metric.name)
        if metric.WhichOneof("data") == "sum":
            found = [point.as_double for point in metric.sum.data_points]
        elif metric.WhichOneof("data") == "histogram":
            found = [point.count for point in metric.histogram.data_points]
        else:
            return
        self.first_values[instance].setdefault(metric.name, found[0])
        self.values[instance][metric.name] = found[-1]

    def total(self, metric: str) -> float:
        """The sum of what each process said last."""
        with self._lock:
            return sum(values[metric] for values in self.values.values())


def _instance(group: Any) -> str:
    attributes = {each.key: each.value.string_value for each in group.resource.attributes}
    return str(attributes["service.instance.id"])
