"""The timetable as schools have it: shifts, lesson 0, parallel subgroups, odd and even weeks,
streams, individual plans, home schooling; and a timetable that changes in the middle of a year."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from school.actions.history import Act
from school.models import Lesson, Person, School, TeachingGroup, TimetableEntry
from tests.school.test_spreadsheets import check, db, school, text_file, write, wrong

__all__ = ["db", "school"]

STAFF = "ФИО;Должность\n" + "".join(
    f"{name};учитель\n"
    for name in ("Алгебраева Анна Ильинична", "Англова Ева Олеговна", "Бритова Зоя Петровна",
                 "Домашнева Вера Львовна")
)  # fmt: skip
PUPILS = (
    "ФИО;Дата рождения;Класс\n"
    "Иванов Иван;03.02.2014;6А\nПетров Пётр;04.02.2014;6А\nСидоров Олег;05.02.2014;6А\n"
    "Егоров Егор;06.02.2014;6Б\nТихонов Тихон;07.02.2014;6Б\n"
)
BELLS = (
    "№ урока;Начало;Конец;Смена\n"
    "0;07:40;08:20;1-я смена\n1;08:30;09:10;1-я смена\n2;09:20;10:00;1-я смена\n"
    "1;14:00;14:40;2-я смена\n2;14:50;15:30;2-я смена\n"
)
PERIODS = "Вид;Название;С класса;По класс;Начало;Конец\nгод;Год;1;11;01.09.2026;31.05.2027\n"
PERIODS += "четверть;1-я четверть;1;11;01.09.2026;25.10.2026\n"
PERIODS += "четверть;2-я четверть;1;11;02.11.2026;30.12.2026\n"
GROUPS = (
    "Предмет;Класс;Учитель;Группа;Вид;Состав\n"
    "Алгебра;6А;Алгебраева А.И.;;;\n"
    "Алгебра;6Б;Алгебраева А.И.;;;\n"
    "Английский;6А;Англова Е.О.;6А англ. 1;часть;Иванов Иван; Петров Пётр\n"
).replace("Иванов Иван; Петров Пётр", '"Иванов Иван; Петров Пётр"') + (
    "Английский;6А;Бритова З.П.;6А англ. 2;часть;Сидоров Олег\n"
    'Хор;;Англова Е.О.;Хор 6-х;поток;"Иванов Иван; Егоров Егор"\n'
    "Алгебра;6Б;Домашнева В.Л.;Тихонов на дому;обучение на дому;Тихонов Тихон\n"
)
TIMETABLE = (
    "День;Урок;Предмет;Класс;Смена;Неделя;Кабинет\n"
    "понедельник;1;Алгебра;6А;1-я смена;;1\n"
    "понедельник;1;Алгебра;6Б;2-я смена;;1\n"
    "понедельник;2;Английский;6А англ. 1;1-я смена;;2\n"
    "понедельник;2;Английский;6А англ. 2;1-я смена;;3\n"
    "вторник;0;Хор;Хор 6-х;1-я смена;чётная;зал\n"
    "вторник;1;Алгебра;Тихонов на дому;1-я смена;нечётная;\n"
)


def files(tmp_path: Path, timetable: str = TIMETABLE) -> list[Path]:
    return [
        text_file(tmp_path, text, name)
        for name, text in (
            ("Учителя.csv", STAFF), ("Ученики.csv", PUPILS), ("Звонки.csv", BELLS),
            ("Периоды.csv", PERIODS), ("Группы.csv", GROUPS), ("Расписание.csv", timetable),
        )
    ]  # fmt: skip


@pytest.mark.requirement("H22")
def test_everything_a_timetable_has(school: School, tmp_path: Path) -> None:
    checked = check(school, *files(tmp_path))
    assert not wrong(checked)
    write(checked)
    kinds = {group.name: group.kind for group in TeachingGroup.select()}
    assert kinds["Хор 6-х"] == "stream"
    assert kinds["Тихонов на дому"] == "individual"
    starts = {
        (lesson.teaching_group.name, lesson.lesson_number, lesson.starts_at.strftime("%H:%M"))
        for lesson in Lesson.select()
    }
    # Yekaterinburg is five hours ahead.
    assert ("6А", 1, "03:30") in starts
    assert ("6Б", 1, "09:00") in starts
    assert ("Хор 6-х", 0, "02:40") in starts
    choir = TeachingGroup.get(TeachingGroup.name == "Хор 6-х")
    weeks = {
        lesson.held_on.isocalendar().week % 2
        for lesson in Lesson.select().where(Lesson.teaching_group == choir)
    }
    assert weeks == {0}


@pytest.mark.requirement("H25")
def test_a_club_comes_in_with_the_groups(school: School, tmp_path: Path) -> None:
    """«Внеурочная деятельность» in the column of marks: attendance and no marks."""
    lines = GROUPS.splitlines()
    told = [f"{lines[0]};Отметки"] + [
        f"{line};{'внеурочная деятельность' if line.startswith('Хор') else ''}"
        for line in lines[1:]
    ]
    paths = files(tmp_path)
    text_file(tmp_path, "\n".join(told) + "\n", "Группы.csv")
    checked = check(school, *paths)
    assert not wrong(checked)
    write(checked)
    choir = TeachingGroup.get(TeachingGroup.name == "Хор 6-х")
    assert (choir.is_extracurricular, choir.marking) == (True, "none")
    assert not TeachingGroup.get(TeachingGroup.name == "6А").is_extracurricular


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("понедельник;2;Алгебра;6Б;1-я смена;;2\n", "кабинет 2 в понедельник на уроке 2 уже занят"),
        ("понедельник;1;Хор;Хор 6-х;1-я смена;;\n", "в понедельник на уроке 1 у этих учеников уже"),
        ("понедельник;1;Алгебра;6Б;1-я смена;;9\n", "в понедельник на уроке 1 уже занят"),
        ("вторник;7;Алгебра;6А;1-я смена;;\n", "для урока 7 нет звонка"),
    ],
    ids=["room", "pupil", "teacher", "no bell"],
)
def test_a_clash_is_named_by_day_and_lesson(school, tmp_path, row, words) -> None:
    found = wrong(check(school, *files(tmp_path, TIMETABLE + row)))
    assert any(words in line and "Расписание.csv, строка 8" in line for line in found), found


def test_a_timetable_changed_from_a_date_keeps_what_was_held(school, tmp_path) -> None:
    write(check(school, *files(tmp_path)))
    algebra = TeachingGroup.get(TeachingGroup.name == "6А")
    teacher = Person.get(Person.surname == "Алгебраева")
    held = Lesson.get(Lesson.teaching_group == algebra, Lesson.held_on == date(2026, 9, 14))
    Lesson.update(
        attendance_taken_at=datetime(2026, 9, 14, 5, tzinfo=UTC), attendance_taken_by=teacher
    ).where(Lesson.id == held.id).execute()
    changed = TIMETABLE.replace(
        "понедельник;1;Алгебра;6А;1-я смена;;1\n", "среда;1;Алгебра;6А;1-я смена;;7\n"
    )
    in_october = Act(datetime(2026, 10, 7, 8, tzinfo=UTC), None, "october")
    write(check(school, *files(tmp_path, changed)), in_october)
    days = [
        lesson.held_on
        for lesson in Lesson.select()
        .where(Lesson.teaching_group == algebra)
        .order_by(Lesson.held_on)
    ]
    before = [day for day in days if day <= date(2026, 10, 7)]
    after = [day for day in days if day > date(2026, 10, 7)]
    assert {day.isoweekday() for day in before} == {1}
    assert {day.isoweekday() for day in after} == {3}
    assert Lesson.get_by_id(held.id).attendance_taken_at is not None
    ended = TimetableEntry.get(
        TimetableEntry.teaching_group == algebra, TimetableEntry.weekday == 1
    )
    assert ended.until_on == date(2026, 10, 7)
