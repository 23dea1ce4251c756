"""The sweep of deadlines: what is due and overdue, and who is told of it, once.

Harmless when it runs twice, late, or in two workers at once: a reminder has one row, and a
letter is written with the rows it tells of.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from school import wording
from school.actions.letters import DEADLINE, NewLetter, put_letter
from school.actions.result_orders import remind_of_deferrals
from school.actions.verdicts import judge_history
from school.database import database, execute, fetch_all, transaction
from school.letters import deadlines as deadlines_letter
from school.models.fields import to_milliseconds
from school.queries.owed import Owed, list_owed
from school.queries.schools import get_time_zone
from school.rules.access import DEPUTY_HEAD
from school.rules.letters import BY_DUTY
from school.rules.marks import DOT, LATE

DEADLINES = "deadlines"
#: A school's sweep takes seconds; what a worker claimed that died is free after so long.
CLAIM = timedelta(minutes=2)
BEFORE, AFTER = "before", "after"
#: Rows in one INSERT.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class SchoolSweep:
    """What a sweep found in a school."""

    short_name: str
    #: Owed and still in time; owed and late.
    due: int
    overdue: int
    #: Reminders that are new.
    reminded: int


CLAIM_FREE = """
INSERT INTO sweep_claim (sweep, school_id, claimed_by, claimed_until) VALUES (?, ?, ?, ?)
ON CONFLICT (sweep, school_id) DO UPDATE
SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
WHERE sweep_claim.claimed_until <= ?
"""
RELEASE = """
UPDATE sweep_claim SET claimed_until = 0 WHERE sweep = ? AND school_id = ? AND claimed_by = ?
"""


def sweep_deadlines(now: datetime, *, worker: str, claimed_at: datetime) -> list[SchoolSweep]:
    """Look at every school that no other worker is looking at, as of `now` (UTC). Claims are by
    the real clock, `claimed_at`, also where `now` is another moment."""
    found = []
    for school_id, short_name in fetch_all("SELECT id, short_name FROM school ORDER BY id"):
        until = to_milliseconds(claimed_at + CLAIM)
        with transaction():
            claim = (DEADLINES, school_id, worker, until, to_milliseconds(claimed_at))
            is_ours = execute(CLAIM_FREE, claim).rowcount == 1
        if is_ours:
            with transaction():
                found.append(_sweep_school(school_id, short_name, now))
                execute(RELEASE, (DEADLINES, school_id, worker))
    return found


def _sweep_school(school_id: int, short_name: str, now: datetime) -> SchoolSweep:
    judge_history(school_id)
    _settle(school_id, now)
    owed = list_owed(school_id, now)
    overdue = [line for line in owed if line.is_overdue(now)]
    due = [line for line in owed if not line.is_overdue(now)]
    near = [line for line in due if now >= line.due_at - _notice(line)]
    reminded = _remind(school_id, BEFORE, [(line, line.teacher_id) for line in near], now)
    deputies = _list_deputies(school_id, now)
    told = [(line, deputy) for deputy in deputies for line in overdue]
    reminded += _remind(school_id, AFTER, told, now)
    reminded += remind_of_deferrals(school_id, now, get_time_zone(school_id))
    return SchoolSweep(short_name, len(due), len(overdue), reminded)


def _notice(line: Owed) -> timedelta:
    """How long before its term the teacher is reminded."""
    term = line.promise.regulation.own_term("remind_before").term
    return timedelta(hours=term.amount)


# What nobody waits for is not looked at again. An absent pupil owes no mark; a «точка» does.
SETTLE = """
UPDATE work SET settled_at = ?
WHERE school_id = ? AND settled_at IS NULL AND marks_expected
  AND EXISTS (SELECT 1 FROM lesson l WHERE l.id = work.lesson_id AND l.ends_at <= ?)
  AND NOT EXISTS (
    SELECT 1 FROM lesson l
    JOIN group_membership m ON m.school_id = l.school_id
      AND m.teaching_group_id = l.teaching_group_id
      AND m.from_on <= l.held_on AND (m.until_on IS NULL OR m.until_on >= l.held_on)
    LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
      AND a.pupil_id = m.pupil_id AND a.code <> ?
    LEFT JOIN mark v ON v.school_id = l.school_id AND v.work_id = work.id
      AND v.pupil_id = m.pupil_id AND v.value <> ?
    WHERE l.id = work.lesson_id AND l.cancelled_at IS NULL AND a.id IS NULL AND v.id IS NULL)
