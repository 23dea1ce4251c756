"""Telling the class teacher of an absence, and what the class teacher says to it (H9)."""

from dataclasses import dataclass
from datetime import date, timedelta

from peewee import IntegrityError

from school import clock
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.reasons import Reasons, give_reasons
from school.database import as_date, execute, fetch_all, transaction
from school.models import Excuse
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.diary import get_breaks
from school.queries.excuses import ExcuseLine, find_excuse
from school.queries.pupils import PupilCard
from school.queries.schools import ClassHead
from school.rules.access import holds
from school.rules.excuses import (
    ACCEPTED,
    CODE_OF,
    CODES,
    DECLINED,
    WAITING,
    WITHDRAWN,
    Absence,
    ExcuseError,
    clean_words,
)
from school.rules.marks import NO_REASON

LONGEST_WORD = 300


class AlreadyDecided(Exception):
    """Somebody decided otherwise since the page was made; `line` says who and how."""

    def __init__(self, line: ExcuseLine) -> None:
        super().__init__(f"excuse {line.excuse_id} is decided")
        self.line = line


class TooLate(Exception):
    """The absence has begun: it is not withdrawn any more."""


def report_absence(pupil: PupilCard, absence: Absence, *, request_id: str, act: Act) -> int:
    """Tell the pupil's school of an absence, and return the excuse's id. The same form twice is
    one excuse, and so is the same said again while it holds («Back» in the browser, and the button
    once more); two representatives may tell of the same days, and both are kept. Raises
    ExcuseError where there are no lessons to miss."""
    with transaction():
        same = _same(request_id, act) or _said_already(pupil.pupil_id, absence, act)
        if same is not None:
            return same
        place = next(
            (e for e in pupil.enrolments if holds(e.from_on, e.until_on, absence.from_on)),
            pupil.latest,
        )
        _refuse_free_days(pupil.pupil_id, place.school_id, absence, place.time_zone)
        excuse_id = _create(place.school_id, pupil.pupil_id, absence, request_id, act)
        _note(act, place.school_id, pupil.pupil_id, excuse_id, "", "asked")
        return excuse_id


def _same(request_id: str, act: Act) -> int | None:
    row = Excuse.get_or_none(Excuse.request == request_id, Excuse.asked_by == act.actor_id)
    return None if row is None else int(row.id)


def _said_already(pupil_id: int, absence: Absence, act: Act) -> int | None:
    row = Excuse.get_or_none(
        Excuse.pupil == pupil_id,
        Excuse.asked_by == act.actor_id,
        Excuse.from_on == absence.from_on,
        Excuse.until_on == absence.until_on,
        Excuse.starts == absence.starts,
        Excuse.ends == absence.ends,
        Excuse.reason == absence.reason,
        Excuse.words == absence.words,
        Excuse.decision.in_((WAITING, ACCEPTED)),
    )
    return None if row is None else int(row.id)


def _create(
    school_id: int, pupil_id: int, absence: Absence, request_id: str, act: Act, **values: object
) -> int:
    try:
        made = Excuse.create(
            school=school_id,
            pupil=pupil_id,
            from_on=absence.from_on,
            until_on=absence.until_on,
            starts=absence.starts,
            ends=absence.ends,
            reason=absence.reason,
            words=absence.words,
            asked_at=act.at,
            asked_by=act.actor_id,
            request=request_id,
            **values,
        )
    except IntegrityError:
        # Somebody else's form with the same number: nobody sends such a thing by chance.
        raise ExcuseError(
            {"from_on": "Откройте эту страницу заново и отправьте ещё раз."}
        ) from None
    return int(made.id)


LESSONS = """
SELECT l.held_on, MIN(l.starts_at), MAX(l.ends_at)
FROM group_membership gm
JOIN lesson l ON l.school_id = gm.school_id AND l.teaching_group_id = gm.teaching_group_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
WHERE gm.pupil_id = ? AND l.held_on BETWEEN ? AND ? AND l.cancelled_at IS NULL
GROUP BY l.held_on
"""
DAYS_IN_WEEK = "SELECT days_in_week FROM school WHERE id = ?"


def _refuse_free_days(pupil_id: int, school_id: int, absence: Absence, zone: str) -> None:
    """Holidays and days off need no excuse; hours outside of the day's lessons neither. Days for
    which no lessons were made yet are taken as the calendar has them."""
    lessons = {
        as_date(row[0]): row[1:]
        for row in fetch_all(LESSONS, (pupil_id, absence.from_on, absence.until_on))
    }
    if not lessons:
        days_in_week: int = fetch_all(DAYS_IN_WEEK, (school_id,))[0][0]
        breaks = get_breaks(pupil_id, absence.from_on, absence.until_on)
        span = (absence.until_on - absence.from_on).days + 1
        days = [absence.from_on + timedelta(days=n) for n in range(span)]
        if all(day.isoweekday() > days_in_week or breaks.off(day) for day in days):
            raise ExcuseError(
                {"from_on": "В эти дни уроков нет: сообщать о них не нужно. Проверьте даты."}
            )
    elif absence.has_hours:
        begins, ends = lessons[absence.from_on]
        first = _local_time(begins, zone)
        last = _local_time(ends, zone)
        if (absence.starts and absence.starts >= last) or (absence.ends and absence.ends <= first):
            raise ExcuseError({"starts": f"В эти часы уроков нет: они идут с {first} до {last}."})


