"""How gunicorn serves every service: one process with threads, found by BIND_HOST and PORT.

Telemetry writes the access log and answers /metrics, so one process is one instance: scale by instances, not
by workers (the multi-process mode of prometheus-client drops exemplars). The app is made after the fork (no
preload): threads and connections do not survive one. What gunicorn itself says goes to stderr as plain text.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_host = os.environ.get("BIND_HOST", "0.0.0.0")
# The second is for metrics alone (chassis/metrics_port.py).
bind = [
    f"{_host}:{port}" for port in (os.environ.get("PORT", "8000"), os.environ.get("METRICS_PORT")) if port
]
worker_class = "chassis.gunicorn_worker.Worker"
workers = 1
threads = 8
# Nobody is believed about the scheme or the path. The gateway reads X-Forwarded-* itself: TRUSTED_PROXIES.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# File by file through our own sockets, which bound how long a slow reader takes.
sendfile = False

accesslog = None
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")

# Longer than a caller's connection is likely to be idle, so none is closed while a request is on its way.
keepalive = 75
# Requests under way are finished; no call in the shop may take longer.
graceful_timeout = 10
# A worker's heartbeat is a file; on a disk that is busy it would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Bring the database up to date before there is a worker, on every way in which a service is started.

    In a process of its own: a worker that took long would be taken for dead, and memory of it would stay.
    """
    service = server.app.app_uri.partition(":")[0]
    upgrade = subprocess.run([sys.executable, "-m", "chassis.migrations", service], check=False)
    if upgrade.returncode:
        sys.exit(upgrade.returncode)


def post_worker_init(worker: Any) -> None:
    from chassis import (
        disk_space,
        serving_threads,
    )  # not before: gunicorn has only now put this folder on the path

    serving_threads.watch(worker.tpool)
    disk_space.watch(Path(os.environ.get("DATA_DIR", ".")))
