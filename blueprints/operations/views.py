"""/healthz for monitors, and the state of the installation for who supports it."""

from typing import Any

from flask import Blueprint, current_app
from peewee import PeeweeException

from blueprints.access import permit, public
from blueprints.responses import page
from school import clock, doctor
from school.database import ensure_connection
from school.queries.health import find_worker_silence
from school.rules.access import SUPPORT

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


@blueprint.get("/support")
@permit(SUPPORT)
def support() -> Any:
    """How the installation stands, for its support: no person's data, no child's least of all."""
    findings = doctor.examine(current_app.extensions["settings"], clock.now())
    return page("operations/support.html", findings=findings)
