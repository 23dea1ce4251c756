"""Changing what a school, or the municipality, says on its public page (A14)."""

from dataclasses import dataclass, fields
from datetime import datetime

from school.actions.history import Act, Fact, move_revisions, record
from school.database import transaction
from school.models import Municipality, PublicPage, School
from school.models.fields import to_milliseconds
from school.rules.register import without_controls

LONGEST = {"text": 6_000, "whom": 200, "phone": 60, "hours": 200, "address": 250, "main_phone": 60}


class PageError(ValueError):
    """A field does not do; the message says why, `field` where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ChangedSince(Exception):
    """Somebody changed the page since it was opened."""


@dataclass(frozen=True, slots=True)
class PageWords:
    """All that a public page's editor may change."""

    text: str
    whom: str
    phone: str
    hours: str
    #: Of the school, or of the municipality's education office.
    address: str
    main_phone: str


def clean_words(words: PageWords) -> PageWords:
    """The same as it is kept. Raises PageError for the first field that is too long."""
    cleaned = {}
    for name, text in ((field.name, getattr(words, field.name)) for field in fields(words)):
        kept = without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if name != "text":
            kept = " ".join(kept.split())
        if len(kept) > LONGEST[name]:
            raise PageError(
                name,
                f"Слишком длинно: {len(kept)} букв, помещается {LONGEST[name]}. Сократите.",
            )
        cleaned[name] = kept
    return PageWords(**cleaned)


def change_school_page(
    school_id: int, words: PageWords, *, seen: datetime | None, act: Act
) -> bool:
    """Put other words on a school's page; returns whether anything changed. `seen` is when the
    page had last been changed when the editor opened it. Raises PageError, ChangedSince."""
    school = School.get_by_id(school_id)
    return _change(school, school.municipality_id, school_id, words, seen, act)


def change_municipal_page(
    municipality_id: int, words: PageWords, *, seen: datetime | None, act: Act
) -> bool:
    """The same for the municipality's page."""
    place = Municipality.get_by_id(municipality_id)
    return _change(place, municipality_id, None, words, seen, act)


def _change(
    place: School | Municipality,
    municipality_id: int,
    school_id: int | None,
    words: PageWords,
    seen: datetime | None,
    act: Act,
) -> bool:
    words = clean_words(words)
    with transaction():
        if school_id is None:
            mine = PublicPage.school.is_null() & (PublicPage.municipality == municipality_id)
        else:
            mine = PublicPage.school == school_id
        page = PublicPage.get_or_none(mine)
        facts = _facts(page, place, words)
        if not facts:
            return False
        if page is not None and (
            seen is None or to_milliseconds(seen) != to_milliseconds(page.changed_at)
        ):
            raise ChangedSince
        values = {name: getattr(words, name) for name in ("text", "whom", "phone", "hours")}
        values |= {"changed_at": act.at, "changed_by": act.actor_id}
        if page is None:
            page = PublicPage.create(municipality=municipality_id, school=school_id, **values)
        else:
            PublicPage.update(**values).where(PublicPage.id == page.id).execute()
        type(place).update(address=words.address, phone=words.main_phone).where(
            type(place).id == place.id
        ).execute()
        # Public words: the history keeps them whole.
        record(act, school_id, [Fact("public_page", page.id, *fact) for fact in facts])
        if school_id is not None:
            move_revisions(act, [("school", school_id)])
    return True


def _facts(
    page: PublicPage | None, place: School | Municipality, words: PageWords
) -> list[tuple[str, str, str]]:
    """(field, old, new) of what differs."""
    old = {name: getattr(page, name) if page else "" for name in ("text", "whom", "phone", "hours")}
    old |= {"address": place.address, "main_phone": place.phone}
    return [
        (name, before, getattr(words, name))
        for name, before in old.items()
        if before != getattr(words, name)
    ]
