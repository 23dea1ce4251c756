"""The school itself, its year, bells, periods, holidays, classes and kinds of work."""

from fractions import Fraction
from typing import Any

from school.actions.importing.ledger import Running
from school.exchange.school_rows import (
    BELLS,
    CLASSES,
    CURRICULUM,
    HOLIDAYS,
    PERIODS,
    SUBJECTS,
    WORK_KINDS,
    SchoolRow,
)
from school.exchange.values import fold
from school.models import (
    Bell,
    BellSchedule,
    CurriculumLine,
    Municipality,
    School,
    SchoolBreak,
    SchoolClass,
    SchoolYear,
    StudyPeriod,
    Subject,
    WorkKind,
)

#: The register makes a work of this kind for a mark in a lesson that has none.
ANSWER_IN_LESSON = "Ответ на уроке"
USUAL_WORK_KINDS = (
    (ANSWER_IN_LESSON, "1", False, False),
    ("Домашняя работа", "1", False, False),
    ("Самостоятельная работа", "2", False, False),
    ("Контрольная работа", "3", True, True),
    ("Диктант", "3", False, False),
    ("Проект", "2", False, False),
)


def get_municipality(name: str) -> Municipality:
    """The installation's municipality; made under this name where there is none yet."""
    first: Municipality | None = Municipality.select().order_by(Municipality.id).first()
    return first or Municipality.create(name=name)


def school_values(row: SchoolRow) -> dict[str, Any]:
    """What a file says about a school that is there. Its regulation is what the school started
    under, so a file does not change it afterwards."""
    return {
        "name": row.name,
        "full_name": row.full_name,
        "time_zone": row.time_zone,
        "days_in_week": row.days_in_week,
    }


def find_year(school: School | None, row: SchoolRow) -> SchoolYear | None:
    """The school year that the file's one is, though its days may have been mended."""
    if school is None:
        return None
    found: SchoolYear | None = (
        SchoolYear.select()
        .where(
            SchoolYear.school == school,
            SchoolYear.from_on <= row.year_until,
            SchoolYear.until_on >= row.year_from,
        )
        .order_by(SchoolYear.from_on.desc())
        .first()
    )
    return found


def year_values(school: School, row: SchoolRow) -> dict[str, Any]:
    return {
        "school": school.id,
        "name": f"{row.year_from.year}/{row.year_until.year % 100:02}",
        "from_on": row.year_from,
        "until_on": row.year_until,
    }


def put_work_kinds(run: Running) -> None:
    """The usual kinds for a new school; a school that is there arranges its own."""
    known = {kind.name for kind in WorkKind.select().where(WorkKind.school == run.school)}
    for name, weight, is_important, marks_expected in USUAL_WORK_KINDS:
        is_usual = run.is_new and not run.files.work_kinds
        if name not in known and (is_usual or name == ANSWER_IN_LESSON):
            run.make(
                WorkKind,
                {
                    "school": run.school.id,
                    "name": name,
                    "weight": weight,
                    "is_important": is_important,
                    "marks_expected": marks_expected,
                },
            )
    found = {fold(k.name): k for k in WorkKind.select().where(WorkKind.school == run.school)}
    for row in run.files.work_kinds:
        run.now_at(WORK_KINDS, row.line)
        values = {
            "school": run.school.id,
            "name": row.name,
            "weight": Fraction(row.weight),
            "is_important": row.is_important,
            "marks_expected": row.marks_expected,
        }
        run.put("work_kind", WorkKind, found.get(fold(row.name)), values)


def put_subjects(run: Running) -> None:
    """Bring subjects up to date: those of the list, and those of the curriculum plan."""
    known = {fold(s.name) for s in Subject.select().where(Subject.school == run.school)}
    for row in run.files.subjects:
        run.now_at(SUBJECTS, row.line)
        if fold(row.name) in known:
            run.keep("subject")
            continue
        known.add(fold(row.name))
        run.put("subject", Subject, None, {"school": run.school.id, "name": row.name})
    run.now_at("", 0)
    for line in run.files.curriculum:
        if fold(line.subject) not in known:
            known.add(fold(line.subject))
            run.put("subject", Subject, None, {"school": run.school.id, "name": line.subject})


def put_curriculum(run: Running, classes: dict[str, int]) -> None:
    """Hours by the curriculum plan. Of a class that the file names the plan is taken as a
    whole."""
    subjects = {fold(s.name): s.id for s in Subject.select().where(Subject.school == run.school)}
    named = {classes[row.class_name] for row in run.files.curriculum}
    known = {
        (line.school_class_id, line.subject_id): line
        for line in CurriculumLine.select().where(
            CurriculumLine.school == run.school, CurriculumLine.school_class.in_(named)
        )
    }
    for row in run.files.curriculum:
        run.now_at(CURRICULUM, row.line)
        class_id, subject_id = classes[row.class_name], subjects[fold(row.subject)]
        values = {
            "school": run.school.id,
            "school_class": class_id,
            "subject": subject_id,
            "hours_in_week": Fraction(row.hours_in_week),
            "hours_in_year": Fraction(row.hours_in_year) if row.hours_in_year else None,
        }
        run.put("curriculum_line", CurriculumLine, known.pop((class_id, subject_id), None), values)
    run.now_at("", 0)
    for line in known.values():
        run.drop("curriculum_line", line)


