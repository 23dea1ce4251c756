"""The diary of a pupil."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_login import current_user

from blueprints.access import hidden_areas, hidden_of, load_pupil, now, permit
from blueprints.kept import kept, revisions_of
from blueprints.looks import present_look
from blueprints.responses import page, see_other
from school import clock
from school.queries.diary import DiaryDay, conceal, get_days
from school.queries.diary_attendance import get_absences
from school.queries.diary_corrections import ATTENDANCE_FIELDS, list_corrections
from school.queries.diary_marks import conceal as conceal_marks
from school.queries.diary_marks import find_subject, get_subject_marks, list_subjects
from school.queries.diary_news import get_news
from school.queries.diary_periods import PeriodChoice, find_period_choice
from school.queries.diary_teachers import get_teachers, without_substitutes
from school.queries.diary_timetable import (
    TimetableDay,
    find_coming_day,
    find_next_day,
    get_timetable,
)
from school.queries.excuses import list_excuses
from school.queries.owed import ATTENDANCE as ATTENDANCE_OWED
from school.queries.owed import Owed, list_owed
from school.queries.own_things import find_class_teacher
from school.queries.pupils import PupilCard
from school.rules.access import (
    ADMINISTRATOR,
    AREAS,
    ATTENDANCE,
    CLASS_TEACHER,
    COMMENTS,
    DEPUTY_HEAD,
    GUARDIAN,
    HEAD,
    MARKS,
    PUPIL,
    TIMETABLE,
    may_excuse,
)
from school.rules.excuses import WAITING
from school.wording import EXCUSE_STATES

blueprint = Blueprint("diary", __name__, url_prefix="/diary/<id:pupil_id>")

#: Areas that the pages of lessons know how to leave out.
IN_LESSONS = AREAS - {TIMETABLE}
READS = (GUARDIAN, PUPIL, CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@blueprint.get("/")
@permit(*READS)
def first(pupil_id: int) -> Any:
    """The diary's first page: tomorrow for the pupil, what is new for all others (H8)."""
    load_pupil(pupil_id, shows_data=False, leaves_out=AREAS)
    is_own = current_user.person_id == pupil_id and TIMETABLE not in hidden_areas(pupil_id)
    return see_other(url_for("diary.tomorrow" if is_own else "diary.news", pupil_id=pupil_id))


@blueprint.get("/news")
@permit(*READS)
@kept
def news(pupil_id: int) -> Any:
    """What is new, in plain sentences, and what tomorrow brings (H8)."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS)
    hidden = hidden_areas(pupil_id)
    today = _today(pupil)
    found = get_news(
        pupil_id,
        today,
        pupil.latest.time_zone,
        current_user.person.visited_before_at,
        hidden,
    )
    return _page(
        "diary/news.html",
        pupil,
        news=found,
        since=found.since and clock.local(found.since, pupil.latest.time_zone),
        coming=None
        if TIMETABLE in hidden
        else find_coming_day(pupil_id, today, with_changes=False),
        late=_list_late(pupil, today, hidden),
    )


def _list_late(pupil: PupilCard, today: date, hidden: frozenset[str]) -> list[Owed]:
    """What the school promised and has not entered, as of this morning: a kept page stays true
    all day. Of what the reader may not see nothing is said."""
    late = []
    for place in pupil.enrolments:
        if not place.holds_today():
            continue
        zone = place.time_zone
        morning = clock.moment_of(today, "00:00", zone)
        owed = list_owed(place.school_id, morning, pupil_id=pupil.pupil_id, time_zone=zone)
        late += [
            line
            for line in owed
            if line.is_overdue(morning)
            and (ATTENDANCE if line.what == ATTENDANCE_OWED else MARKS) not in hidden
        ]
    return late


@blueprint.get("/tomorrow")
@permit(*READS)
@kept
def tomorrow(pupil_id: int) -> Any:
    """The next school day: lessons, what is due, announced works (H8)."""
    pupil = load_pupil(pupil_id, leaves_out=IN_LESSONS)
    today = _today(pupil)
    return _page(
        "diary/tomorrow.html",
        pupil,
        coming=find_coming_day(pupil_id, today),
    )


@blueprint.get("/week/<day:day>")
@permit(*READS)
@kept
def week(pupil_id: int, day: date) -> Any:
    """A week of lessons: what was done, what is to be done, marks and attendance (B1, B5, B7);
    as a list, or as one text for whoever listens (H20)."""
    pupil = load_pupil(pupil_id, leaves_out=IN_LESSONS)
    monday = _monday(day)
    sunday = monday + WEEK - DAY
    found = conceal(get_days(pupil_id, monday, sunday), hidden_areas(pupil_id))
    kind = request.args.get("as")
    is_text = kind == "text" or (present_look().text and kind != "list")
    return _page(
        "diary/week_text.html" if is_text else "diary/week.html",
        pupil,
        days=found,
        off=_why_nothing(found),
        monday=monday,
        sunday=sunday,
        before=monday - WEEK,
        after=monday + WEEK,
    )


@blueprint.get("/day/<day:day>")
@permit(*READS)
@kept
def day(pupil_id: int, day: date) -> Any:
    """A day of lessons: the same as in its week."""
    pupil = load_pupil(pupil_id, leaves_out=IN_LESSONS)
    found = conceal(get_days(pupil_id, day, day), hidden_areas(pupil_id))
    return _page(
        "diary/day.html",
        pupil,
        day=found[0],
        before=day - DAY,
        after=day + DAY,
    )


@blueprint.get("/subjects")
@permit(*READS)
@kept
def subjects(pupil_id: int) -> Any:
    """The subjects of a study period with marks and averages (B1)."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS - {MARKS})
    choice = _chosen_period(pupil)
    shown = choice.shown
    return _page(
        "diary/subjects.html",
        pupil,
        choice=choice,
        subjects=list_subjects(pupil_id, shown),
    )


