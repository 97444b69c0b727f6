"""A tutorial's third file: an error that nobody handles."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return "fine"


@app.get("/divide/<int:by>")
def divide(by: int) -> str:
    return str(1 // by)
