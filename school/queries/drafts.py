"""Forms that came after their session ran out."""

import json

from school.models import Draft


def find_draft(person_id: int, path: str) -> list[tuple[str, str]] | None:
    """The fields a person typed for a page before their session ended, or None."""
    draft = Draft.get_or_none(Draft.person == person_id, Draft.path == path)
    if draft is None:
        return None
    return [(str(name), str(value)) for name, value in json.loads(draft.fields)]


def find_newest_draft_path(person_id: int) -> str | None:
    """The page of a person's newest draft, or None."""
    draft = Draft.select().where(Draft.person == person_id).order_by(Draft.id.desc()).first()
    return None if draft is None else str(draft.path)