"""
# A saver of one of these lessons is waited for, and waits: what it takes away is seen.
LOCK_OPEN = """
SELECT l.id FROM lesson l
WHERE EXISTS (SELECT 1 FROM work w WHERE w.school_id = ? AND w.lesson_id = l.id
              AND w.settled_at IS NULL AND w.marks_expected)
  AND l.school_id = ? AND l.ends_at <= ? ORDER BY l.id FOR UPDATE OF l
"""


def _settle(school_id: int, now: datetime) -> None:
    moment = to_milliseconds(now)
    if database.obj.for_update:
        execute(LOCK_OPEN, (school_id, school_id, moment)).fetchall()
    execute(SETTLE, (moment, school_id, moment, LATE, DOT))


DEPUTIES = """
SELECT r.person_id FROM role r
WHERE r.school_id = ? AND r.kind = ? AND r.ended_at IS NULL AND r.from_on <= ?
  AND (r.until_on IS NULL OR r.until_on >= ?) ORDER BY r.person_id
"""


def _list_deputies(school_id: int, now: datetime) -> list[int]:
    today = now.date()
    rows = fetch_all(DEPUTIES, (school_id, DEPUTY_HEAD, today, today))
    return [person_id for (person_id,) in rows]


NEW_REMINDERS = """
INSERT INTO reminder (school_id, key, stage, recipient_id, lesson_id, due_at, made_at)
VALUES {places}
ON CONFLICT (school_id, key, stage, recipient_id) DO NOTHING
RETURNING id, key, recipient_id
"""


def _remind(school_id: int, stage: str, told: Sequence[tuple[Owed, int]], now: datetime) -> int:
    """Note who is told of what, and write each one letter of what is new to them."""
    new: dict[int, list[tuple[int, Owed]]] = defaultdict(list)
    by_key = {line.key: line for line, _ in told}
    for reminder_id, key, recipient_id in _insert(school_id, stage, told, now):
        new[recipient_id].append((reminder_id, by_key[key]))
    for recipient_id, lines in new.items():
        first = min(reminder_id for reminder_id, _ in lines)
        put_letter(
            NewLetter(
                key=f"deadline:{first}",
                kind=DEADLINE,
                person_id=recipient_id,
                text=deadlines_letter(
                    [_words(line) for line in sorted((o for _, o in lines), key=_by_term)],
                    is_late=stage == AFTER,
                ),
                grounds=BY_DUTY,
                school_id=school_id,
            ),
            now,
        )
    return sum(len(lines) for lines in new.values())


def _words(line: Owed) -> str:
    """A line of a letter; no child is named."""
    return wording.owed_line(
        f"{line.subject}, {line.group_name}",
        line.held_on,
        line.lesson_number,
        line.words,
        line.local_due,
    )


def _by_term(line: Owed) -> tuple[datetime, int, str]:
    return line.due_at, line.lesson_id, line.key


def _insert(
    school_id: int, stage: str, told: Sequence[tuple[Owed, int]], now: datetime
) -> Iterable[tuple[int, str, int]]:
    made_at = to_milliseconds(now)
    for start in range(0, len(told), CHUNK):
        chunk = told[start : start + CHUNK]
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(chunk))
        values = [
            value
            for line, recipient_id in chunk
            for value in (
                school_id, line.key, stage, recipient_id, line.lesson_id,
                to_milliseconds(line.due_at), made_at,
            )
        ]  # fmt: skip
        yield from execute(NEW_REMINDERS.format(places=places), values).fetchall()
