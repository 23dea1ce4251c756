"""Who may enter a page, and whose data it is.

Every view says so by @public or @permit; a view that says nothing answers 403 to all.
A role opens a kind of page; a loader opens one row of it, and answers 404 to a stranger.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask, Response, abort, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.exceptions import Forbidden

from school import clock
from school.actions import traces
from school.actions.history import Act
from school.actions.sessions import CONFIRMED_FOR
from school.queries.class_results import ResultClass, find_result_class
from school.queries.groups import GroupHead, find_group, list_group_classes
from school.queries.issued import IssuedHead, find_issued
from school.queries.lessons import LessonHead, find_lesson, list_lesson_classes
from school.queries.people import (
    LimitLine,
    PersonCard,
    RoleLine,
    TieLine,
    find_guardianship,
    find_limit,
    find_person,
    find_role,
)
from school.queries.pupils import PupilCard, find_pupil
from school.queries.questions import QuestionLine, find_question
from school.queries.regulations import ActHead, find_act
from school.queries.results import ResultGroup, find_result_group, list_result_classes
from school.queries.schools import SchoolLine, find_school
from school.queries.ties import SignedIn, find_signed_in
from school.queries.visits import Seer, VisitLine, find_visit
from school.rules import access as rules
from school.rules.access import Child, Ties

View = TypeVar("View", bound=Callable[..., Any])

SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class Access:
    """What a view demands."""

    #: None: everybody; otherwise one of these roles (SIGNED_IN: any).
    roles: frozenset[str] | None
    #: The view's own form checks the token, to give back what was typed.
    checks_token: bool = False
    #: A form that comes after its session ran out is kept as a draft for this page.
    keeps_draft: bool = False
    #: Open to those who still have a one-time password.
    before_own_password: bool = False
    #: The password is asked for again where it was not given lately.
    asks_password: bool = False


def public(*, checks_token: bool = False) -> Callable[[View], View]:
    """A page for everybody."""
    return _mark(Access(None, checks_token=checks_token, before_own_password=True))


def permit(
    *roles: str,
    checks_token: bool = False,
    keeps_draft: bool = False,
    before_own_password: bool = False,
    asks_password: bool = False,
) -> Callable[[View], View]:
    """A page for people with one of the roles (SIGNED_IN for all who are signed in)."""
    if not roles:
        raise ValueError("name the roles, or SIGNED_IN")
    return _mark(
        Access(frozenset(roles), checks_token, keeps_draft, before_own_password, asks_password)
    )


def _mark(access: Access) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return decorate


class Viewer(UserMixin):
    """The signed-in person, as Flask-Login keeps it for the request."""

    def __init__(self, token: str, person: SignedIn) -> None:
        self.id = token
        self.person = person

    @property
    def person_id(self) -> int:
        return self.person.person_id

    @property
    def password_is_old(self) -> bool:
        """Whether the password was given too long ago for contacts and the like."""
        return now() - self.person.confirmed_at >= CONFIRMED_FOR

    @property
    def ties(self) -> Ties:
        return self.person.ties

    @property
    def acts_as(self) -> str:
        """In which role the person is on the present page, where they have several (a teacher
        whose own child is in the class): a kind of duty, `guardian`, `pupil`, or empty."""
        return rules.acting_role(self.ties, request.blueprint or "", g.get("acting", ""))


class SessionCookie(SecureCookieSessionInterface):
    """Flask's signed cookie. That an answer varies by cookies every answer says already, so one
    that leaves the session as it was needs nothing."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified:
            super().save_session(app, session, response)


class Gatekeeper(LoginManager):
    """Flask-Login that leaves it to the session's row who is there."""

    def _session_protection_failed(self) -> bool:
        # Phones change their address all day: no hash of it is made, and none compared.
        return False


def load_viewer(token: str) -> Viewer | None:
    """Flask-Login's user loader: the cookie holds a token, the row decides."""
    moment = now()
    person = find_signed_in(token, moment)
    if person is None:
        return None
    if traces.session_seen(token, person.seen_at, moment):
        person = find_signed_in(token, moment) or person
    return Viewer(token, person)


def present_viewer() -> Viewer | None:
    """Who is signed in, or None. What asks more than once asks here: each attribute of
    `current_user` is a search for it."""
    viewer = current_user._get_current_object()
    return viewer if isinstance(viewer, Viewer) else None


def session_token() -> str | None:
    """The token in the cookie, whether its session still holds or not."""
    return session.get("_user_id")


def now() -> datetime:
    """One moment for the whole request."""
    moment: datetime | None = g.get("now")
    if moment is None:
        moment = g.now = clock.now()
    return moment


def new_act(*, acting_for_id: int | None = None, why: str = "") -> Act:
    """The present person doing something, for actions to record."""
    return Act(
        at=now(),
        actor_id=current_user.person_id,
        request_id=g.request_id,
        acting_for_id=acting_for_id,
        why=why,
    )


