"""How subjects mark otherwise than their school, a kind of work for one subject alone, and a work
that is planned for a lesson ahead."""

from datetime import date, datetime
from fractions import Fraction

from school.actions.grading import GradingChoice, choose_subject_grading
from school.actions.history import Act
from school.actions.register import add_work
from school.actions.work_kinds import KindRules, add_work_kind, choose_subject_kind
from school.demo.places import Place
from school.models import Lesson, Subject, WorkKind
from school.models.fields import from_milliseconds
from school.queries.lessons import find_lesson

#: Where all marks weigh the same.
PLAIN_SUBJECT = "Физическая культура"
#: Not for every subject: retired in the school, offered in this one.
OWN_KIND, OF_SUBJECT = "Аудирование", "Английский язык"
PLANNED = "Контрольная работа"


def make_marking_rules(
    place: Place, moment: int, today: date, *, deputy_id: int, teacher_id: int
) -> None:
    """The deputy head's choices, and the demo teacher's next test."""
    school_id = place.school_id
    act = Act(from_milliseconds(moment), deputy_id)
    subjects = {row.name: row.id for row in Subject.select().where(Subject.school == school_id)}
    if PLAIN_SUBJECT in subjects:
        choice = GradingChoice("plain", Fraction(1, 2), False)
        choose_subject_grading(school_id, subjects[PLAIN_SUBJECT], choice, today=today, act=act)
    if OF_SUBJECT in subjects:
        rules = KindRules(Fraction(2), is_important=False, marks_expected=True, is_offered=False)
        kind_id = add_work_kind(school_id, OWN_KIND, rules, today=today, act=act)
        offered = KindRules(Fraction(2), is_important=False, marks_expected=True, is_offered=True)
        choose_subject_kind(
            school_id, kind_id, subjects[OF_SUBJECT], offered,
            of_period=False, today=today, act=act,
        )  # fmt: skip
    _plan_a_test(school_id, today, teacher_id, from_milliseconds(moment))


def _plan_a_test(school_id: int, today: date, teacher_id: int, moment: datetime) -> None:
    lesson = (
        Lesson.select()
        .where(
            Lesson.school == school_id,
            Lesson.teacher == teacher_id,
            Lesson.held_on > today,
            Lesson.cancelled_at.is_null(),
        )
        .order_by(Lesson.held_on, Lesson.lesson_number, Lesson.id)
        .offset(2)
        .first()
    )
    kind = WorkKind.get_or_none(WorkKind.school == school_id, WorkKind.name == PLANNED)
    head = find_lesson(lesson.id) if lesson else None
    if head is not None and kind is not None:
        add_work(head, kind.id, "Итоги темы", Act(moment, teacher_id))
