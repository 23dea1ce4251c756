"""The program with one route more: what every request costs before it asks for anything.

Two factories for web servers: `web` for gunicorn, `gateway` for the product's own.
"""

from flask import Flask

from app import create_app
from blueprints.access import public
from blueprints.operations.gateway import Gateway

EMPTY = "/bench/empty"


def web() -> Flask:
    app = create_app()

    @app.get(EMPTY)
    @public()
    def empty() -> str:
        return "ok"

    return app


def gateway() -> Gateway:
    return Gateway(web())