@blueprint.get("/subjects/<id:subject_id>")
@permit(*READS)
@kept
def subject(pupil_id: int, subject_id: int) -> Any:
    """The works and marks of a subject, the average and the sum behind it (B1, H1)."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS - {MARKS})
    found = find_subject(pupil_id, subject_id)
    if found is None:
        abort(404)
    choice = _chosen_period(pupil)
    shown = choice.shown
    return _page(
        "diary/subject.html",
        pupil,
        subject=found,
        choice=choice,
        marks=conceal_marks(get_subject_marks(pupil_id, found, shown), hidden_areas(pupil_id)),
    )


@blueprint.get("/attendance")
@permit(*READS)
@kept
def attendance(pupil_id: int) -> Any:
    """Missed lessons and late arrivals of a study period, by reason (B4)."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS - {ATTENDANCE})
    choice = _chosen_period(pupil)
    shown = choice.shown
    hidden = hidden_areas(pupil_id)
    excuses = [
        line
        for line in list_excuses(pupil_id, shown.from_on)
        # Where the child is and why is not told to who may not know (H10).
        if line.asked_by_id == current_user.person_id or not hidden & {TIMETABLE, COMMENTS}
    ]
    here = pupil.latest
    return _page(
        "diary/attendance.html",
        pupil,
        choice=choice,
        may_excuse=may_excuse(current_user.ties, pupil_id, _today(pupil)),
        excuses=excuses,
        states=EXCUSE_STATES,
        decides=find_class_teacher(pupil_id, here.school_id, now(), here.time_zone)
        if any(line.decision == WAITING for line in excuses)
        else "",
        may_withdraw=lambda line: (
            line.asked_by_id == current_user.person_id and line.may_be_withdrawn(now())
        ),
        absences=get_absences(pupil_id, shown, pupil.latest.school_id),
        corrections=list_corrections(pupil_id, shown.from_on, shown.until_on, ATTENDANCE_FIELDS),
    )


@blueprint.get("/timetable")
@blueprint.get("/timetable/<day:day>")
@permit(*READS)
@kept
def timetable(pupil_id: int, day: date | None = None) -> Any:
    """A week's lessons with times, rooms and teachers, and what changed (B5, B6); at first the
    week of the next lesson."""
    pupil = load_pupil(pupil_id, leaves_out=IN_LESSONS)
    today = _today(pupil)
    monday = _monday(day or find_next_day(pupil_id, today) or today)
    sunday = monday + WEEK - DAY
    found = get_timetable(pupil_id, monday, sunday)
    return _page(
        "diary/timetable.html",
        pupil,
        days=found,
        off=_why_nothing(found),
        monday=monday,
        sunday=sunday,
        before=monday - WEEK,
        after=monday + WEEK,
    )


@blueprint.get("/teachers")
@permit(*READS)
@kept
def teachers(pupil_id: int) -> Any:
    """Who teaches the child, and who stands in this week (B9). Of whom the timetable is hidden
    from, only the substitutes are left out: they say when the child is where."""
    pupil = load_pupil(pupil_id, leaves_out=AREAS)
    today = _today(pupil)
    hidden = hidden_areas(pupil_id)
    monday = _monday(today)
    found = get_teachers(pupil_id, today, monday, monday + WEEK - DAY)
    if TIMETABLE in hidden:
        found = without_substitutes(found)
    return _page("diary/teachers.html", pupil, teachers=found, marks_open=MARKS not in hidden)


def _page(template: str, pupil: PupilCard, **context: Any) -> tuple[str, int]:
    """A diary page: whose it is, today at their school, when something was last entered."""
    last_entry_at = revisions_of(pupil.pupil_id).last_entry_at
    child = current_user.ties.child(pupil.pupil_id)
    return page(
        template,
        pupil=pupil,
        hidden=hidden_of(child),
        is_family=child is not None,
        today=_today(pupil),
        last_entry=last_entry_at and clock.local(last_entry_at, pupil.latest.time_zone),
        **context,
    )


def _today(pupil: PupilCard) -> date:
    return clock.today(pupil.latest.time_zone)


def _why_nothing(days: Iterable[DiaryDay | TimetableDay]) -> str | None:
    """Why there are no lessons on any of some days, or empty; None where each says for itself."""
    reasons = set()
    for day in days:
        if day.lessons or day.moved_away:
            return None
        reasons.add(day.off)
    return reasons.pop() if len(reasons) == 1 else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _chosen_period(pupil: PupilCard) -> PeriodChoice:
    """The period that the address names, else the one of today; 404 where it is not theirs."""
    named = request.args.get("period", "")
    if named and not (named.isascii() and named.isdigit() and len(named) <= 10):
        abort(404)
    choice = find_period_choice(pupil.pupil_id, _today(pupil), int(named) if named else None)
    if choice is None:
        abort(404)
    return choice


#: For the diary's other modules.
diary_page, today_of, monday_of = _page, _today, _monday
