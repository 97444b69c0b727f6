"""How gunicorn serves the console: one process with threads, found by BIND_HOST and PORT."""

import os
from pathlib import Path

bind = f"{os.environ.get('BIND_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = 1
threads = 16

accesslog = None
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")

# Queries are in the address, and some are longer than gunicorn takes by itself; reads.py bounds them.
limit_request_line = 0
keepalive = 75
graceful_timeout = 5
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
