"""What public pages show: schools, their own words and whom to ask (A14)."""

from dataclasses import dataclass
from datetime import datetime

from school.database import fetch_all
from school.models.fields import from_milliseconds
from school.rules.plain_text import Block, read_blocks


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a school or the municipality says on its page; empty where it said nothing yet."""

    text: str = ""
    whom: str = ""
    phone: str = ""
    hours: str = ""
    changed_at: datetime | None = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        return read_blocks(self.text)


@dataclass(frozen=True, slots=True)
class PublicSchool:
    """A school as everybody may know it."""

    school_id: int
    municipality_id: int
    short_name: str
    name: str
    full_name: str
    address: str
    phone: str
    time_zone: str
    #: How often what stands on its pages changed.
    revision: int


@dataclass(frozen=True, slots=True)
class PublicMunicipality:
    municipality_id: int
    name: str
    address: str
    phone: str


_SCHOOL = """
SELECT s.id, s.municipality_id, s.short_name, s.name, s.full_name, s.address, s.phone,
       s.time_zone, COALESCE(r.n, 0)
FROM school s LEFT JOIN revision r ON r.scope = 'school' AND r.subject_id = s.id
"""


def find_public_school(short_name: str) -> PublicSchool | None:
    """A school by its short name, or None."""
    rows = fetch_all(f"{_SCHOOL} WHERE s.short_name = ?", (short_name,))
    return PublicSchool(*rows[0]) if rows else None


def list_public_schools() -> tuple[PublicSchool, ...]:
    """All schools, in order of their making."""
    return tuple(PublicSchool(*row) for row in fetch_all(f"{_SCHOOL} ORDER BY s.id"))


def list_municipalities() -> tuple[PublicMunicipality, ...]:
    """All municipalities; usually one."""
    rows = fetch_all("SELECT id, name, address, phone FROM municipality ORDER BY id")
    return tuple(PublicMunicipality(*row) for row in rows)


_WORDS = "SELECT text, whom, phone, hours, changed_at FROM public_page WHERE "


def get_school_words(school_id: int) -> OwnWords:
    """What a school says of itself."""
    return _words(fetch_all(f"{_WORDS} school_id = ?", (school_id,)))


def get_municipal_words(municipality_id: int) -> OwnWords:
    """What the municipality says on its page."""
    sql = f"{_WORDS} municipality_id = ? AND school_id IS NULL"
    return _words(fetch_all(sql, (municipality_id,)))


def _words(rows: list[tuple]) -> OwnWords:  # type: ignore[type-arg]
    if not rows:
        return OwnWords()
    text, whom, phone, hours, changed_at = rows[0]
    return OwnWords(text, whom, phone, hours, from_milliseconds(changed_at))
