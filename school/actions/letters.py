"""The outbox: letters are rows, written in the transaction of what they tell of.

Sending them is school/delivery.py's. Any action may call `put_letter` inside its transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from school import clock
from school.actions.history import Act, Fact, record
from school.database import execute, fetch_all, transaction
from school.letters import Text, one_line, trial_letter
from school.models import Letter
from school.models.fields import to_milliseconds
from school.rules.letters import BY_ACCOUNT, BY_DIARY, BY_DUTY, GIVEN_UP, NO_ADDRESS, WAITING

# Kinds of letters, as lists name them.
PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of letter
PASSWORD_ISSUED = "password_issued"  # noqa: S105 - a kind of letter
PASSWORD_CODE = "password_code"  # noqa: S105 - a kind of letter
LOGIN_CHANGED = "login_changed"
NEW_DEVICE = "new_device"
CONFIRM_ADDRESS = "confirm_address"
ADDRESS_CHANGED = "address_changed"
TEST = "test"
REGISTER_DAY = "register_day"
DEADLINE = "deadline"
REMARK = "remark"
REQUEST = "request"
HELP_ANSWER = "help_answer"
TIMETABLE = "timetable"

#: Kind → how lists name it. A kind that is not here cannot be written.
KINDS = {
    PASSWORD_CHANGED: "пароль изменён",
    PASSWORD_ISSUED: "выдан временный пароль",
    PASSWORD_CODE: "код для нового пароля",
    LOGIN_CHANGED: "логин изменён",
    NEW_DEVICE: "вход с нового устройства",
    CONFIRM_ADDRESS: "код подтверждения адреса",
    ADDRESS_CHANGED: "адрес изменён",
    TEST: "проверка почты",
    REGISTER_DAY: "записи за день",
    DEADLINE: "напоминание о сроке",
    REMARK: "замечание к журналу",
    REQUEST: "о заявлении",
    HELP_ANSWER: "ответ на вопрос",
    TIMETABLE: "изменения в расписании",
}


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to be written.

    `key` says what it tells of («deadline:mark:17:2026-11-20»): a second letter with the same key
    is not written, however often the action runs. `grounds` is what the person's right to it
    rests on and is asked again when it is sent: their account, a child's diary (`pupil_id`), or a
    duty in a school (`school_id`). Where `school_id` is None, the school is the person's own.
    """

    key: str
    kind: str
    person_id: int
    text: Text
    grounds: str = BY_ACCOUNT
    school_id: int | None = None
    pupil_id: int | None = None
    #: To this address and not to the person's own.
    address: str = ""
    #: Whom it greets where that is nobody of ours; `person_id` is then who wrote it.
    to_name: str = ""
    is_secret: bool = False
    not_before: datetime | None = None
    good_until: datetime | None = None


INSERT = """
INSERT INTO letter (key, kind, school_id, person_id, pupil_id, grounds, address, subject, body,
                    is_secret, created_at, due_at, good_until, to_name, state, tries, claim,
                    problem, sent_to)
VALUES (?, ?, COALESCE(?, {home}), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, '', '', '')
ON CONFLICT (key) DO NOTHING
"""

#: The school a person belongs to: by a role, as a pupil, as a pupil's representative.
HOME = """
COALESCE(
  (SELECT MAX(r.school_id) FROM role r WHERE r.person_id = ?),
  (SELECT MAX(e.school_id) FROM enrolment e WHERE e.pupil_id = ? AND e.until_on IS NULL),
  (SELECT MAX(e.school_id) FROM guardianship g JOIN enrolment e ON e.pupil_id = g.pupil_id
   WHERE g.guardian_id = ? AND e.until_on IS NULL))
"""
INSERT = INSERT.format(home=HOME)


def put_letter(letter: NewLetter, now: datetime) -> bool:
    """Write a letter into the outbox, in the caller's transaction. Returns whether it is new:
    one with the same key is never written twice. One statement."""
    if letter.kind not in KINDS:
        raise ValueError(f"no kind of letter: {letter.kind!r}")
    if letter.grounds == BY_DIARY and letter.pupil_id is None:
        raise ValueError("a letter about a diary names its pupil")
    if letter.grounds == BY_DUTY and letter.school_id is None:
        raise ValueError("a letter about a duty names its school")
    cursor = execute(
        INSERT,
        (
            letter.key,
            letter.kind,
            letter.school_id,
            *(letter.person_id,) * 3,
            letter.person_id,
            letter.pupil_id,
            letter.grounds,
            letter.address,
            one_line(letter.text.subject),
            letter.text.to_json(),
            letter.is_secret,
            to_milliseconds(now),
            to_milliseconds(letter.not_before or now),
            letter.good_until and to_milliseconds(letter.good_until),
            letter.to_name or None,
        ),
    )
    return bool(cursor.rowcount == 1)


def put_letters(letters: Iterable[NewLetter], now: datetime) -> int:
    """Write several; returns how many were new."""
    return sum(put_letter(letter, now) for letter in letters)


def find_zone(person_id: int) -> str:
    """The time zone a person's letters speak in: that of their school."""
    rows = fetch_all(
        f"SELECT s.time_zone FROM school s WHERE s.id = {HOME}",  # noqa: S608 - a constant
        (person_id,) * 3,
    )
    return str(rows[0][0]) if rows else "Europe/Moscow"


def put_test_letter(address: str, school_id: int, request_token: str, act: Act) -> bool:
    """An administrator's test letter to an address (already cleaned). The form's token makes a
    form that is sent twice one letter."""
    if act.actor_id is None:
        raise ValueError("a test letter has an author")
    letter = NewLetter(
        key=f"test:{act.actor_id}:{request_token}",
        kind=TEST,
        person_id=act.actor_id,
        text=trial_letter(clock.local(act.at, find_zone(act.actor_id))),
        grounds=BY_DUTY,
        school_id=school_id,
        address=address,
    )
    with transaction():
        return put_letter(letter, act.at)


def send_again(school_ids: frozenset[int], act: Act, *, letter_id: int | None = None) -> int:
    """Put letters that were given up or had no address back to be sent at once: one, or all of
    some schools. Returns how many. Sent and waiting ones stay as they are, and so does one whose
    secret text is gone."""
    wanted = (
        Letter.school.in_(list(school_ids))
        & Letter.state.in_((GIVEN_UP, NO_ADDRESS))
        & (Letter.body != "")
    )
    if letter_id is not None:
        wanted &= Letter.id == letter_id
    with transaction():
        found = list(Letter.select(Letter.id, Letter.school).where(wanted))
        count: int = (
            Letter.update(
                state=WAITING,
                due_at=act.at,
                tries=0,
                problem="",
                good_until=None,
                claim="",
                claimed_until=None,
            )
            .where(wanted)
            .execute()
        )
        for school_id in {row.school_id for row in found}:
            of_school = (row.id for row in found if row.school_id == school_id)
            record(act, school_id, [Fact("letter", n, "state", "", WAITING) for n in of_school])
    return count
