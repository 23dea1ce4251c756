"""Excuses of families in every state, in the demo class (H9)."""

from datetime import date, timedelta
from typing import Any

from school import clock
from school.actions.history import Act, Fact, move_revisions, record
from school.database import as_date, fetch_all
from school.models import Excuse, Revision
from school.models.fields import from_milliseconds

DAY = timedelta(days=1)

ABSENT = """
SELECT DISTINCT l.held_on FROM attendance a JOIN lesson l ON l.id = a.lesson_id
WHERE a.school_id = ? AND a.pupil_id = ? AND a.code = 'б' AND l.held_on < ?
ORDER BY l.held_on DESC
"""
COMING = """
SELECT DISTINCT l.held_on FROM group_membership m
JOIN lesson l ON l.school_id = m.school_id AND l.teaching_group_id = m.teaching_group_id
WHERE m.school_id = ? AND m.pupil_id = ? AND l.held_on > ? ORDER BY l.held_on
"""
PAST = COMING.replace("l.held_on > ? ORDER BY l.held_on", "l.held_on <= ? ORDER BY l.held_on DESC")


def make_excuses(
    school_id: int,
    pupils: list[tuple[int, int]],
    class_teacher_id: int,
    today: date,
    moment: int,
) -> None:
    """Excuses of the demo pupil (the first of `pupils`: pupil, representative) and two of the
    class: accepted, waiting, declined, withdrawn, announced for a day to come. `moment` is the
    demo's, as stored. Nothing is drawn."""
    now = from_milliseconds(moment)
    pupil_id, parent_id = pupils[0]
    ill = [as_date(row[0]) for row in fetch_all(ABSENT, (school_id, pupil_id, today))]
    coming = [as_date(row[0]) for row in fetch_all(COMING, (school_id, pupil_id, today))]
    past = [as_date(row[0]) for row in fetch_all(PAST, (school_id, pupil_id, today))]
    maker = _Maker(school_id, class_teacher_id, now)
    if ill:
        # One illness: the days that hang together, over a weekend too.
        first = last = ill[0]
        for day in ill:
            if first - day <= 3 * DAY:
                first = day
        maker.make(
            pupil_id, parent_id, first, last, "ill", "температура", decision="accepted", code="б",
            word="Выздоравливайте, задания пришлю.", asked_at=_morning(first, now),
        )  # fmt: skip
    if len(past) > 12:
        day = past[12]
        maker.make(
            pupil_id, parent_id, day, day, "family", "уезжаем на дачу", decision="declined",
            word="В этот день контрольная, приходите, пожалуйста.", asked_at=_morning(day, now),
        )  # fmt: skip
    if coming:
        maker.make(
            pupil_id, parent_id, coming[0], coming[0], "other", "к зубному, потом придём",
            starts="08:00", ends="10:00",
        )  # fmt: skip
    if len(coming) > 3:
        maker.make(
            pupil_id, parent_id, coming[3], coming[3], "family", "соревнования",
            decision="withdrawn",
        )  # fmt: skip
    for n, (other_id, other_parent_id) in enumerate(pupils[1:3]):
        if n == 0 and past:
            maker.make(other_id, other_parent_id, past[0], past[0], "ill", "кашель")
        elif n == 1 and coming:
            until = coming[min(2, len(coming) - 1)]
            maker.make(
                other_id, other_parent_id, coming[0], until, "ill", "", decision="accepted",
                code="б", word="",
            )  # fmt: skip
    maker.say_when()


def _morning(day: date, now: Any) -> Any:
    """Half an hour before lessons began, roughly, wherever the school is."""
    return min(clock.moment_of(day, "07:40", "Asia/Yekaterinburg"), now - DAY)


class _Maker:
    def __init__(self, school_id: int, class_teacher_id: int, now: Any) -> None:
        self.school_id = school_id
        self.class_teacher_id = class_teacher_id
        self.now = now
        self.count = 0
        #: Pupil → the newest entry here.
        self.newest: dict[int, Any] = {}

    def make(
        self,
        pupil_id: int,
        asked_by: int,
        from_on: date,
        until_on: date,
        reason: str,
        words: str,
        *,
        decision: str = "",
        word: str = "",
        code: str = "",
        starts: str = "",
        ends: str = "",
        asked_at: Any = None,
    ) -> None:
        asked_at = asked_at or self.now - timedelta(hours=5)
        decided_by = asked_by if decision == "withdrawn" else self.class_teacher_id
        decided_at = asked_at + timedelta(hours=1)
        self.count += 1
        made = Excuse.create(
            school=self.school_id, pupil=pupil_id, from_on=from_on, until_on=until_on,
            starts=starts, ends=ends, reason=reason, words=words, asked_at=asked_at,
            asked_by=asked_by, request=f"demo-{self.school_id}-{self.count}", decision=decision,
            decided_at=decided_at if decision else None,
            decided_by=decided_by if decision else None, word=word, code=code,
        )  # fmt: skip
        fact = Fact("excuse", made.id, "excuse", "", "asked", pupil_id)
        record(Act(asked_at, asked_by), self.school_id, [fact])
        if decision:
            fact = Fact("excuse", made.id, "excuse", "asked", decision, pupil_id, why=word)
            record(Act(decided_at, decided_by), self.school_id, [fact])
        said_at = decided_at if decision else asked_at
        self.newest[pupil_id] = max(said_at, self.newest.get(pupil_id, said_at))

    def say_when(self) -> None:
        """Pages say when something was last entered: an excuse is an entry too."""
        for pupil_id, at in self.newest.items():
            row = Revision.get_or_none(Revision.scope == "pupil", Revision.subject == pupil_id)
            if row is None:
                move_revisions(Act(at, None), [("pupil", pupil_id)])
            elif row.changed_at < at:
                Revision.update(changed_at=at).where(
                    Revision.scope == "pupil", Revision.subject == pupil_id
                ).execute()
