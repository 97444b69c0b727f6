"""Whether the HTTP server of this container answers 200. It is asked often, and so starts in milliseconds."""

import os
import socket
import sys

PATH = sys.argv[1] if len(sys.argv) > 1 else "/readyz"
PORT = int(sys.argv[2] if len(sys.argv) > 2 else os.environ["PORT"])

try:
    with socket.create_connection(("127.0.0.1", PORT), timeout=2) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = connection.recv(64)
except OSError as error:
    sys.exit(f"port {PORT}: {error}")
sys.exit(0 if b" 200 " in answer else answer.decode(errors="replace"))
