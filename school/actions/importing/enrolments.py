"""Pupils in classes, from a day to a day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from school.actions.history import Fact
from school.actions.importing.ledger import Running
from school.exchange.problems import Problem
from school.exchange.school_rows import PUPILS, PupilRow
from school.exchange.values import shown
from school.models import Enrolment, Person

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Enrolled:
    """A pupil's place in a class after the import, and what it was before."""

    pupil_id: int
    from_on: date
    until_on: date | None
    #: This place is of this import: its group memberships hold from its first day.
    is_new: bool = False
    from_was: date | None = None
    until_was: date | None = None
    #: The last day in each class the pupil was in before.
    left_on: dict[int, date] = field(default_factory=dict)


def put_enrolments(
    run: Running, pupils: dict[str, Person], classes: dict[str, int]
) -> dict[str, Enrolled]:
    """Bring enrolments up to date; returns each pupil's by personal file number.

    Another class with a later first day is a transfer: the earlier enrolment ends the day
    before. A pupil enrolled in an earlier year holds from the first day of this one.
    """
    known: dict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in (
        Enrolment.select()
        .where(Enrolment.school == run.school)
        .order_by(Enrolment.from_on, Enrolment.id)
    ):
        known[enrolment.pupil_id].append(enrolment)
    enrolled = {}
    for row in run.files.pupils:
        pupil_id = pupils[row.code].id
        run.now_at(PUPILS, row.line)
        if not row.line:
            enrolled[row.code] = _as_it_is(row, pupil_id, known[pupil_id])
            continue
        enrolled[row.code] = _put(run, row, pupil_id, classes, known[pupil_id])
    return enrolled


def _as_it_is(row: PupilRow, pupil_id: int, known: list[Enrolment]) -> Enrolled:
    """The place of a pupil whom the files do not name."""
    latest = known[-1] if known else None
    return Enrolled(
        pupil_id,
        latest.from_on if latest else row.from_on,
        latest.until_on if latest else row.until_on,
        from_was=latest.from_on if latest else None,
        until_was=latest.until_on if latest else None,
    )


def _put(
    run: Running,
    row: PupilRow,
    pupil_id: int,
    classes: dict[str, int],
    known: list[Enrolment],
) -> Enrolled:
    class_id = classes[row.class_name]
    from_on = max(row.from_on, run.year.from_on)
    values: dict[str, Any] = {
        "school": run.school.id,
        "school_class": class_id,
        "pupil": pupil_id,
        "from_on": from_on,
        "until_on": row.until_on,
        "reason": row.reason,
    }
    place = Enrolled(pupil_id, from_on, row.until_on)
    latest = known[-1] if known else None
    if latest is None or _is_another(latest, class_id, from_on):
        if latest is not None and (latest.until_on is None or latest.until_on >= from_on):
            _end(run, latest, from_on - ONE_DAY, f"перевод в {row.class_name}")
        place.is_new = True
        earlier = known
        if run.is_new:
            run.add("enrolment", Enrolment, values)
        else:
            made = run.put("enrolment", Enrolment, None, values)
            _record(run, made, "school_class", "", row.class_name)
    else:
        earlier = known[:-1]
        if latest.school_class_id != class_id and latest.from_on < run.today:
            run.problems.append(
                Problem(
                    PUPILS,
                    row.line,
                    "Зачислен с",
                    f"{row.names} с {shown(latest.from_on)} в другом классе. Для перевода "
                    f"в {row.class_name} поставьте здесь первый день в новом классе.",
                )
            )
        if earlier and earlier[-1].until_on and from_on <= earlier[-1].until_on:
            run.problems.append(
                Problem(
                    PUPILS,
                    row.line,
                    "Зачислен с",
                    f"до {shown(earlier[-1].until_on)} ученик был в другом классе — "
                    "дата должна быть позже.",
                )
            )
        place.from_was, place.until_was = latest.from_on, latest.until_on
        for name in run.differing(latest, values):
            _record(run, latest, name, str(latest.__data__[name] or ""), str(values[name] or ""))
        run.put("enrolment", Enrolment, latest, values)
    for enrolment in earlier:
        if enrolment.until_on is not None:
            place.left_on[enrolment.school_class_id] = enrolment.until_on
    return place


def _is_another(latest: Enrolment, class_id: int, from_on: date) -> bool:
    """Whether a row means a new stay, not the latest one with its days or class mended."""
    began: date = latest.from_on
    ended: date | None = latest.until_on
    if latest.school_class_id != class_id:
        return from_on > began
    return ended is not None and from_on > ended


def _end(run: Running, enrolment: Enrolment, until_on: date, reason: str) -> None:
    _record(run, enrolment, "until_on", str(enrolment.until_on or ""), str(until_on))
    values = {"until_on": until_on, "reason": reason, "ending": "moved"}
    run.put("enrolment", Enrolment, enrolment, values)


def _record(run: Running, enrolment: Enrolment, name: str, old: str, new: str) -> None:
    run.facts.append(Fact("enrolment", enrolment.id, name, old, new, pupil_id=enrolment.pupil_id))
