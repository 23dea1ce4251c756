"""Public pages: the municipality with its schools, and each school (A14)."""

from typing import Any

from flask import Response, abort, current_app, url_for

from blueprints.access import public
from blueprints.kept import keep_public
from blueprints.public.views import blueprint
from blueprints.responses import page, see_other
from school import clock, wording_terms
from school.queries.public_pages import (
    PublicSchool,
    find_public_school,
    get_municipal_words,
    get_school_words,
    list_municipalities,
    list_public_schools,
)
from school.queries.regulations import (
    RegulationInForce,
    find_act_of_school,
    find_regulation,
    find_version,
    list_versions,
)
from school.rules.forms import TITLES as FORMS
from school.rules.regulation import RegulatedTerm, Regulation, parse_regulation

#: The order in which a family asks: the code first, then what is entered, then paper.
PROMISED = ("A8", "C1", "C3", "C2", "C4", "C5", "D3", "C7", "C6")

ROBOTS = """User-agent: *
Disallow: /
Allow: /schools/
Allow: /help/
Allow: /static/
"""


@blueprint.get("/robots.txt")
@public()
def robots() -> Any:
    """What may be found by a search: the public pages and the guides, nothing else."""
    return Response(ROBOTS, mimetype="text/plain", headers={"Cache-Control": "max-age=86400"})


@blueprint.get("/schools/")
@public()
def schools() -> Any:
    """The schools with addresses, phones and the regulation each is under."""
    lines = list_public_schools()
    places = [
        (place, get_municipal_words(place.municipality_id)) for place in list_municipalities()
    ]
    regulations = {
        line.school_id: find_regulation(line.school_id, clock.today(line.time_zone))
        for line in lines
    }
    depends_on = (lines, places, [(r and r.version_id) for r in regulations.values()])
    return keep_public(
        depends_on,
        lambda: page(
            "public/schools.html",
            schools=lines,
            places=places,
            regulations=regulations,
            municipal=_municipal_acts(list(regulations.values())),
        ),
    )


def _municipal_acts(versions: list[RegulationInForce | None]) -> list[RegulationInForce]:
    """The versions of the municipality's acts, each once."""
    found = {v.version_id: v for v in versions if v and v.regulation.holder == "municipality"}
    return list(found.values())


def load_public_school(short_name: str) -> PublicSchool:
    """A school by its short name; 404 where there is none."""
    school = find_public_school(short_name)
    if school is None:
        abort(404)
    return school


@blueprint.get("/schools/<name:short_name>/")
@public()
def school(short_name: str) -> Any:
    """What a family has to know of a school before it has an account."""
    found = load_public_school(short_name)
    today = clock.today(found.time_zone)
    version = find_regulation(found.school_id, today)
    regulation = version.regulation if version else None
    own = get_school_words(found.school_id)
    return keep_public(
        (found, own, version and version.version_id, current_app.extensions["settings"].base_url),
        lambda: page(
            "public/school.html",
            school=found,
            own=own,
            version=version,
            regulation=regulation,
            terms=_promised(regulation) if regulation else [],
            forms=FORMS,
            words=wording_terms,
        ),
    )


def _promised(regulation: Regulation) -> list[RegulatedTerm]:
    """In the order of a family; the check of the sheet of consent where the class teacher makes
    one, before the code that waits for it."""
    checked = ("A4",) if regulation.flag("class_teacher_hands_codes").value else ()
    return [regulation.term(row) for row in (*checked, *PROMISED)]


@blueprint.get("/schools/<name:short_name>/regulation")
@public()
def school_regulation(short_name: str) -> Any:
    """The version that is in force today, at its own address."""
    found = load_public_school(short_name)
    version = find_regulation(found.school_id, clock.today(found.time_zone))
    if version is None:
        abort(404)
    return see_other(
        url_for(
            "public.school_regulation_version",
            short_name=short_name,
            version_id=version.version_id,
        )
    )


@blueprint.get("/schools/<name:short_name>/regulation/<id:version_id>")
@public()
def school_regulation_version(short_name: str, version_id: int) -> Any:
    """A version of a school's regulation, in words and as its whole text."""
    found = load_public_school(short_name)
    version = find_version(version_id)
    act_id = find_act_of_school(found.school_id)
    if version is None or act_id is None or version.act_id != act_id:
        abort(404)
    today = clock.today(found.time_zone)
    present = find_regulation(found.school_id, today)
    versions = list_versions(act_id)
    return keep_public(
        (found, version_id, len(versions), present and present.version_id, today),
        lambda: page(
            "public/regulation.html",
            school=found,
            version=version,
            regulation=parse_regulation(version.text),
            versions=versions,
            present_id=present.version_id if present else 0,
            today=today,
            words=wording_terms,
        ),
    )