def put_bells(run: Running) -> dict[str, int]:
    """Bring bell schedules and bells up to date; returns the schedules' ids by folded name."""
    schedules = {
        fold(row.name): row.id
        for row in BellSchedule.select().where(BellSchedule.school == run.school)
    }
    bells = {
        (bell.bell_schedule_id, bell.lesson_number): bell
        for bell in Bell.select().where(Bell.school == run.school)
    }
    for row in run.files.bells:
        run.now_at(BELLS, row.line)
        key = fold(row.schedule)
        if key not in schedules:
            values = {"school": run.school.id, "name": row.schedule}
            schedules[key] = run.make(BellSchedule, values).id
        if not row.line:
            bells.pop((schedules[key], row.lesson_number), None)
            continue
        values = {
            "school": run.school.id,
            "bell_schedule": schedules[key],
            "lesson_number": row.lesson_number,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
        }
        found = bells.pop((schedules[key], row.lesson_number), None)
        run.put("bell", Bell, found, values)
    run.note_left("звонки", (f"урок {bell.lesson_number}" for bell in bells.values()))
    return schedules


def put_periods(run: Running) -> None:
    if not run.brings(PERIODS):
        return
    periods = {
        (period.kind, period.ordinal, period.from_grade): period
        for period in StudyPeriod.select().where(
            StudyPeriod.school == run.school, StudyPeriod.school_year == run.year
        )
    }
    for row in run.files.periods:
        run.now_at(PERIODS, row.line)
        values = {
            "school": run.school.id,
            "school_year": run.year.id,
            "kind": row.kind,
            "ordinal": row.ordinal,
            "name": row.name,
            "from_grade": row.from_grade,
            "until_grade": row.until_grade,
            "from_on": row.from_on,
            "until_on": row.until_on,
        }
        found = periods.pop((row.kind, row.ordinal, row.from_grade), None)
        run.put("study_period", StudyPeriod, found, values)
    run.note_left("учебные периоды", (period.name for period in periods.values()))


def put_breaks(run: Running) -> None:
    """Bring holidays up to date. Of those with another first day the name tells which is
    which: moved holidays are one row, not two."""
    if not run.brings(HOLIDAYS):
        return
    left = list(
        SchoolBreak.select()
        .where(
            SchoolBreak.school == run.school,
            SchoolBreak.from_on.between(run.year.from_on, run.year.until_on),
        )
        .order_by(SchoolBreak.from_on, SchoolBreak.id)
    )
    wanted: list[tuple[int, dict[str, Any]]] = [
        (
            row.line,
            {
                "school": run.school.id,
                "kind": row.kind,
                "name": row.name,
                "from_grade": row.from_grade,
                "until_grade": row.until_grade,
                "from_on": row.from_on,
                "until_on": row.until_on,
            },
        )
        for row in run.files.breaks
    ]
    for told_by in (("name", "from_grade", "from_on"), ("name", "from_grade")):
        unmatched = []
        for line, values in wanted:
            run.now_at(HOLIDAYS, line)
            found = next((row for row in left if not run.differing(row, values, told_by)), None)
            if found:
                left.remove(found)
                run.put("school_break", SchoolBreak, found, values)
            else:
                unmatched.append((line, values))
        wanted = unmatched
    for line, values in wanted:
        run.now_at(HOLIDAYS, line)
        run.put("school_break", SchoolBreak, None, values)
    run.note_left("каникулы и выходные", (row.name for row in left))


def put_classes(run: Running) -> dict[str, int]:
    """Bring the year's classes up to date; returns their ids by name."""
    classes = {
        f"{row.grade}{row.letter}": row.id
        for row in SchoolClass.select().where(
            SchoolClass.school == run.school, SchoolClass.school_year == run.year
        )
    }
    named = {row.name for row in run.files.classes}
    run.note_left("классы", classes.keys() - named)
    for row in run.files.classes:
        run.now_at(CLASSES, row.line)
        if row.name in classes:
            if row.line:
                run.keep("school_class")
            continue
        values = {
            "school": run.school.id,
            "school_year": run.year.id,
            "grade": row.grade,
            "letter": row.letter,
        }
        classes[row.name] = run.put("school_class", SchoolClass, None, values).id
    return classes
