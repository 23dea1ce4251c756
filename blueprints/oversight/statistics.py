"""What a school reads out of its results and its lessons, on the page and as spreadsheets."""

from fractions import Fraction
from typing import Any

from flask import abort, request, url_for

from blueprints.access import load_answered_school, now, permit
from blueprints.downloads import send_report
from blueprints.oversight.views import blueprint
from blueprints.responses import page
from school import clock, wording
from school import wording_statistics as words
from school.exchange.report import Cell, ReportSheet
from school.queries.lesson_counts import GroupLessons, YearLessons, get_year_lessons
from school.queries.movement import SchoolMovement, get_movement
from school.queries.schools import SchoolLine
from school.queries.statistics import (
    CLASS,
    SLICES,
    ReportedChoice,
    Statistics,
    StatisticsLine,
    find_reported,
    get_statistics,
    group_standings,
    list_standings,
)
from school.rules.access import DEPUTY_HEAD, HEAD
from school.rules.statistics import STANDINGS, Stay

SLICE_TITLES = {
    "class": "по классам",
    "subject": "по предметам",
    "teacher": "по учителям",
    "programme": "по уровням образования",
    "group": "по видам групп",
}
_HEADS = (
    "Всего", "5", "4", "3", "2", "н/а", "осв", "зач", "незач", "Успеваемость", "Качество знаний",
    "Средний балл", "СОУ", "Отметок на ученика", "Успеваемость раньше", "Качество раньше",
)  # fmt: skip


@blueprint.get("/schools/<id:school_id>/statistics")
@permit(DEPUTY_HEAD, HEAD)
def statistics(school_id: int) -> Any:
    """Results of a period by class, subject, teacher, programme or kind of group (E5, E6)."""
    school, choice = load_reported(school_id)
    by = request.args.get("by", CLASS)
    if by not in SLICES:
        abort(404)
    return page(
        "oversight/statistics.html",
        school=school,
        choice=choice,
        found=get_statistics(school_id, choice.shown, choice.before),
        by=by,
        slices=SLICE_TITLES,
        address=lambda by: url_for(
            "oversight.statistics", school_id=school_id, of=choice.shown.key, by=by
        ),
        made_at=clock.local(now(), school.time_zone),
    )


@blueprint.get("/schools/<id:school_id>/standings")
@permit(DEPUTY_HEAD, HEAD)
def standings(school_id: int) -> Any:
    """Отличники, хорошисты, those with one «4» or one «3», неуспевающие; and who came and left."""
    school, choice = load_reported(school_id)
    shown = choice.shown
    return page(
        "oversight/standings.html",
        school=school,
        choice=choice,
        lists=group_standings(list_standings(school_id, shown)),
        titles=words.STANDING_TITLES,
        movement=get_movement(school_id, shown.from_on, shown.until_on),
    )


@blueprint.get("/schools/<id:school_id>/statistics.xlsx")
@permit(DEPUTY_HEAD, HEAD)
def statistics_sheet(school_id: int) -> Any:
    """All slices, the lists and the movement as one spreadsheet."""
    school, choice = load_reported(school_id)
    shown = choice.shown
    sheets = [
        *_statistics_sheets(school, choice, get_statistics(school_id, choice.shown, choice.before)),
        _standings_sheet(school, choice),
        _movement_sheet(school, choice, get_movement(school_id, shown.from_on, shown.until_on)),
    ]
    return send_report(
        sheets,
        f"statistics-{school.short_name}-{shown.from_on}-{shown.until_on}.xlsx",
        school_id=school_id,
        detail=f"статистика, {shown.name}",
    )


@blueprint.get("/schools/<id:school_id>/curriculum")
@permit(DEPUTY_HEAD, HEAD)
def curriculum(school_id: int) -> Any:
    """Lessons given against the curriculum plan, and what is still to give (E5)."""
    school = load_answered_school(school_id)
    found = _year_lessons(school)
    only = request.args.get("only", "")
    groups = found.groups if only != "short" else tuple(g for g in found.groups if g.is_short)
    return page(
        "oversight/curriculum.html",
        school=school,
        found=found,
        groups=groups,
        short=sum(group.is_short for group in found.groups),
        only=only,
        made_at=clock.local(now(), school.time_zone),
    )


@blueprint.get("/schools/<id:school_id>/curriculum.xlsx")
@permit(DEPUTY_HEAD, HEAD)
def curriculum_sheet(school_id: int) -> Any:
    """The same as a spreadsheet."""
    school = load_answered_school(school_id)
    found = _year_lessons(school)
    today = clock.today(school.time_zone)
    heads = (
        "Класс", "Группа", "Предмет", "Учитель", "По плану на год", "Дано", "Из них с заменой",
        "Дополнительных", "Отменено", "Впереди", "Не хватит до плана", "Работы для всего класса",
    )  # fmt: skip
    title = f"{school.name}: уроки по учебному плану, на {today:%d.%m.%Y}"
    return send_report(
        [ReportSheet("Учебный план", title, heads, [_lessons_row(g) for g in found.groups])],
        f"curriculum-{school.short_name}-{today}.xlsx",
        school_id=school_id,
        detail="уроки по учебному плану",
    )


