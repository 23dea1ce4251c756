"""Questions to a school: asked, answered, closed, opened again, forgotten (A13).

What is said stays in its rows; history knows only that and who.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import IntegrityError

from school.actions import throttles
from school.actions.history import Act, Fact, record
from school.actions.letters import HELP_ANSWER, NewLetter, put_letter
from school.actions.throttles import Bucket
from school.database import transaction
from school.letters import help_answer
from school.models import HelpMessage, HelpThread
from school.rules.letters import BY_ACCOUNT, BY_DUTY
from school.rules.questions import ANSWERED, BY_EMAIL, CLOSED, OPEN, clean_question, hash_codes

#: Questions of one address or person: a family that adds a word, or a machine that fills forms.
QUESTIONS = Bucket(size=6, seconds_per_token=600)
#: Tries of codes from one address.
CODES = Bucket(size=20, seconds_per_token=60)
#: Questions without an account are deleted so long after their last word.
STRANGERS_KEPT = timedelta(days=365)


class TooManyQuestions(Exception):
    """Too many at once; `seconds` says how long to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """What somebody asks; the fields are clean (rules/questions.py)."""

    school_id: int
    text: str
    way: str
    #: Who is signed in; else a name, and the code that opens the thread later.
    person_id: int | None = None
    name: str = ""
    address: str = ""
    code: str = ""


def ask_question(new: NewQuestion, *, request_id: str, throttle: str, act: Act) -> int:
    """Ask, and return the thread's id. The same form twice asks once, and so do the same words
    again («Back» in the browser, and the button once more); a second question of the same person
    goes to the thread that still waits for an answer. Without an account the same words are known
    by their request id (blueprints/help/questions.py).

    `throttle` says who asks, for counting. Raises TooManyQuestions, QuestionError for no text.
    """
    text = clean_question(new.text)
    code_hash = hash_codes(new.code)[0] if new.person_id is None else None
    done = _done_before(request_id, new.person_id, code_hash)
    if done is not None:
        return done
    waiting = _waiting_thread(new)
    if waiting is not None and _is_last_word(waiting, text):
        return int(waiting.id)
    _take(throttle, QUESTIONS, act.at)
    try:
        with transaction():
            thread = _waiting_thread(new) or HelpThread.create(
                school=new.school_id,
                person=new.person_id,
                name=new.name,
                way=new.way,
                address=new.address,
                code_hash=code_hash,
                state=OPEN,
                open_since=act.at,
                changed_at=act.at,
            )
            _say(thread, text, request_id, act, is_answer=False)
            record(act, new.school_id, [Fact("help_thread", thread.id, "state", "", OPEN)])
    except IntegrityError:
        # The same form came twice at once: the other one has asked.
        done = _done_before(request_id, new.person_id, code_hash)
        if done is None:
            raise
        return done
    return int(thread.id)


def _done_before(request_id: str, person_id: int | None, code_hash: str | None) -> int | None:
    said = HelpMessage.get_or_none(HelpMessage.request == request_id)
    if said is None:
        return None
    thread = said.thread
    is_theirs = thread.person_id == person_id and thread.code_hash == code_hash
    return int(thread.id) if is_theirs else None


def _waiting_thread(new: NewQuestion) -> HelpThread | None:
    if new.person_id is None:
        return None
    found: HelpThread | None = (
        HelpThread.select()
        .where(
            HelpThread.school == new.school_id,
            HelpThread.person == new.person_id,
            HelpThread.state == OPEN,
        )
        .order_by(HelpThread.id.desc())
        .first()
    )
    return found


def add_word(thread_id: int, text: str, *, request_id: str, throttle: str, act: Act) -> None:
    """The asker says more: the thread waits for an answer again. The same form twice, or the same
    words again, say it once. Raises TooManyQuestions, QuestionError, LookupError."""
    text = clean_question(text)
    thread = _get(thread_id)
    if _is_said(request_id, thread_id) or _is_last_word(thread, text):
        return
    _take(throttle, QUESTIONS, act.at)
    with transaction():
        _say(thread, text, request_id, act, is_answer=False)
        _move(thread, OPEN, act)


