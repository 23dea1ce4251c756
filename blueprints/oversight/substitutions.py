"""The sheet of a day's changes for the notice board, and the journal of missed and substituted
lessons by teacher and month, for pay (H25)."""

import calendar
import re
from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from blueprints.access import load_run_school, now, permit
from blueprints.downloads import send_report
from blueprints.oversight.views import blueprint
from blueprints.papers.documents import Document, ask_for_paper, document_page, flow_document
from blueprints.responses import page
from school import clock
from school.exchange.report import ReportSheet
from school.queries.day_changes import list_day_changes
from school.queries.schools import SchoolLine
from school.queries.substitution_journal import (
    CANCELLED,
    EXTRA,
    GIVEN,
    JOINT,
    MISSED,
    MOVED,
    SUBSTITUTED,
    Journal,
    TeacherHours,
    count_total,
    get_journal,
)
from school.queries.timetable_board import (
    list_board,
    list_changed_lessons,
    list_lesson_changes,
)
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD
from school.rules.flow import Block, Paragraph, Table
from school.wording import full_day, long_day, room
from school.wording_timetable import ABSENCE_REASONS

READS = (ADMINISTRATOR, DEPUTY_HEAD, HEAD)
FAR = (date(1900, 1, 1), date(2200, 1, 1))
MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)
MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь",
    "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
#: What a line of the journal tells of.
WHATS = {
    SUBSTITUTED: "замена",
    CANCELLED: "отменён",
    EXTRA: "дополнительный",
    MOVED: "перенесён",
}
COUNTED = (
    (GIVEN, "Дано"), (MISSED, "Пропущено"), (SUBSTITUTED, "Заменено за других"),
    (JOINT, "Из них объединено"), (CANCELLED, "Отменено"), (EXTRA, "Дополнительно"),
    (MOVED, "Перенесено"),
)  # fmt: skip


# The sheet of changes


def _sheet_rows(school: SchoolLine, day: date) -> list[tuple[str, str, str]]:
    """Lesson, class and subject, what changed: of lessons that are on the day or left it."""
    ids = list_changed_lessons(school.school_id, day, day)
    changes = list_lesson_changes(school.school_id, ids)
    rows = []
    for lesson in list_board(school.school_id, *FAR, lesson_ids=ids):
        said = [
            line.words
            for line in changes[lesson.lesson_id]
            if not line.is_replaced and not (line.kind == "extra" and line.day_change_id)
        ]
        if not said:
            continue
        number = lesson.lesson_number
        if lesson.held_on != day:
            moved = next((x for x in changes[lesson.lesson_id] if x.kind == "move"), None)
            number = moved.number_was if moved and moved.number_was is not None else number
            said = [f"Урок перенесён на {long_day(lesson.held_on)}, {lesson.lesson_number}-й"]
        where = f", {room(lesson.placed.room)}" if lesson.placed.room else ""
        rows.append((f"{number}-й", f"{lesson.placed.group_name}, {lesson.placed.subject}{where}",
                     ". ".join(said)))  # fmt: skip
    return sorted(rows, key=lambda row: (int(row[0].partition("-")[0]), row[1]))


def _sheet_blocks(school: SchoolLine, day: date) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(f"{line.whose}: {line.words}.")
        for line in list_day_changes(school.school_id, day)
    ]
    rows = _sheet_rows(school, day)
    if rows:
        columns = (("Урок", 10), ("Класс, предмет", 35), ("Изменение", 55))
        blocks.append(Table("Изменения в уроках", columns, tuple(rows)))
    else:
        blocks.append(Paragraph("Изменений в уроках нет."))
    return blocks


