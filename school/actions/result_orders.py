"""What is ordered about results: deferrals, closings, exams, retakes, the council's decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from peewee import IntegrityError

from school import clock, wording
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.letters import DEADLINE, NewLetter, put_letters
from school.actions.results import lock_results, refuse_before_its_time, write_result
from school.database import execute, fetch_all, transaction
from school.letters import deferral_near
from school.models import Closing, CouncilDecision, Deferral, Exam, Retake
from school.models.fields import to_milliseconds
from school.queries.class_results import ClosingLine, ResultClass, list_closings, list_sheet_pupils
from school.queries.missing_results import MissingResult, list_missing_results
from school.queries.results import ResultColumn, ResultGroup, ResultLine, ResultSheet
from school.rules.letters import BY_DUTY
from school.rules.marks import MarkError
from school.rules.proposals import UNSATISFACTORY, parse_result
from school.rules.register import CellError, without_controls

LONGEST = 300
#: So long before a deferral's last day its teachers are reminded.
NEAR = timedelta(days=3)
#: A result can be tried again twice, and a third time by a commission (273-ФЗ, ст. 58).
MOST_RETAKES = 3


class OrderError(CellError):
    """A field of an order cannot be so; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


# --- deferrals ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewDeferral:
    """A deferral as it is ordered; without a subject, in all of them."""

    pupil_id: int
    subject_id: int | None
    column: ResultColumn
    until_on: date
    reason: str
    order_name: str
    order_on: date


def defer_result(
    head: ResultClass, new: NewDeferral, *, request_id: str, today: date, act: Act
) -> int:
    """Put a pupil's result off to a day by an order (E3), and return the deferral's id; the same
    form twice is one. Raises OrderError, LookupError for a pupil of another class."""
    reason = clean(new.reason, "reason", "Напишите причину, например: болезнь.")
    name = clean(new.order_name, "order_name", "Напишите номер приказа.")
    if new.pupil_id not in {pupil.pupil_id for pupil in list_sheet_pupils(head)}:
        raise LookupError(f"pupil {new.pupil_id} is not of class {head.class_id}")
    if new.until_on <= max(today, new.column.until_on):
        day = wording.full_day(max(today, new.column.until_on))
        raise OrderError("until_on", f"Отсрочка — это день позже, чем {day}.")
    if new.until_on > today + timedelta(days=400):
        raise OrderError("until_on", "Больше чем на год отложить нельзя.")
    if new.order_on > today:
        raise OrderError("order_on", "Приказ ещё не подписан: дата впереди.")
    with transaction():
        lock_results([head.class_id])
        same = Deferral.get_or_none(Deferral.request == request_id)
        if same is not None:
            return int(same.id)
        try:
            made = Deferral.create(
                school=head.school_id,
                school_year=head.school_year_id,
                pupil=new.pupil_id,
                subject=new.subject_id,
                study_period=new.column.period_id,
                kind=new.column.kind,
                until_on=new.until_on,
                reason=reason,
                order_name=name,
                order_on=new.order_on,
                made_at=act.at,
                made_by=act.actor_id,
                request=request_id,
            )
        except IntegrityError:
            raise OrderError("reason", "Откройте страницу заново и отправьте ещё раз.") from None
        words = f"до {new.until_on:%d.%m.%Y}, приказ № {name} от {new.order_on:%d.%m.%Y}"
        fact = Fact("deferral", made.id, "deferral", "", words, new.pupil_id, None, reason)
        record(act, head.school_id, [fact])
        move_revisions(act, [("pupil", new.pupil_id)])
        return int(made.id)


