"""Guides: one task a page, in plain words, for everybody."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort

from blueprints.access import public
from blueprints.kept import keep_public
from blueprints.responses import page

blueprint = Blueprint("help", __name__, url_prefix="/help")


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of templates/help/guides."""

    name: str
    title: str


#: For whom → what there is for them, the first things first.
GUIDES: tuple[tuple[str, tuple[Guide, ...]], ...] = ()
BY_NAME = {guide.name: guide for _, guides in GUIDES for guide in guides}


@blueprint.get("/")
@public()
def index() -> Any:
    """All guides, and the way to ask."""
    return keep_public((), lambda: page("help/index.html", guides=GUIDES))


@blueprint.get("/<name>")
@public()
def guide(name: str) -> Any:
    """One guide."""
    found = BY_NAME.get(name)
    if found is None:
        abort(404)
    return keep_public((), lambda: page(f"help/guides/{name}.html", guide=found))
