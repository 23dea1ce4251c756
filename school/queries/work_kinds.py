"""Kinds of work a school marks."""

from dataclasses import dataclass

from school.database import fetch_all


@dataclass(frozen=True, slots=True)
class WorkKindLine:
    id: int
    name: str
    weight: str

    @property
    def label(self) -> str:
        return f"{self.name}, вес {self.weight}"


def list_work_kinds(school_id: int) -> tuple[WorkKindLine, ...]:
    sql = "SELECT id, name, weight FROM work_kind WHERE school_id = ? ORDER BY id"
    return tuple(WorkKindLine(*row) for row in fetch_all(sql, (school_id,)))
