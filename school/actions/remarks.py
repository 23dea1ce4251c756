"""The deputy head's remarks on a journal: made, answered, accepted or returned (E7).

Each step is one transaction and a line of history; the row says how it stands now.
"""

from dataclasses import dataclass
from datetime import date

from peewee import IntegrityError

from school.actions.history import Act, Fact, record
from school.actions.letters import REMARK, NewLetter, put_letter
from school.database import execute, transaction
from school.letters import remark_letter
from school.models import Remark
from school.models.fields import to_milliseconds
from school.queries.remarks import RemarkLine, find_remark
from school.rules.letters import BY_DUTY
from school.rules.remarks import (
    ACCEPTED,
    FIXED,
    LONGEST_WORD,
    OPEN,
    WITHDRAWN,
    RemarkError,
    RemarkText,
    clean_word,
)


class AlreadyMoved(Exception):
    """Somebody moved it on since the page was made; `line` says where it stands."""

    def __init__(self, line: RemarkLine) -> None:
        super().__init__(f"remark {line.remark_id} is {line.state}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Journal:
    """What a remark is on."""

    school_id: int
    group_id: int
    lesson_id: int | None = None


def make_remark(
    journal: Journal, remark: RemarkText, *, request_id: str, today: date, act: Act
) -> int:
    """Make a remark and tell the group's teachers (of a lesson also who holds it) by a letter,
    once; returns its id. The same form twice is one remark. `today` is the school's."""
    with transaction():
        same = Remark.get_or_none(Remark.request == request_id, Remark.made_by == act.actor_id)
        if same is not None:
            return int(same.id)
        try:
            made = Remark.create(
                school=journal.school_id,
                teaching_group=journal.group_id,
                lesson=journal.lesson_id,
                from_on=None if journal.lesson_id else remark.from_on,
                until_on=None if journal.lesson_id else remark.until_on,
                text=remark.text,
                due_on=remark.due_on,
                made_at=act.at,
                made_by=act.actor_id,
                request=request_id,
            )
        except IntegrityError:
            raise RemarkError(
                {"text": "Откройте эту страницу заново и отправьте ещё раз."}
            ) from None
        _note(act, journal.school_id, made.id, "", OPEN, remark.text)
        line = find_remark(made.id, today)
        assert line is not None  # noqa: S101 - made above
        teachers = {teacher_id for teacher_id, _ in line.teachers}
        if line.lesson_teacher_id is not None:
            teachers.add(line.lesson_teacher_id)
        for teacher_id in sorted(teachers):
            letter = NewLetter(
                key=f"remark:{made.id}:{teacher_id}",
                kind=REMARK,
                person_id=teacher_id,
                text=remark_letter(line.where, line.due_on, made.id),
                grounds=BY_DUTY,
                school_id=journal.school_id,
            )
            put_letter(letter, act.at)
        return int(made.id)


def fix_remark(line: RemarkLine, word: str, act: Act) -> None:
    """The teacher says that it is mended, with a word. Twice does no harm. Raises RemarkError
    without a word, AlreadyMoved."""
    _move(line, OPEN, FIXED, word, "Напишите завучу в двух словах, что исправлено.", act)


def return_remark(line: RemarkLine, word: str, act: Act) -> None:
    """The deputy head finds it not mended and says why. Raises as fix_remark does."""
    _move(line, FIXED, OPEN, word, "Напишите учителю, что ещё не исправлено.", act)


def accept_remark(line: RemarkLine, word: str, act: Act) -> None:
    """The deputy head finds it mended. Raises AlreadyMoved."""
    _move(line, FIXED, ACCEPTED, word, "", act)


def withdraw_remark(line: RemarkLine, word: str, act: Act) -> None:
    """The deputy head takes it back: it was a mistake. Raises as fix_remark does."""
    seen = FIXED if line.state == FIXED else OPEN
    _move(line, seen, WITHDRAWN, word, "Напишите, почему замечание снято.", act)


STEP = """
UPDATE remark SET state = ?,
  fixed_at = CASE WHEN ? = 'fixed' THEN ? ELSE fixed_at END,
  fixed_by_id = CASE WHEN ? = 'fixed' THEN ? ELSE fixed_by_id END,
  closed_at = CASE WHEN ? IN ('accepted', 'withdrawn') THEN ? ELSE closed_at END,
  closed_by_id = CASE WHEN ? IN ('accepted', 'withdrawn') THEN ? ELSE closed_by_id END
WHERE id = ? AND state = ?
"""
LAST = "SELECT actor_id, new, why FROM history WHERE table_name = 'remark' AND row_id = ? "


def _move(line: RemarkLine, seen: str, state: str, word: str, missing: str, act: Act) -> None:
    problems: dict[str, str] = {}
    word = clean_word(word, LONGEST_WORD, "word", problems, missing)
    if problems:
        raise RemarkError(problems)
    at, who = to_milliseconds(act.at), act.actor_id
    with transaction():
        values = (state, state, at, state, who, state, at, state, who, line.remark_id, seen)
        if execute(STEP, values).rowcount:
            _note(act, line.school_id, line.remark_id, seen, state, word)
            return
        last = execute(LAST + "ORDER BY id DESC LIMIT 1", (line.remark_id,)).fetchone()
    if last is None or tuple(last) != (who, state, word):
        found = find_remark(line.remark_id, line.due_on)
        raise AlreadyMoved(found or line)


def _note(act: Act, school_id: int, remark_id: int, old: str, new: str, why: str) -> None:
    record(act, school_id, [Fact("remark", remark_id, "remark", old, new, why=why)])
