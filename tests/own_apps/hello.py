"""A tutorial's first file: no telemetry, no logging."""

import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello_world() -> str:
    print("somebody says hello", flush=True)
    return "<p>Hello, World!</p>"


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
