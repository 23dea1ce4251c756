"""The sweep of deadlines: what is due and overdue, and who is told of it, once.

Harmless when it runs twice, late, or in two workers at once: a reminder has one row, and a
letter is written with the rows it tells of.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from school.actions.letters import DEADLINE, NewLetter, put_letter
from school.actions.result_orders import remind_of_deferrals
from school.actions.verdicts import judge_history
from school.database import database, execute, fetch_all, transaction
from school.letters import Text, deadlines_near, deadlines_passed
from school.models.fields import to_milliseconds
from school.queries.obligations import by_term, list_open_at
from school.queries.obligations.school import SchoolDesk
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD
from school.rules.letters import BY_DUTY
from school.rules.marks import DOT, LATE
from school.rules.obligations import DUE, NOT_REMINDED, OVERDUE, Obligation
from school.rules.regulation import OWN_ROWS
from school.wording_obligations import obligation_line

DEADLINES = "deadlines"
#: A school's sweep takes seconds; what a worker claimed that died is free after so long.
CLAIM = timedelta(minutes=2)
BEFORE, AFTER = "before", "after"
#: The program's own term: how long before a term's end a reminder is sent.
NOTICE = "remind_before"
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
                judge_history(school_id)
                _settle(school_id, now)
            # What is owed is read while others may write: a sweep keeps nobody waiting for long.
            desk = SchoolDesk(school_id, now)
            lines = list_open_at(desk)
            with transaction():
                found.append(_tell(desk, short_name, lines))
                execute(RELEASE, (DEADLINES, school_id, worker))
    return found


def _tell(desk: SchoolDesk, short_name: str, lines: Sequence[Obligation]) -> SchoolSweep:
    found = [(line, line.state(desk.now)) for line in lines]
    overdue = [line for line, state in found if state == OVERDUE]
    due = [line for line, state in found if state == DUE]
    near = [line for line in due if _is_near(desk, line)]
    told = [(line, person_id) for line in near for person_id in _holders(desk, line)]
    reminded = _remind(desk, BEFORE, told)
    watchers = desk.holders(DEPUTY_HEAD) or desk.holders(HEAD)
    reminded += _remind(desk, AFTER, [(line, one) for one in watchers for line in overdue])
    reminded += remind_of_deferrals(desk.school_id, desk.now, desk.time_zone)
    return SchoolSweep(short_name, len(due), len(overdue), reminded)


def _is_near(desk: SchoolDesk, line: Obligation) -> bool:
    """Whether it is time to remind of it: the regulation says how long before the term; what has
    no term is told of as soon as it is owed."""
    if line.row in NOT_REMINDED:
        return False
    if line.due_at is None:
        return True
    version = desk.version_on(line.event_on or desk.today)
    term = version.regulation.own_term(NOTICE).term if version else OWN_ROWS[NOTICE].default
    return desk.now >= line.due_at - timedelta(hours=term.amount)


def _holders(desk: SchoolDesk, line: Obligation) -> tuple[int, ...]:
    """Who is told that it is due: whoever has it in hand, by name, or the school's office."""
    if line.holder_role == ADMINISTRATOR:
        return desk.holders(ADMINISTRATOR)
    return tuple(person_id for person_id, _ in line.holders)


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


NEW_REMINDERS = """
INSERT INTO reminder (school_id, key, stage, recipient_id, due_at, made_at)
VALUES {places}
ON CONFLICT (school_id, key, stage, recipient_id) DO NOTHING
RETURNING id, key, recipient_id
"""


def _remind(desk: SchoolDesk, stage: str, told: Sequence[tuple[Obligation, int]]) -> int:
    """Note who is told of what, and write each one letter of what is new to them."""
    new: dict[int, list[tuple[int, Obligation]]] = defaultdict(list)
    by_key = {line.key: line for line, _ in told}
    for reminder_id, key, recipient_id in _insert(desk, stage, told):
        new[recipient_id].append((reminder_id, by_key[key]))
    for recipient_id, pairs in new.items():
        lines = sorted((line for _, line in pairs), key=by_term)
        put_letter(
            NewLetter(
                key=f"deadline:{min(reminder_id for reminder_id, _ in pairs)}",
                kind=DEADLINE,
                person_id=recipient_id,
                text=_text(desk.school_id, lines, is_late=stage == AFTER),
                grounds=BY_DUTY,
                school_id=desk.school_id,
            ),
            desk.now,
        )
    return sum(len(pairs) for pairs in new.values())


def _text(school_id: int, lines: Sequence[Obligation], *, is_late: bool) -> Text:
    """No child is named."""
    words = [obligation_line(line, with_holder=is_late) for line in lines]
    if is_late:
        return deadlines_passed(words, school_id)
    return deadlines_near(words, sorted({line.holder_role for line in lines}))


def _insert(
    desk: SchoolDesk, stage: str, told: Sequence[tuple[Obligation, int]]
) -> Iterable[tuple[int, str, int]]:
    made_at = to_milliseconds(desk.now)
    for start in range(0, len(told), CHUNK):
        chunk = told[start : start + CHUNK]
        places = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(chunk))
        values = [
            value
            for line, recipient_id in chunk
            for value in (
                desk.school_id, line.key, stage, recipient_id,
                line.due_at and to_milliseconds(line.due_at), made_at,
            )
        ]  # fmt: skip
        yield from execute(NEW_REMINDERS.format(places=places), values).fetchall()
