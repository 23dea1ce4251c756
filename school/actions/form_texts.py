"""A municipality or a school puts its own text in place of a shipped form (D5)."""

from school.actions.history import Act, Fact, record
from school.database import transaction
from school.models import FormText
from school.rules.forms import TITLES, check_text


def set_form_text(
    municipality_id: int, school_id: int | None, form: str, text: str, act: Act
) -> None:
    """Keep a form's text for a school, or for all schools of a municipality; an empty one brings
    back what stood behind it. A text that holds already is not kept once more. Raises
    FormTextError for a text that cannot be filled in, LookupError for an unknown form."""
    if form not in TITLES:
        raise LookupError(form)
    kept = check_text(text)
    with transaction():
        newest = (
            FormText.select()
            .where(
                FormText.municipality == municipality_id,
                FormText.form == form,
                FormText.school.is_null() if school_id is None else FormText.school == school_id,
            )
            .order_by(FormText.id.desc())
            .first()
        )
        if kept == (newest.text if newest else ""):
            return
        row = FormText.create(
            municipality=municipality_id,
            school=school_id,
            form=form,
            text=kept,
            changed_at=act.at,
            changed_by=act.actor_id,
        )
        record(act, school_id, [Fact("form_text", row.id, form, "", "changed")])
