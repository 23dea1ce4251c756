"""What every source of obligations asks of its school, each read once."""

from datetime import date, datetime
from functools import cached_property

from school.clock import local
from school.database import as_date, fetch_all
from school.queries.calendars import get_working_days
from school.queries.lessons import full_name
from school.queries.regulations import RegulationInForce, list_regulations
from school.queries.schools import get_time_zone
from school.rules import terms
from school.rules.access import ADMINISTRATOR, CLASS_TEACHER, DEPUTY_HEAD, HEAD
from school.rules.terms import Term
from school.rules.working_days import WorkingDays

CLASSES = "SELECT id, grade, letter FROM school_class WHERE school_id = ?"
STAFF = """
SELECT r.kind, COALESCE(r.school_class_id, 0), r.from_on, r.until_on, p.id, p.surname,
       p.given_name, p.patronymic
FROM role r JOIN person p ON p.id = r.person_id
WHERE r.school_id = ? AND r.kind IN (?, ?, ?, ?) AND r.ended_at IS NULL ORDER BY r.from_on, r.id
"""
KINDS = (CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)


class SchoolDesk:
    """A school at a moment: its terms, calendar, classes and people."""

    def __init__(self, school_id: int, now: datetime, time_zone: str = "") -> None:
        self.school_id = school_id
        self.now = now
        self.time_zone = time_zone or get_time_zone(school_id)
        self.today = local(now, self.time_zone).date()
        self._calendars: dict[int, WorkingDays] = {}

    @cached_property
    def versions(self) -> tuple[RegulationInForce, ...]:
        """The regulation's versions, oldest first."""
        return list_regulations(self.school_id)

    def version_on(self, day: date) -> RegulationInForce | None:
        """The version that holds on a day; None before the school's first one."""
        return next((v for v in reversed(self.versions) if v.from_on <= day), None)

    def is_working_day(self, day: date) -> bool:
        """By the production calendar, with this school's corrections."""
        return self.calendar(day)(day)

    def calendar(self, day: date) -> WorkingDays:
        """The production calendar about a day."""
        if day.year not in self._calendars:
            self._calendars[day.year] = get_working_days(self.school_id, day)
        return self._calendars[day.year]

    def due_at(self, term: Term, event: date | datetime) -> datetime:
        """The last moment in time of a term that begins with an event."""
        return terms.due_at(term, event, self.time_zone, self.is_working_day)

    def local_day(self, moment: datetime) -> date:
        """The day of a moment where the school is."""
        return local(moment, self.time_zone).date()

    @cached_property
    def class_names(self) -> dict[int, str]:
        """Class id → «7А»."""
        rows = fetch_all(CLASSES, (self.school_id,))
        return {class_id: f"{grade}{letter}" for class_id, grade, letter in rows}

    @cached_property
    def _staff(self) -> list[tuple[str, int, date, date | None, int, str]]:
        return [
            (kind, class_id, as_date(since), as_date(until) if until else None, person_id,
             full_name(*name))
            for kind, class_id, since, until, person_id, *name in fetch_all(
                STAFF, (self.school_id, *KINDS)
            )
        ]  # fmt: skip

    def class_teacher(self, class_id: int | None, day: date) -> tuple[tuple[int, str], ...]:
        """Who leads a class on a day: id and name; none where nobody does."""
        found = [
            (person_id, name)
            for kind, of_class, since, until, person_id, name in self._staff
            if kind == CLASS_TEACHER and of_class == class_id
            and since <= day and (until is None or until >= day)
        ]  # fmt: skip
        return tuple(found[-1:])

    def holders(self, kind: str) -> tuple[int, ...]:
        """Who has a role in the school today."""
        return tuple(
            dict.fromkeys(
                person_id
                for of_kind, _, since, until, person_id, _ in self._staff
                if of_kind == kind
                and since <= self.today
                and (until is None or until >= self.today)
            )
        )