def log_event(
    event: str, *, school_id: int | None = None, pupil_id: int | None = None, detail: str = ""
) -> None:
    """Write into the log of who looked what the present person did (H14): `event` is a key of
    wording.EVENTS, `detail` names without contents what it was about."""
    traces.record_event(
        event,
        now(),
        person_id=current_user.person_id,
        school_id=school_id,
        pupil_id=pupil_id,
        detail=detail,
        request_id=g.request_id,
    )


class Hidden(Forbidden):
    """A part of the diary that this reader may not see; the page says so."""


def hidden_areas(pupil_id: int) -> frozenset[str]:
    """What the present reader may not see of a pupil's diary (rules/access.py, AREAS)."""
    return hidden_of(current_user.ties.child(pupil_id))


def hidden_of(child: Child | None) -> frozenset[str]:
    """What a tie to a child hides; nothing from who has none, and reads by duty."""
    return frozenset(child.hidden) if child else frozenset()


def load_pupil(
    pupil_id: int, *, shows_data: bool = True, leaves_out: Iterable[str] = ()
) -> PupilCard:
    """The pupil whose diary is asked for; 404 to a stranger. Staff leave a trace (H14), unless
    the answer shows nothing yet.

    `leaves_out` names the areas that the page does not show, or knows how to leave out for a
    reader from whom they are hidden; any other hidden area shuts the page (H10). A page that
    says nothing is so shut to every reader with a limit.
    """
    pupil = find_pupil(pupil_id)
    if pupil is None:
        abort(404)
    ties: Ties = current_user.ties
    capacity = rules.diary_reader(ties, pupil_id, pupil.places)
    if capacity is None:
        abort(404)
    if hidden_of(ties.child(pupil_id)) - set(leaves_out):
        raise Hidden
    g.acting = capacity
    if shows_data and capacity not in (rules.PUPIL, rules.GUARDIAN):
        traces.record_look(
            current_user.person_id,
            capacity,
            pupil_id,
            pupil.latest.school_id,
            now(),
            g.request_id,
        )
    return pupil


def load_lesson(lesson_id: int, *, to_write: bool = False) -> LessonHead:
    """The lesson whose register is asked for; 404 to a stranger and to who may not write."""
    lesson = find_lesson(lesson_id)
    if lesson is None:
        abort(404)
    ties = current_user.ties
    if rules.may_write_lesson(ties, lesson.place):
        g.acting = rules.TEACHER
        return lesson
    # Only who leads a class has to know of whose pupils it is.
    class_ids = list_lesson_classes(lesson) if ties.led_classes() else ()
    if to_write or not rules.may_read_lesson(ties, lesson.place, class_ids):
        abort(404)
    # Who only reads a register looks at the data of other people's pupils (H14).
    log_event(
        "lesson_read",
        school_id=lesson.school_id,
        detail=f"{lesson.group_name}, {lesson.subject}, {lesson.held_on:%d.%m.%Y}",
    )
    g.acting = rules.lesson_role(ties, lesson.place, class_ids)
    return lesson


def load_group(group_id: int, *, to_write: bool = False) -> GroupHead:
    """The group whose register is asked for; 404 to a stranger and to who does not teach it.
    Within it each lesson says itself who writes."""
    group = find_group(group_id)
    if group is None:
        abort(404)
    ties = current_user.ties
    if rules.teaches_group(ties, group.place, group.year_from_on, group.year_until_on):
        g.acting = rules.TEACHER
        return group
    class_ids = list_group_classes(group) if ties.led_classes() else frozenset()
    capacity = rules.group_reader(ties, group.place, class_ids)
    if to_write or not capacity:
        abort(404)
    # Who only reads a register looks at the data of other people's pupils (H14).
    log_event("grid_read", school_id=group.school_id, detail=f"{group.name}, {group.subject}")
    g.acting = capacity
    return group


def load_results(group_id: int, *, to_write: bool = False) -> ResultGroup:
    """The group whose results are asked for; 404 to a stranger, and to who may not write."""
    group = find_result_group(group_id, now())
    if group is None:
        abort(404)
    ties = current_user.ties
    class_ids = list_result_classes(group) if ties.led_classes() else ()
    role = rules.results_role(ties, group.school_id, group.teacher_ids, class_ids)
    if not role or (to_write and role != rules.TEACHER):
        abort(404)
    g.acting = role
    if role != rules.TEACHER:
        log_event(
            "results_read",
            school_id=group.school_id,
            detail=f"{group.name}, {group.subject}",
        )
    return group


def load_results_class(class_id: int) -> ResultClass:
    """A class whose results are asked for: its class teacher's, and theirs who answer for the
    records of the school; 404 to all others."""
    head = find_result_class(class_id)
    ties = current_user.ties
    if head is None:
        abort(404)
    if class_id in ties.led_classes():
        g.acting = rules.CLASS_TEACHER
    elif head.school_id not in ties.schools(rules.ANSWERS_FOR_RECORDS):
        abort(404)
    return head


