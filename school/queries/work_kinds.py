"""Kinds of work a school marks."""

from dataclasses import dataclass

from school.database import fetch_all


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
        return f"{self.name}, вес {self.weight}"


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
