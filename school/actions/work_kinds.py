"""Kinds of work: added, renamed, weighed, retired; by school and by subject (H1)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from school.actions.history import Act, Fact, lock_lesson, move_revisions, record
from school.actions.register import ANSWER
from school.database import transaction
from school.models import SubjectWorkKind, Work, WorkKind
from school.queries.grading_impact import KindWork, list_current_works
from school.rules.grading import number_text
from school.rules.register import CellError

LONGEST_NAME = 60
MOST_WEIGHT = 100


@dataclass(frozen=True, slots=True)
class KindRules:
    """What a kind of work says of its works."""

    weight: Fraction
    is_important: bool
    marks_expected: bool
    is_offered: bool

    @property
    def text(self) -> str:
        """As history keeps it."""
        words = [f"вес {number_text(self.weight)}"]
        words += ["важная"] if self.is_important else []
        words += ["отметки у всех"] if self.marks_expected else []
        words += [] if self.is_offered else ["не предлагается"]
        return ", ".join(words)


def parse_weight(text: str) -> Fraction:
    """A weight as people type it: «2», «2,5». Raises CellError."""
    typed = text.strip().replace(",", ".")
    whole, _, rest = typed.partition(".")
    is_number = whole.isascii() and whole.isdigit() and (not rest or rest.isdigit())
    if not is_number or not rest.isascii() or len(rest) > 2 or len(whole) > 3:
        raise CellError("Вес — число: 1, 2 или 2,5.")
    weight = Fraction(typed.rstrip("."))
    if weight > MOST_WEIGHT:
        raise CellError(f"Вес не больше {MOST_WEIGHT}.")
    return weight


def add_work_kind(school_id: int, name: str, rules: KindRules, *, today: date, act: Act) -> int:
    """Add a kind for the whole school; the same name a second time is the same kind, with these
    rules. Returns its id. Raises CellError for a name that is none."""
    name = _clean_name(name)
    with transaction():
        kind, is_new = WorkKind.get_or_create(school=school_id, name=name)
        _update(kind, name, rules, "" if is_new else None, today, act)
        kind_id: int = kind.id
        return kind_id


def change_work_kind(
    school_id: int,
    work_kind_id: int,
    name: str,
    rules: KindRules,
    *,
    of_period: bool,
    today: date,
    act: Act,
) -> bool:
    """Let a kind be otherwise from now on. Its works keep what they were entered with;
    `of_period` gives the new rules to those of the current periods too, in subjects that have
    no rules of their own. Returns whether anything changed. Raises CellError for a name that is
    none or another kind's."""
    name = _clean_name(name)
    with transaction():
        kind = WorkKind.get_by_id(work_kind_id)
        if name != kind.name:
            if ANSWER in (kind.name, name):
                raise CellError(
                    f"«{ANSWER}» — отметки, поставленные без работы: это название не меняется."
                )
            taken = WorkKind.school == school_id, WorkKind.name == name
            if WorkKind.select().where(*taken).exists():
                raise CellError("Такой вид работы уже есть.")
        old = rules_of(kind)
        changed = _update(kind, name, rules, None, today, act)
        own = [row.subject_id for row in _overrides(school_id, work_kind_id)]
        works = [
            work
            for work in list_current_works(school_id, work_kind_id, today)
            if work.subject_id not in own
        ]
        return _change_works(school_id, work_kind_id, works, old, rules, of_period, act) or changed


