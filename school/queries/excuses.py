"""Absences that the school was told of: of a pupil, of a class on a day, and as hints (H9)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import clock, wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.queries.schools import ClassHead
from school.rules.excuses import ACCEPTED, WAITING, Absence, has_begun


@dataclass(frozen=True, slots=True)
class ExcuseLine:
    """An excuse with all that is said of it."""

    excuse_id: int
    school_id: int
    time_zone: str
    pupil_id: int
    #: Surname and given name.
    pupil: str
    absence: Absence
    asked_at: datetime
    asked_by_id: int
    asked_by: str
    #: A kind of representative, `pupil`, or empty: somebody of the school.
    asker_kind: str
    decision: str
    decided_at: datetime | None
    decided_by: str
    word: str
    code: str

    @property
    def span(self) -> str:
        """«16 ноября, с 10:30», «16–18 ноября 2026 года»."""
        absence = self.absence
        return wording.excuse_span(absence.from_on, absence.until_on, absence.starts, absence.ends)

    @property
    def reason(self) -> str:
        """«болеет», «семейные обстоятельства: свадьба»."""
        words = wording.EXCUSE_REASONS.get(self.absence.reason, self.absence.reason)
        return f"{words}: {self.absence.words}" if self.absence.words else words

    @property
    def who(self) -> str:
        """«мать, Королёва Мария Ивановна»."""
        kind = wording.GUARDIAN_KINDS.get(self.asker_kind) or {
            "pupil": "сам(а)",
            "": "записал(а) классный руководитель",
        }.get(self.asker_kind, "")
        return f"{kind}, {self.asked_by}"

    @property
    def why(self) -> str:
        """By which excuse, for history."""
        absence = self.absence
        return wording.excuse_why(self.excuse_id, absence.reason, absence.from_on, absence.until_on)

    def local_asked_at(self) -> datetime:
        return clock.local(self.asked_at, self.time_zone)

    def may_be_withdrawn(self, now: datetime) -> bool:
        """Until it begins, where nobody declined it."""
        return self.decision in (WAITING, ACCEPTED) and not has_begun(
            self.absence, clock.local(now, self.time_zone)
        )


LINES = """
SELECT e.id, e.school_id, s.time_zone, e.pupil_id, p.surname, p.given_name, e.from_on, e.until_on,
       e.starts, e.ends, e.reason, e.words, e.asked_at, e.asked_by_id, a.surname, a.given_name,
       a.patronymic,
       CASE WHEN e.asked_by_id = e.pupil_id THEN 'pupil' ELSE
         (SELECT MAX(g.kind) FROM guardianship g
          WHERE g.pupil_id = e.pupil_id AND g.guardian_id = e.asked_by_id) END,
       e.decision, e.decided_at, d.surname, d.given_name, d.patronymic, e.word, e.code
FROM excuse e
JOIN school s ON s.id = e.school_id
JOIN person p ON p.id = e.pupil_id
JOIN person a ON a.id = e.asked_by_id
LEFT JOIN person d ON d.id = e.decided_by_id
WHERE {where}
ORDER BY e.from_on DESC, e.id DESC
"""


def find_excuse(excuse_id: int) -> ExcuseLine | None:
    """An excuse, or None."""
    lines = _read("e.id = ?", (excuse_id,))
    return lines[0] if lines else None


def list_excuses(pupil_id: int, from_on: date) -> tuple[ExcuseLine, ...]:
    """What was told of a pupil's absences that end on a day or later, the latest first: all of
    it, also where two representatives told of the same days."""
    return _read("e.pupil_id = ? AND e.until_on >= ?", (pupil_id, from_on))


def list_day_excuses(
    school_id: int, pupil_ids: Collection[int], day: date
) -> tuple[ExcuseLine, ...]:
    """What was told of pupils' absences on a day and holds or waits, withdrawn and declined ones
    left out."""
    return _read(
        f"e.school_id = ? AND e.pupil_id IN ({_places(pupil_ids)}) AND e.from_on <= ? "
        "AND e.until_on >= ? AND e.decision IN ('', 'accepted')",
        (school_id, *pupil_ids, day, day),
    )


#: The pupils who are in a class on a day: whose excuses its class teacher decides on.
_OF_CLASS = """
e.school_id = ? AND e.pupil_id IN (
  SELECT n.pupil_id FROM enrolment n
  WHERE n.school_id = ? AND n.school_class_id = ? AND n.from_on <= ?
    AND (n.until_on IS NULL OR n.until_on >= ?))
"""


def list_waiting_excuses(head: ClassHead, today: date) -> tuple[ExcuseLine, ...]:
    """What the class teacher still has to decide on. A pupil who moved to another class takes
    what is undecided along."""
    where = (head.school_id, head.school_id, head.class_id, today, today)
    return _read(f"{_OF_CLASS} AND e.decision = ''", where)


def count_waiting_excuses(head: ClassHead, today: date) -> int:
    """How many those are."""
    where = (head.school_id, head.school_id, head.class_id, today, today)
    sql = f"SELECT COUNT(*) FROM excuse e WHERE {_OF_CLASS} AND e.decision = ''"
    count: int = fetch_all(sql, where)[0][0]
    return count


def list_decided_excuses(head: ClassHead, today: date, most: int = 50) -> tuple[ExcuseLine, ...]:
    """What was decided on, by the days of absence, the latest first."""
    where = (head.school_id, head.school_id, head.class_id, today, today)
    return _read(f"{_OF_CLASS} AND e.decision <> ''", where)[:most]


def is_of_class(line: ExcuseLine, class_id: int, today: date) -> bool:
    """Whether an excuse is of a pupil who is in a class on a day."""
    return bool(
        fetch_all(
            "SELECT 1 FROM enrolment WHERE school_id = ? AND school_class_id = ? AND pupil_id = ? "
            "AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)",
            (line.school_id, class_id, line.pupil_id, today, today),
        )
    )


@dataclass(frozen=True, slots=True)
class Hint:
    """What a register says at a pupil: that somebody told of an absence."""

    excuse_id: int
    absence: Absence
    #: Empty while it waits; else what an absence becomes.
    code: str

    @property
    def words(self) -> str:
        """«предупредили: болеет до 15.09»."""
        absence = self.absence
        return wording.excuse_hint(
            absence.reason, absence.from_on, absence.until_on, absence.starts, absence.ends,
            is_accepted=bool(self.code),
        )  # fmt: skip

    @property
    def why(self) -> str:
        """By which excuse, for history."""
        absence = self.absence
        return wording.excuse_why(self.excuse_id, absence.reason, absence.from_on, absence.until_on)


def _places(values: Collection[int]) -> str:
    return ", ".join("?" * len(values)) or "NULL"


def _read(where: str, parameters: tuple[Any, ...]) -> tuple[ExcuseLine, ...]:
    return tuple(_line(row) for row in fetch_all(LINES.format(where=where), parameters))


def _line(row: tuple[Any, ...]) -> ExcuseLine:
    return ExcuseLine(
        excuse_id=row[0],
        school_id=row[1],
        time_zone=row[2],
        pupil_id=row[3],
        pupil=f"{row[4]} {row[5]}",
        absence=Absence(as_date(row[6]), as_date(row[7]), *row[8:12]),
        asked_at=from_milliseconds(row[12]),
        asked_by_id=row[13],
        asked_by=full_name(*row[14:17]),
        asker_kind=row[17] or "",
        decision=row[18],
        decided_at=None if row[19] is None else from_milliseconds(row[19]),
        decided_by=full_name(*row[20:23]) if row[20] else "",
        word=row[23],
        code=row[24],
    )