def answer_question(thread_id: int, text: str, *, request_id: str, act: Act) -> bool:
    """The school answers; the asker finds it in the thread and gets a letter where there is an
    address for one. Returns whether a letter was written. Raises QuestionError, LookupError."""
    text = clean_question(text)
    thread = _get(thread_id)
    if _is_said(request_id, thread_id):
        return False
    with transaction():
        message = _say(thread, text, request_id, act, is_answer=True)
        _move(thread, ANSWERED, act)
        letter = _letter(thread, message, text, act)
        return letter is not None and put_letter(letter, act.at)


def _letter(thread: HelpThread, message: HelpMessage, text: str, act: Act) -> NewLetter | None:
    if thread.person_id is not None:
        return NewLetter(
            key=f"help:{message.id}",
            kind=HELP_ANSWER,
            person_id=thread.person_id,
            text=help_answer(text, f"/help/questions/{thread.id}", has_account=True),
            grounds=BY_ACCOUNT,
            school_id=thread.school_id,
        )
    if thread.way != BY_EMAIL or act.actor_id is None:
        return None
    return NewLetter(
        key=f"help:{message.id}",
        kind=HELP_ANSWER,
        person_id=act.actor_id,
        text=help_answer(text, "/help/questions", has_account=False),
        grounds=BY_DUTY,
        school_id=thread.school_id,
        address=thread.address,
        to_name=thread.name,
    )


def close_question(thread_id: int, *, act: Act) -> None:
    """Nothing is owed any more; twice does no harm. Raises LookupError."""
    with transaction():
        _move(_get(thread_id), CLOSED, act)


def reopen_question(thread_id: int, *, act: Act) -> None:
    """It waits for an answer again. Raises LookupError."""
    with transaction():
        _move(_get(thread_id), OPEN, act)


def try_code(typed: str, *, throttle: str, now: datetime) -> int | None:
    """The thread that a code opens, or None. Raises TooManyQuestions for guessing."""
    _take(throttle, CODES, now)
    found = HelpThread.get_or_none(HelpThread.code_hash.in_(hash_codes(typed)))
    if found is None:
        return None
    throttles.give_back(throttle, CODES, now)
    return int(found.id)


def forget_strangers(now: datetime) -> int:
    """Delete questions without an account a year after their last word; returns how many."""
    with transaction():
        old = [
            row.id
            for row in HelpThread.select(HelpThread.id).where(
                HelpThread.person.is_null(),
                HelpThread.state != OPEN,
                HelpThread.changed_at < now - STRANGERS_KEPT,
            )
        ]
        if old:
            HelpMessage.delete().where(HelpMessage.thread.in_(old)).execute()
            HelpThread.delete().where(HelpThread.id.in_(old)).execute()
    return len(old)


def _get(thread_id: int) -> HelpThread:
    thread: HelpThread | None = HelpThread.get_or_none(HelpThread.id == thread_id)
    if thread is None:
        raise LookupError(f"no question {thread_id}")
    return thread


def _is_said(request_id: str, thread_id: int) -> bool:
    said = HelpMessage.get_or_none(HelpMessage.request == request_id)
    return said is not None and said.thread_id == thread_id


def _is_last_word(thread: HelpThread, text: str) -> bool:
    """Whether these are the asker's words that nobody has answered yet."""
    last = (
        HelpMessage.select()
        .where(HelpMessage.thread == thread.id)
        .order_by(HelpMessage.id.desc())
        .first()
    )
    return last is not None and not last.is_answer and last.text == text


def _say(
    thread: HelpThread, text: str, request_id: str, act: Act, *, is_answer: bool
) -> HelpMessage:
    said: HelpMessage = HelpMessage.create(
        thread=thread,
        is_answer=is_answer,
        author=act.actor_id,
        at=act.at,
        text=text,
        request=request_id,
    )
    return said


def _move(thread: HelpThread, state: str, act: Act) -> None:
    """Set the state; a thread that waits already goes on waiting since then."""
    if thread.state == state:
        HelpThread.update(changed_at=act.at).where(HelpThread.id == thread.id).execute()
        return
    HelpThread.update(
        state=state, open_since=act.at if state == OPEN else None, changed_at=act.at
    ).where(HelpThread.id == thread.id).execute()
    fact = Fact("help_thread", thread.id, "state", thread.state, state)
    record(act, thread.school_id, [fact])


def _take(key: str, bucket: Bucket, now: datetime) -> None:
    wait = throttles.take(key, bucket, now)
    if wait:
        raise TooManyQuestions(wait)
