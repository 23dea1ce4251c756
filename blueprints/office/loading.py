"""Whose school an administrator's page is about."""

from flask import abort
from flask_login import current_user

from school.queries.imports import ImportCard, find_import
from school.queries.schools import SchoolLine, find_school
from school.rules.access import ADMINISTRATOR


def load_school(school_id: int) -> SchoolLine:
    """A school whose administrator the viewer is; 404 to all others."""
    school = find_school(school_id)
    if school is None or school_id not in current_user.ties.schools([ADMINISTRATOR]):
        abort(404)
    return school


def load_import(run_id: int) -> ImportCard:
    """An import into a school whose administrator the viewer is; 404 to all others."""
    card = find_import(run_id)
    if card is None or card.school_id not in current_user.ties.schools([ADMINISTRATOR]):
        abort(404)
    return card
