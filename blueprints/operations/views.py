"""/healthz for monitors."""

from typing import Any

from flask import Blueprint
from peewee import PeeweeException

from blueprints.access import public
from school import clock
from school.database import ensure_connection
from school.queries.health import find_worker_silence

blueprint = Blueprint("operations", __name__, cli_group=None)

#: The worker gives a sign of life every minute.
LONGEST_SILENCE = 180


@blueprint.get("/healthz")
@public()
def healthz() -> Any:
    """200 when the database answers and the worker has been seen lately, else 503."""
    try:
        ensure_connection()
        silence = find_worker_silence(clock.now())
    except PeeweeException:
        return "database: no answer\n", 503, {"Content-Type": "text/plain"}
    if silence is None or silence > LONGEST_SILENCE:
        return "database: ok\nworker: not seen lately\n", 503, {"Content-Type": "text/plain"}
    return "database: ok\nworker: ok\n", 200, {"Content-Type": "text/plain"}