def load_reported(school_id: int) -> tuple[SchoolLine, ReportedChoice]:
    """The school, and what of its results `of` asks for."""
    school = load_answered_school(school_id)
    choice = find_reported(school_id, clock.today(school.time_zone), request.args.get("of", ""))
    if choice is None:
        abort(404)
    return school, choice


def _year_lessons(school: SchoolLine) -> YearLessons:
    found = get_year_lessons(school.school_id, clock.today(school.time_zone), now())
    if found is None:
        abort(404)
    return found


def _statistics_sheets(
    school: SchoolLine, choice: ReportedChoice, found: Statistics
) -> list[ReportSheet]:
    title = f"{school.name}: {choice.shown.name}"
    sheets = [
        ReportSheet(
            wording.capital(SLICE_TITLES[by]),
            title,
            ("Кто", *_HEADS),
            [_line_row(line) for line in (*found.slices[by], found.total)],
        )
        for by in SLICES
    ]
    if found.compared:
        rows = [
            (subject, one.all, one.higher, one.same, one.lower, one.same_rate)
            for subject, one in found.compared
        ]
        heads = ("Предмет", "Сравнили", "Выше года", "Как в году", "Ниже года", "Подтвердили")
        sheets.append(ReportSheet("Год и экзамен", title, heads, rows))
    return sheets


def _line_row(line: StatisticsLine) -> tuple[Cell, ...]:
    counts, before = line.counts, line.before
    return (
        line.name,
        counts.counted,
        *(counts.of(value) for value in ("5", "4", "3")),
        counts.of("2", "1"),
        *(counts.of(value) for value in ("н/а", "осв", "зач", "незач")),
        counts.pass_rate,
        counts.quality_rate,
        words.decimal(counts.mean),
        counts.attainment,
        words.decimal(line.density),
        before.pass_rate if before else None,
        before.quality_rate if before else None,
    )


def _standings_sheet(school: SchoolLine, choice: ReportedChoice) -> ReportSheet:
    lists = group_standings(list_standings(school.school_id, choice.shown))
    rows = [
        (
            words.STANDING_TITLES[key],
            one.class_name,
            one.name,
            words.standing_subjects(one.subjects, key),
        )
        for key in STANDINGS
        for one in lists[key]
    ]
    return ReportSheet(
        "Списки",
        f"{school.name}: {choice.shown.name}",
        ("Список", "Класс", "Ученик", "Предметы"),
        rows,
    )


def _movement_sheet(
    school: SchoolLine, choice: ReportedChoice, found: SchoolMovement
) -> ReportSheet:
    shown = choice.shown
    rows = [
        (
            line.name,
            line.movement.at_start,
            len(line.movement.arrived),
            len(line.movement.left),
            line.movement.at_end,
            _stays(line.movement.arrived, found, "прибыл"),
            _stays(line.movement.left, found, "выбыл"),
        )
        for line in (*found.classes, *found.programmes, found.school)
    ]
    return ReportSheet(
        "Движение",
        f"{school.name}: движение, {shown.from_on:%d.%m.%Y} — {shown.until_on:%d.%m.%Y}",
        ("Класс", "В начале", "Прибыло", "Выбыло", "В конце", "Кто прибыл", "Кто выбыл"),
        rows,
    )


def _stays(stays: tuple[Stay, ...], found: SchoolMovement, event: str) -> str:
    return "; ".join(
        f"{found.names[stay.pupil_id]}, "
        f"{(stay.from_on if event == 'прибыл' else stay.until_on or stay.from_on):%d.%m.%Y}"
        for stay in stays
    )


def _lessons_row(group: GroupLessons) -> tuple[Cell, ...]:
    counts = group.counts
    works = ", ".join(f"{kind}: {n}" for kind, n in counts.with_works.items())
    lacking = counts.lacking
    return (
        group.class_name, group.group_name, group.subject, group.teachers,
        _hours(counts.planned), counts.given, counts.substituted, counts.extra, counts.cancelled,
        counts.ahead, _hours(max(lacking, Fraction(0)) if lacking is not None else None), works,
    )  # fmt: skip


def _hours(value: Fraction | None) -> Cell:
    """Whole lessons as a number, others as people write them."""
    if value is None:
        return None
    return int(value) if value.denominator == 1 else words.hours(value)