def end_deferral(head: ResultClass, deferral_id: int, act: Act) -> bool:
    """Take a deferral back: from now on the result is owed again. Twice does no harm; returns
    whether it was there."""
    with transaction():
        pupils = [pupil.pupil_id for pupil in list_sheet_pupils(head)]
        row = Deferral.get_or_none(
            Deferral.id == deferral_id,
            Deferral.school == head.school_id,
            Deferral.school_year == head.school_year_id,
            Deferral.pupil.in_(pupils),
        )
        if row is None:
            return False
        if row.ended_at is None:
            Deferral.update(ended_at=act.at, ended_by=act.actor_id).where(
                Deferral.id == deferral_id
            ).execute()
            fact = Fact("deferral", row.id, "deferral", f"до {row.until_on}", "", row.pupil_id)
            record(act, head.school_id, [fact])
            move_revisions(act, [("pupil", row.pupil_id)])
        return True


NEAR_DEFERRALS = """
SELECT 1 FROM deferral
WHERE school_id = ? AND until_on >= ? AND until_on <= ? AND ended_at IS NULL LIMIT 1
"""


def remind_of_deferrals(school_id: int, now: datetime, time_zone: str) -> int:
    """Write each teacher one letter of a deferral whose day is near while its result is missing;
    returns how many are new. In the caller's transaction; twice does no harm (E3)."""
    today = clock.local(now, time_zone).date()
    if not fetch_all(NEAR_DEFERRALS, (school_id, today, today + NEAR)):
        return 0
    lines: dict[tuple[int, int, date], list[str]] = {}
    for found in list_missing_results(school_id, today):
        if found.deferred_until is None or found.deferred_until - today > NEAR:
            continue
        assert found.deferral_id is not None  # noqa: S101 - that is what defers it
        for teacher_id in found.teacher_ids:
            key = (found.deferral_id, teacher_id, found.deferred_until)
            words = f"{found.subject}, {found.group_name}, {found.column.lower()}"
            lines.setdefault(key, []).append(words)
    return put_letters(
        (
            NewLetter(
                key=f"deferral:{deferral_id}:{teacher_id}",
                kind=DEADLINE,
                person_id=teacher_id,
                text=deferral_near(list(dict.fromkeys(words)), until_on),
                grounds=BY_DUTY,
                school_id=school_id,
            )
            for (deferral_id, teacher_id, until_on), words in lines.items()
        ),
        now,
    )


# --- closing ------------------------------------------------------------------------------


class ResultsMissing(Exception):
    """A column cannot be closed: `lines` say whose results are missing."""

    def __init__(self, lines: tuple[MissingResult, ...]) -> None:
        super().__init__(f"{len(lines)} results are missing")
        self.lines = lines


class AlreadyClosed(Exception):
    """Somebody closed it before; `line` says who and when."""

    def __init__(self, line: ClosingLine) -> None:
        super().__init__("closed already")
        self.line = line


NEW_CLOSING = """
INSERT INTO closing (school_id, school_year_id, school_class_id, study_period_id, kind, closed_at,
                     closed_by_id)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id
"""


def close_column(head: ResultClass, column: ResultColumn, *, today: date, act: Act) -> None:
    """Close the results of a class in a column: from then on they change on request only (H2).
    What an order put off may still be entered. The same person twice does no harm. Raises
    ResultsMissing, AlreadyClosed, CellError before the column's last day has passed."""
    if column.until_on >= today:
        raise CellError(
            f"{column.name} ещё идёт: закрыть можно после {wording.full_day(column.until_on)}."
        )
    with transaction():
        # Who saves a result of this class waits, or was waited for.
        lock_results([head.class_id])
        before = list_closings(head).get(column.key)
        if before is not None:
            if is_same_closer(head, column, act):
                return
            raise AlreadyClosed(before)
        missing = tuple(
            line
            for line in list_missing_results(head.school_id, today, class_id=head.class_id)
            if line.column_key == column.key and not line.deferred_until
        )
        if missing:
            raise ResultsMissing(missing)
        rows = execute(
            NEW_CLOSING,
            (
                head.school_id, head.school_year_id, head.class_id, column.period_id, column.kind,
                to_milliseconds(act.at), act.actor_id,
            ),
        ).fetchall()  # fmt: skip
        if not rows:
            raise AlreadyClosed(list_closings(head)[column.key])
        fact = Fact("closing", rows[0][0], "closing", "", f"{head.name}, {column.name}")
        record(act, head.school_id, [fact])


