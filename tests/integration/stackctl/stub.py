"""A component that behaves as it is told: `stub.py PORT [BEHAVIOUR]...`, by default well."""

import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

port, behaviours = int(sys.argv[1]), sys.argv[2:]


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if "never-ready" in behaviours else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what a stub writes is what the tests look for."""


if "dies" in behaviours:
    for number in range(30):
        print(f"line {number} of its complaint")
    sys.exit(3)
if "ignores-term" in behaviours:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "has-child" in behaviours:
    subprocess.Popen(["sleep", "600"])
if "has-detached-child" in behaviours:
    subprocess.Popen(["sleep", "600"], start_new_session=True)
if "has-child-without-mark" in behaviours:
    subprocess.Popen(["sleep", "600"], env={"PATH": "/usr/bin:/bin"})
HTTPServer(("127.0.0.1", port), Health).serve_forever()
