"""A pupil as a page's heading names them, and where they are enrolled."""

from dataclasses import dataclass
from datetime import date

from school import clock
from school.database import as_date, fetch_all
from school.rules.access import Place, holds


@dataclass(frozen=True, slots=True)
class EnrolledAt:
    school_id: int
    school_name: str
    time_zone: str
    school_class_id: int
    class_name: str
    from_on: date
    until_on: date | None

    def holds_today(self) -> bool:
        return holds(self.from_on, self.until_on, clock.today(self.time_zone))


@dataclass(frozen=True, slots=True)
class PupilCard:
    pupil_id: int
    surname: str
    given_name: str
    patronymic: str
    #: Newest first.
    enrolments: tuple[EnrolledAt, ...]

    @property
    def name(self) -> str:
        return f"{self.surname} {self.given_name}"

    @property
    def latest(self) -> EnrolledAt:
        return self.enrolments[0]

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the pupil is enrolled today."""
        return tuple(
            Place(e.school_id, e.school_class_id) for e in self.enrolments if e.holds_today()
        )


CARD = """
SELECT p.id, p.surname, p.given_name, p.patronymic, e.school_id, s.name, s.time_zone,
       e.school_class_id, c.grade, c.letter, e.from_on, e.until_on
FROM enrolment e
JOIN person p ON p.id = e.pupil_id
JOIN school s ON s.id = e.school_id
JOIN school_class c ON c.id = e.school_class_id
WHERE e.pupil_id = ?
ORDER BY e.from_on DESC, e.id DESC
"""


def find_pupil(pupil_id: int) -> PupilCard | None:
    """The card of a person who is or was enrolled somewhere, or None."""
    rows = fetch_all(CARD, (pupil_id,))
    if not rows:
        return None
    enrolments = tuple(
        EnrolledAt(
            school_id=row[4],
            school_name=row[5],
            time_zone=row[6],
            school_class_id=row[7],
            class_name=f"{row[8]}{row[9]}",
            from_on=as_date(row[10]),
            until_on=as_date(row[11]),
        )
        for row in rows
    )
    pupil, surname, given_name, patronymic = rows[0][:4]
    return PupilCard(pupil, surname, given_name, patronymic, enrolments)
