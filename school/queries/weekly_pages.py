"""A pupil's week in the words of a printout: marks with what they are for, absences with their
reasons, homework, changes, results (D1; Регламент СОШ № 19, п. 4)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from school import wording
from school.clock import local
from school.queries.diary_news import NewsItem
from school.queries.weekly import ClassWeek, PupilWeek, WeekAbsence, WeekMark, WeekWords
from school.rules.access import ATTENDANCE, COMMENTS, MARKS, TIMETABLE
from school.rules.marks import LATE
from school.rules.weekly_page import Line, Section, WeeklyPage, line


def week_title(monday: date) -> str:
    """«Дневник за неделю 16–22 ноября 2026 года»."""
    return f"Дневник за неделю {wording.span(monday, monday + timedelta(days=6))}"


def make_page(
    paper_way_id: int,
    names: tuple[str, str, str],
    monday: date,
    week: PupilWeek,
    of_class: ClassWeek,
    *,
    earlier: Sequence[NewsItem],
    hidden: Collection[str],
    points: int,
    time_zone: str,
) -> WeeklyPage:
    """The page of one recipient. `names` are the recipient, the pupil and the class; `earlier` is
    what was entered for the weeks before since their last printout; what is `hidden` from the
    recipient (rules/access.py, AREAS) is left out."""
    recipient, pupil, class_name = names
    sections = []
    if MARKS not in hidden:
        sections.append(Section("Отметки", _marks(week.marks)))
        if week.results:
            sections.append(Section("Результаты", _results(week.results)))
    if ATTENDANCE not in hidden:
        sections.append(Section("Пропуски и опоздания", _absences(week.absences)))
    if COMMENTS not in hidden and week.comments:
        sections.append(Section("Замечания и слова учителей", _by_lesson(week.comments)))
    if earlier:
        lines = tuple(line(item.rest.lstrip(), item.head) for item in earlier)
        sections.append(Section("Внесено позже за прошлые недели", lines))
    changes = () if TIMETABLE in hidden else (*week.changes, *of_class.days)
    if changes:
        found = tuple(line(wording.capital(text)) for text in changes)
        sections.append(Section("Изменения в расписании, каникулы", found))
    if week.tests and MARKS not in hidden:
        sections.append(Section("Контрольные на следующей неделе", _by_lesson(week.tests)))
    sections.append(Section("Домашние задания", _homework(week.homework)))
    about = [f"Ученик: {pupil}, {class_name}"]
    if recipient and recipient != pupil:
        about.insert(0, f"Кому: {recipient}")
    return WeeklyPage(
        paper_way_id,
        week_title(monday),
        tuple(about),
        tuple(sections),
        points,
        _last_entry(week.last_entry_at, time_zone),
    )


def _last_entry(at: datetime | None, time_zone: str) -> str:
    if at is None:
        return "Записей за эту неделю ещё нет."
    moment = local(at, time_zone)
    return f"Последняя запись {moment:%d.%m.%Y} в {moment:%H:%M}."


def _marks(marks: Sequence[WeekMark]) -> tuple[Line, ...]:
    if not marks:
        return (line("Отметок за эту неделю нет."),)
    by_subject: dict[str, list[str]] = defaultdict(list)
    for found in marks:
        said = wording.mark_of_work(
            found.marks, found.kind, found.title, found.weight, found.worked_on
        )
        by_subject[found.subject].append(f"{said} ({found.held_on:%d.%m})")
    ordered = sorted(by_subject.items(), key=lambda item: item[0].casefold())
    return tuple(line(f"{'; '.join(said)}.", f"{subject}:") for subject, said in ordered)


def _results(results: Sequence[tuple[str, str, str]]) -> tuple[Line, ...]:
    return tuple(
        line(
            f"{'; '.join(f'{subject} — {value}' for _, subject, value in of_column)}.",
            f"{name}:",
        )
        for name, of_column in groupby(results, key=lambda result: result[0])
    )


def _absences(absences: Sequence[WeekAbsence]) -> tuple[Line, ...]:
    if not absences:
        return (line("Пропусков и опозданий нет."),)
    lines = []
    for day, of_day in groupby(absences, key=lambda absence: absence.held_on):
        said = []
        for (code, minutes), alike in groupby(of_day, key=lambda a: (a.code, a.late_minutes)):
            lessons = list(alike)
            which = ", ".join(
                f"{found.lesson_number}-й урок, {found.subject}"
                + (f" (тема: {found.topic})" if found.topic and code != LATE else "")
                for found in lessons
            )
            said.append(f"{which} — {wording.attendance(code, minutes)}")
        lines.append(line(f"{'; '.join(said)}.", f"{wording.capital(wording.long_day(day))}:"))
    return tuple(lines)


def _by_lesson(words: Sequence[WeekWords]) -> tuple[Line, ...]:
    return tuple(
        line(wording.capital(found.text), f"{found.held_on:%d.%m}, {found.subject}:")
        for found in words
    )


def _homework(homework: Sequence[WeekWords]) -> tuple[Line, ...]:
    """A paragraph a day: so a week is on one sheet mostly."""
    if not homework:
        return (line("Домашних заданий на этой неделе не задавали."),)
    lines = []
    for day, of_day in groupby(homework, key=lambda found: found.held_on):
        runs = [(f"{wording.capital(wording.long_day(day))}.", "")]
        for found in of_day:
            own = " (задано лично)" if found.is_own else ""
            runs.append((f"{found.subject}{own}:", _ended(found.text)))
        lines.append(Line(tuple(runs)))
    return tuple(lines)


def _ended(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