def load_act(act_id: int, *, to_change: bool = False) -> ActHead:
    """The regulation that is asked for; 404 to a stranger, 403 to who may read it only (G3)."""
    act = find_act(act_id)
    if act is None or not rules.may_read_act(current_user.ties, act.place):
        abort(404)
    if to_change and not rules.may_change_act(current_user.ties, act.place):
        abort(403)
    return act


def load_run_school(school_id: int, *, to_change: bool = True) -> SchoolLine:
    """A school whose timetable the person runs: its heads change it, its administrator looks
    too; 404 to all others."""
    school = find_school(school_id)
    roles = rules.ANSWERS_FOR_RECORDS if to_change else rules.INFORMS_THE_SCHOOL
    if school is None or school_id not in current_user.ties.schools(roles):
        abort(404)
    return school


def own_schools() -> frozenset[int]:
    """The schools whose administrator the present person is."""
    ties: Ties = current_user.ties
    return ties.schools([rules.ADMINISTRATOR])


def load_person(person_id: int, *, arriving: bool = False, shows_data: bool = False) -> PersonCard:
    """A person of the administrator's schools; 404 for others. `arriving`: also a pupil whom
    another school let go to one of them. `shows_data` leaves a trace (H14)."""
    card = find_person(person_id)
    schools = own_schools()
    if card is None or not (card.school_ids & schools or (arriving and card.comes_to in schools)):
        abort(404)
    if shows_data:
        log_event("person_read", school_id=min(card.school_ids & schools), pupil_id=person_id)
    return card


def load_own_pupil(person_id: int, *, arriving: bool = False) -> PersonCard:
    """A pupil of the administrator's schools, whose record is theirs to keep; 404 for others."""
    card = load_person(person_id, arriving=arriving)
    schools = own_schools()
    if not card.enrolments or not (
        card.enrolments[0].school_id in schools or (arriving and card.comes_to in schools)
    ):
        abort(404)
    return card


def load_answered_school(school_id: int) -> SchoolLine:
    """A school whose records the person answers for, as deputy head or head; 404 for others."""
    school = find_school(school_id)
    if school is None or school_id not in current_user.ties.schools(rules.ANSWERS_FOR_RECORDS):
        abort(404)
    return school


def load_role(role_id: int) -> RoleLine:
    """A role in one of the administrator's schools; 404 for others."""
    role = find_role(role_id)
    if role is None or role.school_id not in own_schools():
        abort(404)
    return role


def load_guardianship(guardianship_id: int) -> TieLine:
    """A representative of a pupil of the administrator's schools; 404 for others."""
    tie = find_guardianship(guardianship_id)
    if tie is None or tie.school_id not in own_schools():
        abort(404)
    return tie


def load_limit(limit_id: int) -> LimitLine:
    """A limit on the diary of a pupil of the administrator's schools; 404 for others."""
    limit = find_limit(limit_id)
    if limit is None or limit.school_id not in own_schools():
        abort(404)
    return limit


def load_question(thread_id: int) -> QuestionLine:
    """One's own question: of the person who is signed in, or opened by its code in this browser;
    404 for others."""
    thread = find_question(thread_id)
    if thread is None:
        abort(404)
    if thread.person_id is not None:
        if not current_user.is_authenticated or thread.person_id != current_user.person_id:
            abort(404)
    elif str(thread_id) not in session.get("questions", {}):
        abort(404)
    return thread


def load_asked(thread_id: int) -> QuestionLine:
    """A question to one of the administrator's schools; 404 for others."""
    thread = find_question(thread_id)
    if thread is None or thread.school_id not in own_schools():
        abort(404)
    return thread


def load_issued(issued_id: int) -> IssuedHead:
    """An extract or a written information: theirs who inform for its school, and its pupil's class
    teacher's; 404 for others."""
    head = find_issued(issued_id)
    ties = current_user.ties
    if head is None or not (
        head.school_id in ties.schools(rules.INFORMS_THE_SCHOOL)
        or head.class_id in ties.led_classes()
    ):
        abort(404)
    return head


def present_seer() -> Seer:
    """Whose visits the present person sees."""
    ties = current_user.ties
    return Seer(current_user.person_id, ties.schools(rules.INFORMS_THE_SCHOOL), ties.led_classes())


def load_visit(visit_id: int) -> VisitLine:
    """A visit: theirs who inform for the school, its pupil's class teacher's, and theirs whom it
    was passed on to, while they have a duty there; 404 for others."""
    line = find_visit(visit_id)
    ties = current_user.ties
    if (
        line is None
        or not present_seer().sees(line)
        or line.school_id not in {duty.school_id for duty in ties.duties}
    ):
        abort(404)
    return line