def is_same_closer(head: ResultClass, column: ResultColumn, act: Act) -> bool:
    """Whether the one who closes now did so already."""
    rows = (
        Closing.select(Closing.closed_by)
        .where(Closing.school_class == head.class_id, Closing.kind == column.kind)
        .where(
            Closing.study_period.is_null()
            if column.period_id is None
            else Closing.study_period == column.period_id
        )
        .tuples()
    )
    return (act.actor_id,) in list(rows)


# --- exams and retakes --------------------------------------------------------------------


def set_exam(
    group: ResultGroup,
    title: str,
    held_on: date,
    came_in_at: datetime | None,
    *,
    today: date,
    act: Act,
) -> int:
    """Say that a group has an exam, when it was held, and when its results came in (C4); returns
    its id. The same once more changes nothing. Raises OrderError."""
    title = clean(title, "title", "Напишите, что за экзамен, например: ОГЭ.")
    if not group.year_from_on <= held_on <= group.year_until_on + timedelta(days=120):
        raise OrderError("held_on", "Экзамен бывает в учебном году этой группы или летом после.")
    if came_in_at is not None and came_in_at > act.at:
        raise OrderError("came_in", "Результаты ещё не пришли: этот час впереди.")
    if came_in_at is not None and clock.local(came_in_at, group.time_zone).date() < held_on:
        raise OrderError("came_in", "Результаты не приходят раньше экзамена: проверьте дату.")
    with transaction():
        row = Exam.get_or_none(
            Exam.school == group.school_id,
            Exam.teaching_group == group.group_id,
            Exam.kind == "exam",
        )
        old = _exam_words(row.title, row.held_on, row.came_in_at, group) if row else ""
        new = _exam_words(title, held_on, came_in_at, group)
        if row is not None and old == new:
            return int(row.id)
        recorded = (act.at, act.actor_id) if came_in_at else (None, None)
        values = {
            "title": title,
            "held_on": held_on,
            "came_in_at": came_in_at,
            "recorded_at": recorded[0],
            "recorded_by": recorded[1],
        }
        if row is None:
            row = Exam.create(
                school=group.school_id,
                school_year=group.school_year_id,
                teaching_group=group.group_id,
                kind="exam",
                made_at=act.at,
                made_by=act.actor_id,
                **values,
            )
        else:
            Exam.update(**values).where(Exam.id == row.id).execute()
        record(act, group.school_id, [Fact("exam", row.id, "exam", old, new)])
        move_revisions(act, [("group", group.group_id)])
        return int(row.id)


def _exam_words(title: str, held_on: date, at: datetime | None, group: ResultGroup) -> str:
    came = f", результаты {clock.local(at, group.time_zone):%d.%m.%Y %H:%M}" if at else ""
    return f"{title}, {held_on:%d.%m.%Y}{came}"