@blueprint.route("/schools/<id:school_id>/changes-sheet/<day:day>", methods=["GET", "POST"])
@permit(*READS)
def changes_sheet(school_id: int, day: date) -> Any:
    """A day's changes for the notice board, on paper; no reason of an absence stands there."""
    school = load_run_school(school_id, to_change=False)
    title = f"Изменения в расписании: {long_day(day)}"
    document = _document(school, "changes", title, _sheet_blocks(school, day))
    if request.method == "POST":
        return ask_for_paper(document)
    step = timedelta(days=1)

    def address(shown: date) -> str:
        return url_for("oversight.changes_sheet", school_id=school_id, day=shown)

    return document_page(
        document,
        back=url_for("oversight.whereabouts", school_id=school_id, day=day.isoformat()),
        back_words="Кто сейчас где",
        steps=[
            (address(day - step), long_day(day - step)),
            (address(day + step), long_day(day + step)),
            (
                url_for("oversight.changes_table", school_id=school_id, day=day),
                "Скачать таблицей (XLSX)",
            ),
        ],
        sizes=lambda points: url_for(
            "oversight.changes_sheet", school_id=school_id, day=day, points=points
        ),
    )


@blueprint.get("/schools/<id:school_id>/changes-sheet/<day:day>.xlsx")
@permit(*READS)
def changes_table(school_id: int, day: date) -> Any:
    """The same as a spreadsheet."""
    school = load_run_school(school_id, to_change=False)
    title = f"{school.name}: изменения в расписании, {full_day(day)}"
    heads = ("Урок", "Класс, предмет", "Изменение")
    sheet = ReportSheet("Изменения", title, heads, _sheet_rows(school, day))
    name = f"changes-{school.short_name}-{day}.xlsx"
    detail = f"изменения в расписании, {day}"
    return send_report([sheet], name, school_id=school_id, detail=detail)


def _document(school: SchoolLine, kind: str, title: str, blocks: list[Block]) -> Document:
    signs = [("Заместитель директора", "")]
    return flow_document(kind, school, title, blocks, signs)


# The journal


def month_of(school: SchoolLine) -> tuple[date, date]:
    """The first and last day of the month that was asked for, else of this one."""
    asked = request.args.get("month", "")
    first = clock.today(school.time_zone).replace(day=1)
    if MONTH.fullmatch(asked):
        first = date(int(asked[:4]), int(asked[5:]), 1)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def month_words(first: date) -> str:
    """«ноябрь 2026 года»."""
    return f"{MONTHS[first.month - 1]} {first.year} года"


def _missed(teacher: TeacherHours) -> str:
    """«больничный — 4, причина не записана — 1»."""
    return ", ".join(
        f"{ABSENCE_REASONS.get(cause, 'причина не записана')} — {n}"
        for cause, n in teacher.missed.most_common()
    )


@blueprint.get("/schools/<id:school_id>/substitutions")
@permit(*READS)
def substitutions(school_id: int) -> Any:
    """Lessons given, missed, substituted, cancelled, extra and moved, by teacher and month."""
    school = load_run_school(school_id, to_change=False)
    first, last = month_of(school)
    journal = get_journal(school_id, first, last, now())
    teacher_id = request.args.get("teacher", type=int)
    chosen = next((one for one in journal.teachers if one.teacher_id == teacher_id), None)
    lines = [
        line
        for line in journal.lines
        if chosen is None or chosen.name in (line.teacher_was, line.teacher_is)
    ]

    def address(endpoint: str, month: date, **more: Any) -> str:
        return url_for(f"oversight.{endpoint}", school_id=school_id, month=f"{month:%Y-%m}", **more)

    return page(
        "oversight/substitutions.html",
        school=school,
        month=month_words(first),
        first=first,
        before=(first - timedelta(days=1)).replace(day=1),
        after=last + timedelta(days=1),
        journal=journal,
        total=count_total(journal.teachers),
        chosen=chosen,
        lines=lines,
        counted=COUNTED,
        whats=WHATS,
        causes=ABSENCE_REASONS,
        missed=_missed,
        month_words=month_words,
        address=address,
    )


@blueprint.get("/schools/<id:school_id>/substitutions.xlsx")
@permit(*READS)
def substitutions_table(school_id: int) -> Any:
    """The journal as a spreadsheet."""
    school = load_run_school(school_id, to_change=False)
    first, last = month_of(school)
    journal = get_journal(school_id, first, last, now())
    title = f"{school.name}: пропущенные и заменённые уроки, {month_words(first)}"
    return send_report(
        _tables(journal, title),
        f"substitutions-{school.short_name}-{first:%Y-%m}.xlsx",
        school_id=school_id,
        detail=f"пропущенные и заменённые уроки, {first:%Y-%m}",
    )