def choose_subject_kind(
    school_id: int,
    work_kind_id: int,
    subject_id: int,
    rules: KindRules | None,
    *,
    of_period: bool,
    today: date,
    act: Act,
) -> bool:
    """The same for one subject; None: as the school again."""
    with transaction():
        kind = WorkKind.get_by_id(work_kind_id)
        place = (
            (SubjectWorkKind.school == school_id)
            & (SubjectWorkKind.work_kind == work_kind_id)
            & (SubjectWorkKind.subject == subject_id)
        )
        row = SubjectWorkKind.get_or_none(place)
        old = rules_of_subject(row) if row else None
        changed = old != rules
        if changed:
            SubjectWorkKind.delete().where(place).execute()
            row_id = row.id if row else 0
            if rules is not None:
                row_id = SubjectWorkKind.create(
                    school=school_id, work_kind=work_kind_id, subject=subject_id,
                    weight=rules.weight, is_important=rules.is_important,
                    marks_expected=rules.marks_expected, is_offered=rules.is_offered,
                ).id  # fmt: skip
            texts = (old.text if old else "", rules.text if rules else "")
            fact = Fact("subject_work_kind", row_id, kind.name, *texts)
            record(act, school_id, [fact])
            move_revisions(act, [("school", school_id)])
        works = [
            work
            for work in list_current_works(school_id, work_kind_id, today)
            if work.subject_id == subject_id
        ]
        before, after = old or rules_of(kind), rules or rules_of(kind)
        moved = _change_works(school_id, work_kind_id, works, before, after, of_period, act)
        return moved or changed


def rules_of(kind: Any) -> KindRules:
    """What a kind's row says."""
    return KindRules(
        Fraction(kind.weight), kind.is_important, kind.marks_expected, kind.retired_on is None
    )


def rules_of_subject(row: Any) -> KindRules:
    """What a subject's own row says."""
    return KindRules(Fraction(row.weight), row.is_important, row.marks_expected, row.is_offered)


def _overrides(school_id: int, work_kind_id: int) -> Any:
    return SubjectWorkKind.select().where(
        SubjectWorkKind.school == school_id, SubjectWorkKind.work_kind == work_kind_id
    )


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise CellError("Назовите вид работы.")
    if len(name) > LONGEST_NAME:
        raise CellError(f"Не больше {LONGEST_NAME} букв.")
    return name


def _update(
    kind: Any, name: str, rules: KindRules, old_text: str | None, today: date, act: Act
) -> bool:
    facts = []
    if name != kind.name:
        facts.append(Fact("work_kind", kind.id, "name", kind.name, name))
    old = rules_of(kind)
    if old != rules or old_text is not None:
        before = old.text if old_text is None else old_text
        facts.append(Fact("work_kind", kind.id, name, before, rules.text))
    if not facts:
        return False
    retired_on = None if rules.is_offered else kind.retired_on or today
    WorkKind.update(
        name=name, weight=rules.weight, is_important=rules.is_important,
        marks_expected=rules.marks_expected, retired_on=retired_on,
    ).where(WorkKind.id == kind.id).execute()  # fmt: skip
    record(act, kind.school_id, facts)
    move_revisions(act, [("school", kind.school_id)])
    return True


def _change_works(
    school_id: int,
    work_kind_id: int,
    works: list[KindWork],
    old: KindRules,
    new: KindRules,
    of_period: bool,
    act: Act,
) -> bool:
    """The works of the current periods; older ones, and all where only new works are to change,
    keep what they were entered with."""
    if old.is_important != new.is_important:
        # Works that said nothing of their own followed their kind: from now on they do.
        Work.update(is_important=old.is_important).where(
            Work.school == school_id,
            Work.work_kind == work_kind_id,
            Work.is_important.is_null(),
        ).execute()
    if not of_period:
        return False
    facts = []
    for work in sorted(works, key=lambda work: work.lesson_id):
        if _as_new(work) == (new.weight, new.is_important, new.marks_expected):
            continue
        lock_lesson(work.lesson_id)
        Work.update(
            weight=new.weight,
            is_important=new.is_important,
            marks_expected=new.marks_expected,
            settled_at=None,
        ).where(Work.id == work.work_id).execute()
        before = KindRules(work.weight, work.is_important, work.marks_expected, True).text
        after = KindRules(new.weight, new.is_important, new.marks_expected, True).text
        fact = Fact("work", work.work_id, "rules", before, after, None, work.lesson_id)
        facts.append(fact)
    record(act, school_id, facts)
    move_revisions(act, [("group", work.group_id) for work in works])
    return bool(facts)


def _as_new(work: KindWork) -> tuple[Fraction, bool, bool]:
    return work.weight, work.is_important, work.marks_expected