def record_retake(
    sheet: ResultSheet, line: ResultLine, held_on: date, typed: str, *, today: date, act: Act
) -> str:
    """Write what came of another try, and return the result that stands now: a better one replaces
    the old, a worse one does not. Raises OrderError."""
    if line.result_id is None or line.value not in UNSATISFACTORY:
        raise OrderError("value", "Пересдают неудовлетворительный результат: 2, незач или н/а.")
    try:
        value = parse_result(typed, sheet.group.marking, ones_allowed=sheet.policy.ones_allowed)
    except MarkError as error:
        raise OrderError("value", str(error)) from None
    if not value:
        raise OrderError("value", "Напишите, что получилось на пересдаче.")
    if held_on > today:
        raise OrderError("held_on", "Этот день ещё не наступил.")
    if held_on < sheet.column.from_on:
        raise OrderError("held_on", "Пересдача не бывает раньше самого периода.")
    refuse_before_its_time(sheet, line, value)
    with transaction():
        lock_results([line.class_id] if line.class_id else [])
        ordinal = Retake.select().where(Retake.result == line.result_id).count() + 1
        if ordinal > MOST_RETAKES:
            raise OrderError("value", "Пересдать можно не больше трёх раз.")
        Retake.create(
            school=sheet.group.school_id,
            result=line.result_id,
            ordinal=ordinal,
            held_on=held_on,
            was=line.value,
            value=value,
            made_at=act.at,
            made_by=act.actor_id,
        )
        stands = line.value if value in UNSATISFACTORY else value
        why = f"Пересдача {held_on:%d.%m.%Y}"
        if stands != line.value:
            write_result(sheet, line, stands, why, act)
        fact = Fact(
            "period_result", line.result_id, sheet.column.field, line.value, stands, line.pupil_id,
            None, why,
        )  # fmt: skip
        record(act, sheet.group.school_id, [fact])
        move_revisions(act, [("pupil", line.pupil_id)])
        return stands


# --- the teachers' council ----------------------------------------------------------------


def decide_promotion(
    head: ResultClass,
    decisions: Mapping[int, str],
    minutes_name: str,
    minutes_on: date,
    *,
    today: date,
    act: Act,
) -> int:
    """Write what the teachers' council decided on pupils of a class, with the number and date of
    its minutes; returns how many decisions are new or others. An absent or empty one is unchanged.
    Raises OrderError."""
    name = clean(minutes_name, "minutes_name", "Напишите номер протокола.")
    if minutes_on > today:
        raise OrderError("minutes_on", "Педсовета ещё не было: дата впереди.")
    if minutes_on < head.year_from_on:
        raise OrderError("minutes_on", "Эта дата раньше начала учебного года.")
    pupils = {pupil.pupil_id for pupil in list_sheet_pupils(head) if pupil.left_on is None}
    with transaction():
        lock_results([head.class_id])
        before = {
            row.pupil_id: row
            for row in CouncilDecision.select().where(
                CouncilDecision.school == head.school_id,
                CouncilDecision.school_class == head.class_id,
            )
        }
        facts = []
        for pupil_id, decision in decisions.items():
            if not decision or pupil_id not in pupils:
                continue
            if decision not in CouncilDecision.DECISIONS:
                raise OrderError("decision", "Выберите решение из списка.")
            row = before.get(pupil_id)
            new = f"{decision}, протокол № {name} от {minutes_on:%d.%m.%Y}"
            if row is not None and row.decision == decision:
                continue
            values = {
                "decision": decision, "minutes_name": name, "minutes_on": minutes_on,
                "made_at": act.at, "made_by": act.actor_id,
            }  # fmt: skip
            old = ""
            if row is None:
                row = CouncilDecision.create(
                    school=head.school_id, school_year=head.school_year_id,
                    school_class=head.class_id, pupil=pupil_id, **values,
                )  # fmt: skip
            else:
                old = f"{row.decision}, протокол № {row.minutes_name}"
                CouncilDecision.update(**values).where(CouncilDecision.id == row.id).execute()
            facts.append(Fact("council_decision", row.id, "council_decision", old, new, pupil_id))
        record(act, head.school_id, facts)
        move_revisions(act, [("pupil", fact.pupil_id) for fact in facts if fact.pupil_id])
        return len(facts)


def clean(text: str, field: str, missing: str) -> str:
    """A text of an order as it is kept. Raises OrderError, with `missing` where it is empty."""
    kept = " ".join(without_controls(text).split())
    if not kept:
        raise OrderError(field, missing)
    if len(kept) > LONGEST:
        raise OrderError(field, f"Слишком длинно: помещается {LONGEST} букв. Сократите.")
    return kept