def _tables(journal: Journal, title: str) -> list[ReportSheet]:
    heads = tuple(words for _, words in COUNTED)
    return [
        ReportSheet(
            "По учителям",
            title,
            ("Учитель", *heads, "Внеурочных", "Почему пропущено"),
            [
                (one.name, *(one.counts[what] for what, _ in COUNTED), one.extracurricular,
                 _missed(one))
                for one in journal.teachers
            ],
        ),
        ReportSheet(
            "Уроки",
            title,
            ("Кто должен был", "День", "Урок", "Предмет", "Класс", "Что", "Кто вёл", "Причина"),
            [_table_row(line) for line in journal.lines],
        ),
        ReportSheet(
            "Часы по группам",
            title,
            ("Учитель", "Предмет, класс", "Дано уроков"),
            [
                (one.name, group, lessons)
                for one in journal.teachers
                for group, lessons in sorted(one.by_group.items())
            ],
        ),
    ]  # fmt: skip


def _table_row(line: Any) -> tuple[Any, ...]:
    joint = ", группы объединены" * line.is_joint
    held_by = "" if line.what == CANCELLED else line.teacher_is
    return (
        line.teacher_was, f"{line.held_on:%d.%m.%Y}", line.lesson_number, line.subject,
        line.group_name, WHATS[line.what] + joint, held_by,
        ABSENCE_REASONS.get(line.cause, ""),
    )  # fmt: skip


@blueprint.route("/schools/<id:school_id>/substitutions/paper", methods=["GET", "POST"])
@permit(*READS)
def substitutions_paper(school_id: int) -> Any:
    """The journal on paper, to be signed."""
    school = load_run_school(school_id, to_change=False)
    first, last = month_of(school)
    journal = get_journal(school_id, first, last, now())
    title = f"Журнал пропущенных и заменённых уроков: {month_words(first)}"
    document = _document(school, "substitutions", title, _journal_blocks(journal))
    if request.method == "POST":
        return ask_for_paper(document)
    month = f"{first:%Y-%m}"
    return document_page(
        document,
        back=url_for("oversight.substitutions", school_id=school_id, month=month),
        back_words="К журналу",
        sizes=lambda points: url_for(
            "oversight.substitutions_paper", school_id=school_id, month=month, points=points
        ),
    )


def _journal_blocks(journal: Journal) -> list[Block]:
    heads = (("Учитель", 30), ("Дано", 10), ("Проп.", 10), ("Замен", 10), ("Отм.", 10),
             ("Доп.", 10), ("Пер.", 10), ("Внеур.", 10))  # fmt: skip
    numbers = (GIVEN, MISSED, SUBSTITUTED, CANCELLED, EXTRA, MOVED)
    rows = tuple(
        (one.name, *(str(one.counts[what] or "") for what in numbers),
         str(one.extracurricular or ""))
        for one in journal.teachers
    )  # fmt: skip
    blocks: list[Block] = [
        Paragraph("Дано — проведённые уроки, замены в том числе. Уроки, которые ещё не кончились, "
                  "не считаются."),
        Table("По учителям", heads, rows),
    ]  # fmt: skip
    lines = tuple(
        (
            f"{line.held_on:%d.%m}, {line.lesson_number}-й",
            f"{line.group_name}, {line.subject}",
            line.teacher_was,
            WHATS[line.what] + ", группы объединены" * line.is_joint
            + (f": {line.teacher_is}" if line.what != CANCELLED else ""),
            ABSENCE_REASONS.get(line.cause, ""),
        )
        for line in journal.lines
    )  # fmt: skip
    if lines:
        columns = (("Урок", 15), ("Класс, предмет", 20), ("Учитель", 25), ("Что", 25),
                   ("Причина", 15))  # fmt: skip
        blocks.append(Table("Уроки, которые прошли иначе", columns, lines))
    return blocks
