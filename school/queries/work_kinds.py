"""Kinds of work a school marks."""

from dataclasses import dataclass

from school.database import fetch_all
from school.wording import weight as weight_words


@dataclass(frozen=True, slots=True)
class WorkKindLine:
    """A kind as new works of a subject take it."""

    id: int
    name: str
    weight: str
    is_important: bool
    marks_expected: bool

    @property
    def label(self) -> str:
        return f"{self.name}, вес {weight_words(self.weight)}"


KINDS = """
SELECT k.id, k.name, COALESCE(s.weight, k.weight),
       COALESCE(s.is_important, k.is_important), COALESCE(s.marks_expected, k.marks_expected)
FROM work_kind k
LEFT JOIN subject_work_kind s ON s.school_id = k.school_id AND s.work_kind_id = k.id
     AND s.subject_id = ?
WHERE k.school_id = ? AND COALESCE(s.is_offered, k.retired_on IS NULL) ORDER BY k.id
"""


def list_work_kinds(school_id: int, subject_id: int) -> tuple[WorkKindLine, ...]:
    """The kinds that new works of a subject can be of: as the subject has them, else as the
    school. A retired one is not among them."""
    return tuple(
        WorkKindLine(id_, name, weight, bool(important), bool(expected))
        for id_, name, weight, important, expected in fetch_all(KINDS, (subject_id, school_id))
    )


@dataclass(frozen=True, slots=True)
class KindOverview:
    """A kind as the page of kinds lists it, with the subjects that have it otherwise."""

    id: int
    name: str
    weight: str
    is_important: bool
    marks_expected: bool
    is_offered: bool
    subjects: tuple[tuple[int, str], ...]


ALL_KINDS = """
SELECT id, name, weight, is_important, marks_expected, retired_on IS NULL
FROM work_kind WHERE school_id = ? ORDER BY retired_on IS NOT NULL, id
"""
OWN_KINDS = """
SELECT s.work_kind_id, j.id, j.name FROM subject_work_kind s JOIN subject j ON j.id = s.subject_id
WHERE s.school_id = ? ORDER BY j.name
"""
SUBJECTS = "SELECT id, name FROM subject WHERE school_id = ? ORDER BY name"


def list_all_kinds(school_id: int) -> tuple[KindOverview, ...]:
    """All kinds of a school, the retired ones last."""
    own: dict[int, list[tuple[int, str]]] = {}
    for kind_id, subject_id, subject in fetch_all(OWN_KINDS, (school_id,)):
        own.setdefault(kind_id, []).append((subject_id, subject))
    return tuple(
        KindOverview(
            id_, name, weight, bool(important), bool(expected), bool(offered),
            tuple(own.get(id_, ())),
        )
        for id_, name, weight, important, expected, offered in fetch_all(ALL_KINDS, (school_id,))
    )  # fmt: skip


def list_subject_names(school_id: int) -> tuple[tuple[int, str], ...]:
    """The subjects of a school: id and name."""
    return tuple((id_, name) for id_, name in fetch_all(SUBJECTS, (school_id,)))
