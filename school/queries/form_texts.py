"""Which text a blank form has at a school, and what is filled into it (D5)."""

from dataclasses import dataclass
from datetime import date

from school.database import fetch_all
from school.forms import read_form
from school.queries.regulations import find_regulation
from school.rules.forms import TITLES
from school.rules.regulation import REQUESTS


@dataclass(frozen=True, slots=True)
class FormText:
    form: str
    title: str
    text: str
    #: «school», «municipality», or empty: as shipped.
    whose: str


# The newest row holds; an empty one brings back what stands behind it.
NEWEST = """
SELECT text FROM form_text WHERE municipality_id = ? AND form = ? AND {whose}
ORDER BY id DESC LIMIT 1
"""


def get_form_text(municipality_id: int, school_id: int | None, form: str) -> FormText:
    """The text of a form: the school's own, else the municipality's, else the shipped one. Raises
    KeyError for an unknown form."""
    shipped = read_form(form)
    for whose, where, parameters in (
        ("school", "school_id = ?", (school_id,)),
        ("municipality", "school_id IS NULL", ()),
    ):
        if whose == "school" and school_id is None:
            continue
        sql = NEWEST.format(whose=where)
        rows = fetch_all(sql, (municipality_id, form, *parameters))
        if rows and rows[0][0]:
            return FormText(form, TITLES[form], rows[0][0], whose)
    return FormText(form, TITLES[form], shipped, "")


def get_municipality(school_id: int) -> int:
    """The municipality of a school. Raises LookupError."""
    rows = fetch_all("SELECT municipality_id FROM school WHERE id = ?", (school_id,))
    if not rows:
        raise LookupError(f"no school {school_id}")
    return int(rows[0][0])


def get_school_values(school_id: int, form: str, today: date) -> dict[str, str]:
    """What of a form is known of the school alone: its name, its regulation, its act."""
    name = fetch_all("SELECT full_name FROM school WHERE id = ?", (school_id,))[0][0]
    values = {"школа": str(name)}
    found = find_regulation(school_id, today)
    if found is None:
        return values
    regulation = found.regulation
    values["регламент"] = ", ".join(filter(None, (regulation.title, regulation.approved)))
    values["система"] = "«Листок»"
    if form in REQUESTS:
        rule = regulation.request(form)
        values["форма"] = rule.form or (
            "свободная" if rule.free_form else "бланк школы; в регламенте форма не названа"
        )
    return values
