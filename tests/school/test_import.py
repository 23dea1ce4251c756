"""A school from files: all or nothing, a sentence per wrong row, twice does no harm."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from school import clock
from school.actions import importing
from school.actions.history import Act
from school.actions.importing import ImportReport, import_school
from school.database import database, ensure_connection, open_database
from school.exchange.example import write_example_school
from school.exchange.problems import ImportRefused
from school.exchange.school_files import load_folder
from school.exchange.values import parse_class, parse_date
from school.models import (
    ALL_MODELS,
    Account,
    Bell,
    Enrolment,
    ExternalId,
    GroupMembership,
    GroupTeacher,
    Guardianship,
    History,
    Homework,
    Lesson,
    LessonChange,
    Person,
    Role,
    School,
    SchoolBreak,
    SchoolClass,
    Subject,
    TeachingGroup,
    TimetableEntry,
    WorkKind,
)
from school.passwords import is_correct
from school.queries.ties import get_ties

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/school-from-files"
IN_AUGUST = Act(datetime(2026, 8, 25, 8, tzinfo=UTC), None)
#: A Thursday.
IN_OCTOBER = Act(datetime(2026, 10, 15, 8, tzinfo=UTC), None)


@pytest.fixture
def db(sqlite_template: Path, tmp_path: Path) -> Iterator[None]:
    shutil.copy(sqlite_template, tmp_path / "x.db")
    open_database(f"sqlite:///{tmp_path}/x.db")
    ensure_connection()
    yield
    database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "files"))


@pytest.fixture
def loaded(db: None, folder: Path) -> ImportReport:
    return load(folder)


def load(folder: Path, act: Act = IN_AUGUST) -> ImportReport:
    return import_school(load_folder(folder), act=act)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def add(folder: Path, file: str, line: str) -> None:
    with open(folder / file, "a") as stream:
        stream.write(line + "\n")


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    return {model.__name__: sorted(model.select().tuples(), key=repr) for model in ALL_MODELS}


def changed_tables(before: dict[str, Any]) -> set[str]:
    after = everything()
    return {name for name in after if after[name] != before[name]}


def person(surname: str, given_name: str) -> Person:
    return Person.get(Person.surname == surname, Person.given_name == given_name)


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        load_folder(folder)
    return [str(problem) for problem in refused.value.problems]


# --- the example -------------------------------------------------------------------------


def test_the_example_comes_in(loaded: ImportReport) -> None:
    school = School.get()
    assert loaded.school_id == school.id
    assert (school.short_name, school.days_in_week) == ("school-7", 5)
    counts = {kind: count.new for kind, count in loaded.counts.items()}
    assert counts["staff"] == 4
    assert counts["pupil"] == 8
    assert counts["enrolment"] == Enrolment.select().count() == 8
    assert counts["timetable_entry"] == TimetableEntry.select().count() == 14
    assert counts["lesson"] == Lesson.select().count() > 300
    assert counts["bell"] == Bell.select().count() == 4
    # The parents of brother and sister once, the teacher who is a father as staff.
    assert counts["guardian"] == 8
    assert counts["guardianship"] == Guardianship.select().count() == 11
    kind = WorkKind.get(WorkKind.name == "Контрольная работа")
    assert (kind.weight, kind.is_important, kind.marks_expected) == (3, True, True)
    assert WorkKind.select().where(WorkKind.name == "Ответ на уроке").count() == 1
    assert not [note for note in loaded.notes if "оставлены" in note]


def test_lessons_stay_inside_the_periods_and_outside_the_holidays(loaded: ImportReport) -> None:
    days = [lesson.held_on for lesson in Lesson.select()]
    assert min(days) == date(2026, 9, 1)
    assert not [day for day in days if date(2026, 10, 26) <= day <= date(2026, 11, 1)]


def test_people_with_and_without_patronymic_hyphen_and_yo(loaded: ImportReport) -> None:
    assert person("Бек-Назарова", "Лейла").patronymic == ""
    assert person("Королёв", "Артём").birth_on == date(2019, 2, 3)
    logins = {row.login for row in Account.select()}
    assert logins == {"soloveva.ayu", "gromov", "kim.a", "director"}


def test_staff_can_work_at_once(loaded: ImportReport) -> None:
    assert len(loaded.passwords) == 4
    for issued in loaded.passwords:
        account = Account.get(Account.login == issued.login)
        assert account.must_change_password
        assert is_correct(issued.password, account.password_hash)
    teacher = person("Соловьёва", "Алёна")
    today = clock.today("Asia/Yekaterinburg")
    assert Role.select().where(Role.person == teacher, Role.from_on <= today).count() == 2
    ties = get_ties(person("Громов", "Пётр").id)
    assert ties.kinds == {"teacher", "class_teacher", "guardian"}
    assert GroupTeacher.select().where(GroupTeacher.teacher == teacher).count() == 3


def test_brother_and_sister_have_one_mother_and_namesakes_do_not(db: None, folder: Path) -> None:
    # Without a code the mother of another child stays another person.
    edit(folder, "pupils.csv", "Мамина;Юлия;Игоревна;мать", "Королёва;Ольга;Петровна;мать")
    load(folder)
    mothers = Person.select().where(Person.surname == "Королёва", Person.given_name == "Ольга")
    assert sorted(
        Guardianship.select().where(Guardianship.guardian == mother).count() for mother in mothers
    ) == [1, 2]


def test_two_spellings_of_one_person_do_not_take_turns(db: None, folder: Path) -> None:
    edit(folder, "pupils.csv", "5Б;01.09.2022;;;Королёва;", "5Б;01.09.2022;;;Королева;")
    load(folder)
    before = everything()
    load(folder)
    assert changed_tables(before) == set()
    assert not Person.select().where(Person.surname == "Королева").exists()


def test_groups_hold_the_right_pupils_for_the_right_days(loaded: ImportReport) -> None:
    def members(subject: str, name: str) -> dict[str, tuple[date, date | None]]:
        group = (
            TeachingGroup.select()
            .join(Subject)
            .where(Subject.name == subject, TeachingGroup.name == name)
            .get()
        )
        return {
            row.pupil.surname: (row.from_on, row.until_on)
            for row in GroupMembership.select().where(GroupMembership.teaching_group == group)
        }

    year = date(2026, 9, 1)
    assert members("Математика", "1А") == {
        "Королёв": (year, None),
        "Бек-Назарова": (year, None),
        "Громова": (year, None),
        "Ершова": (year, date(2026, 11, 14)),
    }
    # Enrolled years ago: here from the first day of this year; one came in October.
    assert members("Математика", "5Б") == {
        "Королёва": (year, None),
        "Мамин": (year, None),
        "Попов": (year, None),
        "Яшина": (date(2026, 10, 5), None),
    }
    assert members("Английский язык", "5Б, 1-я группа").keys() == {"Королёва", "Мамин"}
    assert members("Музыка", "Хор").keys() == {"Королёв", "Громова", "Королёва", "Яшина"}


def test_individual_plan_takes_a_pupil_out_of_the_class_group(db: None, folder: Path) -> None:
    edit(folder, "groups.csv", "Егор Попов;Логика", "Егор Попов;Математика")
    edit(folder, "timetable.csv", "чт;4;Логика", "чт;4;Математика")
    load(folder)
    group = TeachingGroup.get(TeachingGroup.name == "5Б", TeachingGroup.subject.in_(
        Subject.select().where(Subject.name == "Математика")))  # fmt: skip
    pupils = GroupMembership.select().where(GroupMembership.teaching_group == group)
    assert person("Попов", "Егор").id not in {row.pupil_id for row in pupils}


# --- again -------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [IN_AUGUST, IN_OCTOBER], ids=["same day", "in October"])
def test_the_same_files_again_change_nothing(loaded: ImportReport, folder: Path, act: Act) -> None:
    before = everything()
    report = load(folder, act)
    assert changed_tables(before) == set()
    assert not report.changed_anything
    assert report.passwords == []
    assert report.counts["pupil"].same == 8
    assert report.notes == []


def test_other_separator_mark_and_order_of_columns_are_the_same_file(
    loaded: ImportReport, folder: Path
) -> None:
    before = everything()
    for file in ("bells.csv", "classes.csv"):
        lines = (folder / file).read_text().splitlines()
        turned = [",".join(reversed(line.split(";"))) for line in lines]
        (folder / file).write_bytes("\ufeff".encode() + "\r\n".join(turned).encode())
    load(folder)
    assert changed_tables(before) == set()


def test_a_changed_surname_changes_one_row(loaded: ImportReport, folder: Path) -> None:
    before = everything()
    edit(folder, "staff.csv", "101;Соловьёва", "101;Соловьёва-Ёлкина")
    report = load(folder, IN_OCTOBER)
    assert changed_tables(before) == {"Person", "History", "Revision"}
    assert len(set(before["Person"]) ^ set(everything()["Person"])) == 2
    assert report.counts["staff"].changed == 1
    fact = History.get(History.field == "surname")
    assert (fact.old, fact.new) == ("Соловьёва", "Соловьёва-Ёлкина")


def test_a_birth_date_goes_to_the_history_without_its_value(
    loaded: ImportReport, folder: Path
) -> None:
    edit(folder, "pupils.csv", "03.02.2019", "04.02.2019")
    load(folder)
    fact = History.get(History.field == "birth_on")
    assert (fact.old, fact.new, fact.pupil_id) == ("", "", person("Королёв", "Артём").id)


def test_a_pupil_who_left(loaded: ImportReport, folder: Path) -> None:
    edit(
        folder,
        "pupils.csv",
        "30.01.2015;5Б;01.09.2022;;;",
        "30.01.2015;5Б;01.09.2022;2026-10-09;переезд;",
    )
    load(folder, IN_OCTOBER)
    pupil = person("Мамин", "Захар")
    enrolment = Enrolment.get(Enrolment.pupil == pupil)
    assert (enrolment.until_on, enrolment.reason) == (date(2026, 10, 9), "переезд")
    memberships = list(GroupMembership.select().where(GroupMembership.pupil == pupil))
    assert len(memberships) == 3
    assert {row.until_on for row in memberships} == {date(2026, 10, 9)}
    before = everything()
    load(folder, IN_OCTOBER)
    assert changed_tables(before) == set()


@pytest.mark.parametrize("first_day", ["12.10.2026", "15.10.2026", "20.10.2026"])
def test_a_pupil_goes_to_another_class(loaded: ImportReport, folder: Path, first_day: str) -> None:
    add(folder, "classes.csv", "5В;")
    add(folder, "groups.csv", ";Математика;класс;5В;102;пятибалльная;")
    edit(folder, "pupils.csv", "5Б;05.10.2026", f"5В;{first_day}")
    edit(folder, "groups.csv", "П-08 Я-01", "П-08")
    load(folder, IN_OCTOBER)
    pupil, moved_on = person("Яшина", "Зоя"), parse_date(first_day)
    old, new = Enrolment.select().where(Enrolment.pupil == pupil).order_by(Enrolment.from_on)
    assert old.until_on.toordinal() == moved_on.toordinal() - 1
    assert (new.from_on, new.until_on, new.school_class.letter) == (moved_on, None, "В")
    assert old.reason == "перевод в 5В"
    open_ends = []
    for row in GroupMembership.select().where(GroupMembership.pupil == pupil):
        if row.teaching_group.school_class_id == new.school_class_id:
            open_ends.append(row.until_on)
            assert row.from_on == moved_on
        elif row.teaching_group.kind == "stream":
            # The choir goes on.
            assert (row.from_on, row.until_on) == (date(2026, 10, 5), None)
        else:
            assert row.until_on == old.until_on
    assert open_ends == [None]
    before = everything()
    load(folder, IN_OCTOBER)
    assert changed_tables(before) == set()


def test_another_class_without_another_day_is_refused(loaded: ImportReport, folder: Path) -> None:
    add(folder, "classes.csv", "5В;")
    edit(folder, "pupils.csv", "5Б;05.10.2026", "5В;05.10.2026")
    edit(folder, "groups.csv", "П-08 Я-01", "П-08")
    before = everything()
    with pytest.raises(ImportRefused) as refused:
        load(folder, IN_OCTOBER)
    assert "поставьте здесь первый день в новом классе" in str(refused.value)
    assert changed_tables(before) == set()
    # Before the year began it is a mended mistake.
    load(folder, IN_AUGUST)
    assert Enrolment.get(Enrolment.pupil == person("Яшина", "Зоя")).school_class.letter == "В"


def test_a_changed_list_of_a_group_holds_from_today(loaded: ImportReport, folder: Path) -> None:
    edit(folder, "groups.csv", "К-30 М-11", "К-30")
    edit(folder, "groups.csv", "П-08 Я-01", "П-08 Я-01 М-11")
    load(folder, IN_OCTOBER)
    rows = (
        GroupMembership.select()
        .join(TeachingGroup)
        .where(GroupMembership.pupil == person("Мамин", "Захар"), TeachingGroup.kind == "part")
        .order_by(GroupMembership.from_on)
    )
    assert [(row.from_on, row.until_on) for row in rows] == [
        (date(2026, 9, 1), date(2026, 10, 14)),
        (date(2026, 10, 15), None),
    ]
    before = everything()
    load(folder, IN_OCTOBER)
    assert changed_tables(before) == set()


def test_an_ended_guardianship_is_not_opened_again(loaded: ImportReport, folder: Path) -> None:
    pupil = person("Мамин", "Захар")
    Guardianship.update(until_on=date(2026, 9, 30)).where(Guardianship.pupil == pupil).execute()
    before = everything()
    report = load(folder, IN_OCTOBER)
    assert changed_tables(before) == set()
    assert [note for note in report.notes if "больше не представитель" in note]


def test_a_code_that_came_later_finds_the_same_representative(
    loaded: ImportReport, folder: Path
) -> None:
    people = Person.select().count()
    edit(folder, "pupils.csv", "Мамина;Юлия;Игоревна;мать;;;", "Мамина;Юлия;Игоревна;мать;;Р-9;")
    load(folder)
    assert Person.select().count() == people
    edit(folder, "pupils.csv", "Мамина;Юлия", "Зуева;Юлия")
    load(folder)
    assert Person.select().count() == people
    assert person("Зуева", "Юлия")


def test_rows_that_are_gone_are_left_and_told(loaded: ImportReport, folder: Path) -> None:
    edit(folder, "pupils.csv", "Б-14;", "Б-15;")
    edit(folder, "pupils.csv", "Бек-Назарова;Лейла", "Новая;Нина")
    report = load(folder, IN_OCTOBER)
    assert Person.select().where(Person.surname == "Бек-Назарова").exists()
    assert any("Бек-Назарова Лейла" in note for note in report.notes)


def test_another_class_teacher_and_group_teacher(loaded: ImportReport, folder: Path) -> None:
    edit(folder, "classes.csv", "5Б;102", "5Б;104")
    edit(folder, "groups.csv", "Математика;класс;5Б;102", "Математика;класс;5Б;104")
    load(folder, IN_OCTOBER)
    led = Role.select().join(SchoolClass).where(SchoolClass.grade == 5).order_by(Role.from_on)
    assert [(row.person.surname, row.until_on) for row in led] == [
        ("Громов", date(2026, 10, 14)),
        ("Чернышёва-Панова", None),
    ]
    lessons = Lesson.select().join(TeachingGroup).join(Subject)
    lessons = lessons.where(Subject.name == "Математика", TeachingGroup.name == "5Б")
    assert {row.teacher.surname for row in lessons if row.held_on <= date(2026, 10, 15)} == {
        "Громов"
    }
    assert {row.teacher.surname for row in lessons if row.held_on > date(2026, 10, 15)} == {
        "Чернышёва-Панова"
    }
    before = everything()
    load(folder, IN_OCTOBER)
    assert changed_tables(before) == set()


def test_lessons_to_come_follow_the_timetable(loaded: ImportReport, folder: Path) -> None:
    monday_reading = (Lesson.held_on == date(2026, 10, 19)) & (Lesson.lesson_number == 2)
    kept = (
        Lesson.select()
        .join(TeachingGroup)
        .join(Subject)
        .where(Subject.name == "Чтение", Lesson.held_on == date(2026, 11, 9))
        .get()
    )
    Homework.create(school=kept.school, lesson=kept, text="с. 5")
    count = Lesson.select().where(monday_reading).count()
    edit(folder, "timetable.csv", "понедельник;2;Чтение", "понедельник;3;Чтение")
    edit(folder, "bells.csv", "1;08:30", "1;08:25")
    report = load(folder, IN_OCTOBER)
    entries = TimetableEntry.select().join(TeachingGroup).join(Subject)
    entries = entries.where(Subject.name == "Чтение", TimetableEntry.weekday == 1)
    assert [
        (row.lesson_number, row.from_on, row.until_on)
        for row in entries.order_by(TimetableEntry.from_on)
    ] == [
        (2, date(2026, 9, 1), date(2026, 10, 15)),
        (3, date(2026, 10, 16), date(2027, 5, 31)),
    ]
    assert Lesson.select().where(monday_reading).count() == count - 1
    assert Lesson.get_or_none(Lesson.id == kept.id) is not None
    assert any("уже есть записи: 1" in note for note in report.notes)
    zone = "Asia/Yekaterinburg"
    for day, begins in ((date(2026, 10, 12), "08:30"), (date(2026, 10, 19), "08:25")):
        first = Lesson.get(Lesson.held_on == day, Lesson.lesson_number == 1)
        assert clock.local(first.starts_at, zone).strftime("%H:%M") == begins
    before = everything()
    load(folder, IN_OCTOBER)
    assert changed_tables(before) == set()


def test_a_substitution_survives_a_new_timetable(loaded: ImportReport, folder: Path) -> None:
    lesson = Lesson.get(Lesson.held_on == date(2026, 11, 9), Lesson.lesson_number == 1)
    stand_in = person("Ким", "Анна")
    LessonChange.create(
        school=lesson.school, lesson=lesson, kind="substitution", announced_at=IN_OCTOBER.at,
        announced_by=stand_in, teacher_was=lesson.teacher, teacher_is=stand_in,
    )  # fmt: skip
    Lesson.update(teacher=stand_in).where(Lesson.id == lesson.id).execute()
    edit(folder, "bells.csv", "1;08:30", "1;08:25")
    load(folder, IN_OCTOBER)
    assert Lesson.get_by_id(lesson.id).teacher_id == stand_in.id


def test_moved_holidays_are_one_row(loaded: ImportReport, folder: Path) -> None:
    edit(folder, "holidays.csv", "26.10.2026;01.11.2026", "24.10.2026;05.11.2026")
    load(folder, IN_OCTOBER)
    assert SchoolBreak.select().count() == 4
    days = {row.held_on for row in Lesson.select()}
    assert not {date(2026, 11, n) for n in range(1, 6)} & days


def test_the_next_year_is_a_new_one(loaded: ImportReport, folder: Path) -> None:
    for file in ("school.csv", "periods.csv", "holidays.csv"):
        path = folder / file
        path.write_text(path.read_text().replace("2027", "2028").replace("2026", "2027"))
    edit(folder, "timetable.csv", "31.12.2026", "31.12.2027")
    edit(folder, "timetable.csv", "11.01.2027", "11.01.2028")
    pupils = (folder / "pupils.csv").read_text().splitlines()
    gone = [line for line in pupils if "переезд" not in line]
    (folder / "pupils.csv").write_text("\n".join(gone).replace(";1А;", ";2А;"))
    for file in ("classes.csv", "groups.csv", "timetable.csv"):
        (folder / file).write_text((folder / file).read_text().replace("1А", "2А"))
    load(folder, Act(datetime(2027, 8, 25, 8, tzinfo=UTC), None))
    old, new = (
        Enrolment.select()
        .where(Enrolment.pupil == person("Королёв", "Артём"))
        .order_by(Enrolment.from_on)
    )
    assert (old.until_on, new.from_on) == (date(2027, 8, 31), date(2027, 9, 1))
    assert old.school_class.grade == 1
    assert new.school_class.grade == 2
    assert TimetableEntry.select().where(TimetableEntry.until_on > date(2027, 6, 1)).count() == 14


# --- what is wrong -----------------------------------------------------------------------

WRONG = [
    ("pupils.csv", ";5Б;05.10.2026", ";5В;05.10.2026",
     "pupils.csv, строка 9, «Класс»: класса 5В нет в classes.csv — добавьте его или исправьте."),
    ("classes.csv", "5Б;102", "5Б;109", "classes.csv, строка 3, «Классный руководитель»: "
     "сотрудника с кодом 109 нет в staff.csv"),
    ("classes.csv", "5Б;102", "1а;102", "«Класс»: класс 1А уже есть в строке 2."),
    ("classes.csv", "5Б;102", "пятый;102", "«пятый» — не класс."),
    ("groups.csv", "5Б;103", "5Б;109", "groups.csv, строка 5, «Учитель»: сотрудника с кодом 109"),
    ("groups.csv", "К-30 М-11", "К-30 М-99", "«Состав»: ученика с личным делом М-99 нет"),
    ("groups.csv", "К-30 М-11", "К-30 А-21", "Королёв Артём Ильич (А-21) учится в 1А"),
    ("groups.csv", ";Чтение;класс", ";Математика;класс", "уже есть в строке 2."),
    ("groups.csv", "Логика;индивидуальный", "Логика;кружок", "«кружок» не подходит. Можно: класс,"),
    ("groups.csv", "пятибалльная;П-08\n", "пятибалльная;\n", "строка 9, «Состав»: пусто"),
    ("groups.csv", "Музыка;поток;;", "Музыка;поток;5Б;", "«Класс»: поток собран"),
    ("groups.csv", "5Б;103;пятибалльная;\n", "5Б;103;пятибалльная;К-30\n", "поставьте вид «часть»"),
    ("pupils.csv", "Б-14", "А-21", "«Личное дело»: номер А-21 уже есть в строке 2."),
    ("pupils.csv", "17.05.2019", "31.02.2019", "«31.02.2019» — такого дня нет в календаре."),
    ("pupils.csv", "17.05.2019", "17.05.19", "«17.05.19» — не дата. Пишите 15.09.2026"),
    ("pupils.csv", "14.11.2026", "14.08.2026", "«Выбыл»: 14.08.2026 раньше, чем 01.09.2026."),
    ("pupils.csv", "14.11.2026;переезд", ";переезд", "«Выбыл»: причина указана, а даты нет"),
    ("pupils.csv", "01.09.2026;14.11.2026", "01.09.2025;30.05.2026", "выбыл до начала учебного"),
    ("pupils.csv", "М-11;Мамин", "М-11;", "pupils.csv, строка 7, «Фамилия»: пусто — заполните."),
    ("pupils.csv", "М-11;Мамин", "М-11;М4мин", "«М4мин» не похоже на имя"),
    ("pupils.csv", ";опекун;постановление от 11.03.2024 № 77", ";опекун;",
     "«Представитель 1: основание»: пусто"),
    ("pupils.csv", "Юлия;Игоревна;мать", "Юлия;Игоревна;тётя", "Можно: мать, отец, опекун,"),
    ("pupils.csv", "Ершова;Нина;Львовна;опекун;постановление от 11.03.2024 № 77;",
     "Ершова;Нина;Львовна;опекун;приказ;Р-1", "код Р-1 в строке 2 стоит у другого человека"),
    ("pupils.csv", "Попова;Вера;Ивановна", "Попов;Андрей;Сергеевич", "это тот же человек"),
    ("staff.csv", "103;", "102;", "«Код»: код 102 уже есть в строке 3."),
    ("staff.csv", ";director", ";GROMOV", "«Логин»: логин «gromov» уже есть в строке 3."),
    ("staff.csv", ";director", ";di rector", "в логине не должно быть пробелов"),
    ("staff.csv", "учитель;gromov", "директор;gromov", "нет должности «учитель» — добавьте её."),
    ("staff.csv", "учитель;gromov", ";gromov", "staff.csv, строка 3, «Должности»: пусто"),
    ("staff.csv", "учитель;gromov", "учитель, физрук;gromov", "«физрук» не подходит"),
    ("timetable.csv", "1;Русский язык;5Б", "1;Русский язык;7Б", "такой группы по этому предмету"),
    ("timetable.csv", "чт;4;", "чт;5;", "timetable.csv, строка 15, «Урок»: для урока 5 нет звонка"),
    ("timetable.csv", "чт;4;", "сб;4;", "урок в субботу, а в неделе 5 учебных дней"),
    ("timetable.csv", "чт;4;", "днём;4;", "«днём» не подходит. Можно: понедельник, вторник,"),
    ("timetable.csv", "1А;103;1;;", "1А;109;1;;", "«Учитель»: сотрудника с кодом 109 нет"),
    ("timetable.csv", "31.12.2026", "31.12.2027", "«По»: 31.12.2027 не входит в учебный год."),
    ("timetable.csv", "нечётная", "через одну", "Можно: чётная, нечётная."),
    ("timetable.csv", "1;Математика;1А;;1;", "1;Математика;1А;102;1;",
     "«Учитель»: учитель 102 в понедельник на уроке 1 уже занят: Математика, 1А, строка 2."),
    ("timetable.csv", "2-я группа;;15", "2-я группа;;14", "«Кабинет»: кабинет 14 в понедельник"),
    ("timetable.csv", "вторник;4;Музыка", "ср;2;Музыка",
     "на уроке 2 у этих учеников уже есть урок (Музыка, Хор, строка 10): Королёва Дарья"),
    ("timetable.csv", "нечётная", "", "«Группа»: у класса 5Б во вторник на уроке 1 уже есть урок"),
    ("timetable.csv", "11.01.2027", "30.12.2026", "«Группа»: у этой группы в среду на уроке 1"),
    ("bells.csv", "2;09:20", "1;09:20", "«Урок»: этот урок уже есть в строке 2."),
    ("bells.csv", "09:20;10:00", "09:20;09:00", "урок кончается в 09:00, а начинается в 09:20."),
    ("bells.csv", "09:20", "25:20", "«25:20» — не время."),
    ("bells.csv", "\n2;", "\n2;;;", "значений 5, а столбцов 3: лишний разделитель?"),
    ("periods.csv", "02.11.2026", "20.10.2026", "пересекается с периодом в строке 2."),
    ("periods.csv", "31.05.2027", "15.06.2027", "период выходит за учебный год"),
    ("holidays.csv", "Зимние каникулы;каникулы", "Зимние каникулы;отпуск", "«отпуск» не подходит"),
    ("holidays.csv", "14.02.2027;1", "14.02.2027;13", "«13» — не номер класса."),
    ("school.csv", "Asia/Yekaterinburg", "Урал", "Часового пояса «Урал» нет."),
    ("school.csv", "school-2", "school-3", "«school-3» не подходит. Можно: school-2,"),
    ("school.csv", "school-7", "школа 7", "нужны латинские буквы, цифры и дефисы"),
    ("school.csv", "31.05.2027", "31.05.2026", "«Учебный год по»: 31.05.2026 раньше"),
    ("classes.csv", "Классный руководитель", "Руководитель", "«Классный руководитель»: нет такого"),
    ("classes.csv", "Класс;", "Класс;Кабинет;", "«Кабинет»: такого столбца быть не должно."),
    ("staff.csv", "Отчество;", "Имя;", "«Имя»: такой столбец стоит дважды."),
    ("bells.csv", "1;08:30", '1;"08:30', "проверьте кавычки"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), WRONG, ids=[row[3][:60] for row in WRONG])
def test_every_kind_of_problem_has_its_sentence(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(folder, file, old, new)
    problems = problems_of(folder)
    assert any(said in problem for problem in problems), problems
    assert all(problem.endswith((".", ";")) for problem in problems)


def test_missing_and_unreadable_files(folder: Path) -> None:
    (folder / "classes.csv").unlink()
    (folder / "bells.csv").write_bytes("Урок;Начало;Конец".encode("cp1251"))
    (folder / "groups.csv").write_text("")
    # And nothing of the hundreds of rows that point into them.
    assert [problem.split(":")[0] for problem in problems_of(folder)] == [
        "bells.csv", "classes.csv", "groups.csv",
    ]  # fmt: skip


def test_problems_of_all_rows_are_told_in_order(folder: Path) -> None:
    edit(folder, "timetable.csv", "чт;4;", "чт;9;")
    edit(folder, "pupils.csv", "17.05.2019", "когда-то")
    edit(folder, "pupils.csv", "М-11;Мамин", "М-11;")
    edit(folder, "staff.csv", "103;", "102;")
    problems = problems_of(folder)
    files = [problem.split(",")[0] for problem in problems]
    assert files[0] == "staff.csv"
    assert files.count("pupils.csv") == 2
    assert files[-1] == "timetable.csv"


def test_parts_of_a_class_may_learn_at_once_and_odd_weeks_differ(folder: Path) -> None:
    # Both stand in the example already.
    files = load_folder(folder)
    assert {row.week_parity for row in files.timetable} == {"", "odd", "even"}
    assert len([row for row in files.groups if row.kind == "part"]) == 2


def test_a_login_of_somebody_else_is_refused(loaded: ImportReport, folder: Path) -> None:
    edit(folder, "staff.csv", "101;Соловьёва", "105;Соловьёва")
    for file in ("classes.csv", "groups.csv"):
        (folder / file).write_text((folder / file).read_text().replace("101", "105"))
    edit(folder, "staff.csv", "учитель;\n", "учитель;gromov\n")
    edit(folder, "staff.csv", "учитель;gromov\n103", "учитель;\n103")
    before = everything()
    with pytest.raises(ImportRefused) as refused:
        load(folder)
    assert str(refused.value) == (
        "staff.csv, строка 2, «Логин»: логин «gromov» уже занят другим человеком — выберите другой."
    )
    assert changed_tables(before) == set()


def test_nothing_is_written_when_the_last_step_fails(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()

    def fail(run: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(importing, "_leave_traces", fail)
    with pytest.raises(RuntimeError):
        load(folder)
    assert changed_tables(before) == set()


def test_two_schools_with_the_same_codes_do_not_mix(loaded: ImportReport, folder: Path) -> None:
    people = Person.select().count()
    edit(folder, "school.csv", "school-7", "school-8")
    files = load_folder(folder)
    # The same logins are the same colleagues; whoever names none is somebody new.
    report = import_school(files, act=IN_AUGUST)
    assert report.counts["account"].new == 2
    assert report.counts["account"].same == 2
    assert ExternalId.select().where(ExternalId.school == report.school_id).exists()
    assert Person.select().count() == people * 2 - 2
    assert {issued.login for issued in report.passwords} == {"soloveva.ayu2", "kim.a2"}


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("5А", (5, "А")), ("5 а", (5, "А")), ("5-A", (5, "А")), ("5«Ё»", (5, "Ё")), ("10", (10, ""))],
)
def test_classes_as_people_write_them(text: str, parsed: tuple[int, str]) -> None:
    assert parse_class(text) == parsed


def test_a_large_school_comes_in_fast(db: None, tmp_path: Path) -> None:
    write_example_school(tmp_path / "large", classes=30, pupils=750)
    started = time.monotonic()
    report = load(tmp_path / "large")
    assert time.monotonic() - started < 60
    assert report.counts["pupil"].new == 750
    assert report.counts["lesson"].new > 30_000
    teachers = Role.select().where(Role.kind == "teacher")
    assert teachers.count() >= 40
    assert len(report.passwords) == report.counts["staff"].new
    # Nobody stands in two rooms at once.
    busy = list(Lesson.select(Lesson.teacher, Lesson.held_on, Lesson.lesson_number).tuples())
    assert len(busy) == len(set(busy))