def _local_time(milliseconds: int, zone: str) -> str:
    return f"{clock.local(from_milliseconds(milliseconds), zone):%H:%M}"


DECIDE = """
UPDATE excuse SET decision = ?, decided_at = ?, decided_by_id = ?, word = ?, code = ?
WHERE id = ? AND decision = ?
"""


def _decide(line: ExcuseLine, decision: str, word: str, code: str, seen: str, act: Act) -> bool:
    """Set the decision where it still is the one that was seen; False where this person decided
    so before. Raises AlreadyDecided."""
    cursor = execute(
        DECIDE,
        (decision, to_milliseconds(act.at), act.actor_id, word, code, line.excuse_id, seen),
    )
    if cursor.rowcount:
        why = f"{code}. {word}".strip(". ") if code else word
        _note(act, line.school_id, line.pupil_id, line.excuse_id, seen or "asked", decision, why)
        return True
    found = find_excuse(line.excuse_id)
    if found is None:
        raise LookupError(f"no excuse {line.excuse_id}")
    if (found.decision, found.word, found.code) != (decision, word, code):
        raise AlreadyDecided(found)
    return False


def accept_excuse(
    head: ClassHead, line: ExcuseLine, code: str, word: str, *, seen: str, also: bool, act: Act
) -> Reasons:
    """Accept an excuse: its absences without a reason get `code` at once, those that are entered
    later get it as they come. `also` replaces «нп» too, which somebody set before. `seen` is the
    decision that the page showed. Raises ExcuseError, AlreadyDecided."""
    if code not in CODES:
        raise ExcuseError({"code": "Выберите, как записать пропуск: болезнь или уважительная."})
    word = _clean_word(word)
    with transaction():
        _decide(line, ACCEPTED, word, code, seen, act)
        return give_reasons(
            head,
            [(line.pupil_id, line.absence)],
            code,
            (NO_REASON, "нп") if also else (NO_REASON,),
            Act(act.at, act.actor_id, act.request_id, act.acting_for_id, line.why),
        )


def decline_excuse(line: ExcuseLine, word: str, *, seen: str, act: Act) -> None:
    """Decline it with a word; one that was accepted is so taken back, and the reasons it gave
    stay as they are. Raises ExcuseError without a word, AlreadyDecided."""
    word = _clean_word(word)
    if not word:
        raise ExcuseError({"word": "Напишите семье хоть слово: почему не принято."})
    with transaction():
        _decide(line, DECLINED, word, "", seen, act)


def _clean_word(word: str) -> str:
    word = clean_words(word)
    if len(word) > LONGEST_WORD:
        raise ExcuseError({"word": f"Слишком длинно: помещается {LONGEST_WORD} букв. Сократите."})
    return word


def withdraw_excuse(line: ExcuseLine, act: Act) -> None:
    """Take it back, until it begins. Twice does no harm. Raises TooLate."""
    if line.decision == WITHDRAWN:
        return
    if not line.may_be_withdrawn(act.at):
        raise TooLate
    with transaction():
        _decide(line, WITHDRAWN, "", "", line.decision, act)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the class teacher learned of pupils (by phone, from a paper) and writes down."""

    pupil_ids: tuple[int, ...]
    absence: Absence
    code: str


def announce_absences(
    head: ClassHead, announcement: Announcement, *, request_id: str, act: Act
) -> int:
    """Write accepted excuses of several pupils in the class teacher's own name, so that absences
    that are entered later get their reason; returns how many are new. Twice does no harm."""
    made = 0
    with transaction():
        for pupil_id in announcement.pupil_ids:
            key = f"{request_id}-{pupil_id}"[:40]
            if _same(key, act) is not None:
                continue
            excuse_id = _create(
                head.school_id, pupil_id, announcement.absence, key, act,
                decision=ACCEPTED, decided_at=act.at, decided_by=act.actor_id,
                code=announcement.code,
            )  # fmt: skip
            _note(act, head.school_id, pupil_id, excuse_id, "", ACCEPTED, announcement.code)
            made += 1
    return made


def reason_of(code: str) -> str:
    """Which reason of an excuse usually becomes a code."""
    return next((reason for reason, usual in CODE_OF.items() if usual == code), "other")


def _note(
    act: Act, school_id: int, pupil_id: int, excuse_id: int, old: str, new: str, why: str = ""
) -> None:
    """Who asked and who decided is history, and on the family's page."""
    old = "" if old == WAITING else old
    record(act, school_id, [Fact("excuse", excuse_id, "excuse", old, new, pupil_id, None, why)])
    move_revisions(act, [("pupil", pupil_id)])


def own_page_day(today: date) -> date:
    """From which day on a family's page lists excuses."""
    return today - timedelta(days=60)
