"""The program with one route more: what every request costs before it asks for anything.

Run by a web server: `tests.benchmarks.with_empty_route:web` is a factory.
"""

from flask import Flask

from app import web as product
from blueprints.access import public

EMPTY = "/bench/empty"


def web() -> Flask:
    app = product()

    @app.get(EMPTY)
    @public()
    def empty() -> str:
        return "ok"

    return app
