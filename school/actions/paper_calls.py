"""Calls to people on the paper way are logged: who called, when, whom they spoke to (C2, C3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from school.actions.history import Act, Fact, record
from school.actions.request_stages import RequestRefused
from school.actions.staff import lock_school
from school.database import transaction
from school.models import PaperCall, PaperWay
from school.queries.paper_calls import OwedCall


@dataclass(frozen=True, slots=True)
class NewCall:
    """One conversation: it may be about several days, and results too."""

    #: What it was about, of list_owed_calls; all of one recipient.
    about: tuple[OwedCall, ...]
    spoke_with: str
    word: str
    #: Of the form: sent twice, it is one call.
    request_id: str


def log_call(new: NewCall, act: Act) -> int:
    """Log a call. What was told already stays as logged. Returns how many days and columns it
    answers for. Raises RequestRefused where it is about nothing or with nobody."""
    if not new.about:
        raise RequestRefused("Отметьте, о чём рассказали.", "about")
    if not new.spoke_with.strip():
        raise RequestRefused("Напишите, с кем говорили: например, «с мамой».", "spoke_with")
    count = 0
    with transaction():
        school_id = new.about[0].school_id
        lock_school(school_id)
        for call in new.about:
            request = f"{new.request_id}:{call.key}"[:80]
            if PaperCall.select().where(PaperCall.request == request).exists():
                continue
            row = PaperCall.create(
                school=school_id,
                paper_way=call.recipient.paper_way_id,
                what=call.what,
                about=call.about,
                at=act.at,
                by=act.actor_id,
                spoke_with=new.spoke_with.strip(),
                word=new.word.strip(),
                request=request,
            )
            pupil_id = call.recipient.pupil_id
            fact = Fact("paper_call", row.id, "call", "", f"{call.what}:{call.about}", pupil_id)
            record(act, school_id, [fact])
            count += 1
    return count


def undo_call(call_id: int, why: str, act: Act) -> None:
    """Take a logged call back; the row stays with the word. Twice does no harm. Raises
    RequestRefused without a word."""
    if not why.strip():
        raise RequestRefused("Напишите, почему звонок не считается.", "word")
    with transaction():
        row = PaperCall.get_by_id(call_id)
        lock_school(row.school_id)
        if PaperCall.get_by_id(call_id).undone_at is not None:
            return
        PaperCall.update(undone_at=act.at, undone_by=act.actor_id, why_undone=why.strip()).where(
            PaperCall.id == call_id
        ).execute()
        pupil_id = PaperWay.get_by_id(row.paper_way_id).pupil_id
        told = f"{row.what}:{row.about}"
        fact = Fact("paper_call", row.id, "call", told, "", pupil_id, why=why.strip())
        record(act, row.school_id, [fact])


def choose_calls(owed: Sequence[OwedCall], keys: Sequence[str]) -> tuple[OwedCall, ...]:
    """Of what is owed, that which a form names; all of one recipient. Raises RequestRefused for
    several recipients: each is a conversation of its own."""
    found = tuple(call for call in owed if call.key in keys)
    if len({call.recipient.paper_way_id for call in found}) > 1:
        raise RequestRefused("Запишите звонок каждому человеку отдельно.", "about")
    return found
