"""Papers that were asked for: their state, their file, the page they are made from."""

from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, flash, url_for
from flask_login import current_user

from blueprints.access import SIGNED_IN, new_act, permit
from blueprints.downloads import send_kept_file
from blueprints.forms import Form
from blueprints.papers.documents import body_of, make_soon
from blueprints.responses import page, see_other
from school import clock
from school.actions.letters import find_zone
from school.actions.papers import KINDS, try_again
from school.queries.papers import PaperLine, find_paper, get_source, list_own_papers
from school.settings import Settings

blueprint = Blueprint("papers", __name__, url_prefix="/papers")


def _load_paper(paper_id: int) -> PaperLine:
    """A paper is its asker's alone, as long as they have a duty in that school."""
    found = find_paper(paper_id)
    ties = current_user.ties
    if (
        found is None
        or found.asked_by_id != current_user.person_id
        or found.school_id not in {duty.school_id for duty in ties.duties}
    ):
        abort(404)
    return found


def _local() -> Any:
    zone = find_zone(current_user.person_id)
    return lambda moment: clock.local(moment, zone)


@blueprint.get("/")
@permit(SIGNED_IN)
def own() -> Any:
    """What one had printed lately."""
    papers = list_own_papers(current_user.person_id)
    return page("papers/own.html", papers=papers, kinds=KINDS, local=_local())


@blueprint.get("/<id:paper_id>")
@permit(SIGNED_IN)
def paper(paper_id: int) -> Any:
    """How a paper fares, and its sheets."""
    found = _load_paper(paper_id)
    body = body_of(get_source(paper_id)) if found.has_source else ""
    return page("papers/paper.html", paper=found, body=body, form=Form(), local=_local())


@blueprint.get("/<id:paper_id>/file")
@permit(SIGNED_IN)
def file(paper_id: int) -> Any:
    """The PDF; back to the paper's page where there is none (yet)."""
    found = _load_paper(paper_id)
    back = url_for("papers.paper", paper_id=paper_id)
    return send_paper(found, back=back, name=f"{found.title}.pdf")


def send_paper(found: PaperLine | None, *, back: str, name: str) -> Any:
    """The file of a paper, under a name; to the page `back` where there is none (yet)."""
    settings: Settings = current_app.extensions["settings"]
    path = Path(settings.data_dir).resolve() / "papers" / (found.file_name if found else "")
    if found is None or found.state != "done" or not path.is_file():
        flash("Файла пока нет.")
        return see_other(back)
    return send_kept_file(path, name, "application/pdf")


@blueprint.post("/<id:paper_id>/again")
@permit(SIGNED_IN)
def again(paper_id: int) -> Any:
    """Tries once more what could not be made."""
    found = _load_paper(paper_id)
    if found.state == "failed":
        try_again(paper_id, new_act())
    make_soon(paper_id)
    return see_other(url_for("papers.paper", paper_id=paper_id))
