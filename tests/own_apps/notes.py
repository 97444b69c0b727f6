"""A tutorial's second file: a factory, a route with a variable, its own logging."""

import logging

from flask import Flask, abort

NOTES = {1: "milk", 2: "bread"}


def create_app() -> Flask:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    app = Flask(__name__)

    @app.get("/")
    def index() -> list[str]:
        return list(NOTES.values())

    @app.get("/notes/<int:number>")
    def note(number: int) -> str:
        if number not in NOTES:
            logging.getLogger(__name__).warning("no note %d", number)
            abort(404)
        return NOTES[number]

    return app
