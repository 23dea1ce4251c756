"""The pages of a diary: what they say, to whom, in how many statements, and under bad input."""

import logging
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from school import clock
from school.models import (
    Attendance,
    Enrolment,
    GroupMembership,
    Guardianship,
    Homework,
    Lesson,
    LessonChange,
    LessonComment,
    Mark,
    School,
    SchoolBreak,
    Session,
    StudyPeriod,
    Work,
    WorkKind,
)
from school.wording import day_and_month, long_day
from tests.fixed_week import build_fixed_week
from tests.town import enrol, make_group, make_lesson, member, moment, today, year_start

PAGES = ("news", "tomorrow", "week", "day", "subjects", "subject", "attendance", "timetable")


def address(town, name, pupil=None):
    pupil = pupil or town.pupil
    tail = {
        "week": f"week/{today()}",
        "day": f"day/{today()}",
        "subject": f"subjects/{town.group.subject_id}",
    }
    return f"/diary/{pupil.id}/{tail.get(name, name)}"


@contextmanager
def counted():
    """The statements that are sent meanwhile."""
    sent = []

    class Counter(logging.Handler):
        def emit(self, record):
            sql = record.msg[0] if isinstance(record.msg, tuple) else record.getMessage()
            if sql.split()[0].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                sent.append(sql)

    logger, handler = logging.getLogger("peewee"), Counter()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield sent
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def add_work(lesson, *values, kind="Контрольная работа", title="Дроби", pupil=None, **options):
    """A work of a lesson with a pupil's marks for it."""
    kind = WorkKind.get(WorkKind.school == lesson.school_id, WorkKind.name == kind)
    work = Work.create(
        school=lesson.school_id,
        lesson=lesson,
        work_kind=kind,
        title=title,
        weight=options.pop("weight", kind.weight),
        ordinal=Work.select().where(Work.lesson == lesson).count() + 1,
        marks_expected=options.pop("marks_expected", kind.marks_expected),
        due_on=options.pop("due_on", None),
    )
    for position, value in enumerate(values, start=1):
        Mark.create(
            school=lesson.school_id,
            work=work,
            pupil=pupil,
            position=position,
            value=value,
            **options,
        )
    return work


def add_period(school, year, name, from_on, until_on, kind="quarter", ordinal=1):
    return StudyPeriod.create(
        school=school, school_year=year, kind=kind, ordinal=ordinal, name=name, from_grade=1,
        until_grade=11, from_on=from_on, until_on=until_on,
    )  # fmt: skip


def announce(town, lesson, kind, **values):
    return LessonChange.create(
        school=lesson.school_id,
        lesson=lesson,
        kind=kind,
        announced_at=values.pop("announced_at", clock.now()),
        announced_by=town.deputy_head,
        **values,
    )


@pytest.fixture
def quarter(town):
    """A study period around today."""
    return add_period(
        town.school,
        town.year,
        "2 четверть",
        today() - timedelta(days=40),
        today() + timedelta(days=40),
    )


@pytest.fixture
def save(town, visit):
    """`save(lesson, **fields)`: the teacher fills in a register."""
    teacher = visit(town.teacher)

    def fill(lesson, **fields):
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        page = teacher.get(f"/gradebook/lessons/{lesson.id}")
        return teacher.send(page, **named)

    return fill


# Who sees what


def test_the_first_page_is_the_news_for_parents_and_staff_tomorrow_for_the_pupil(town, visit):
    diary = f"/diary/{town.pupil.id}/"
    for person in (town.mother, town.class_teacher, town.head):
        assert visit(person).get(diary, status=303).headers["Location"] == f"{diary}news"
    assert visit(town.pupil).get(diary, status=303).headers["Location"] == f"{diary}tomorrow"


@pytest.mark.clause("S2 1.4", "NT особенности-5")
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.requirement("A10")
def test_a_page_is_open_to_the_family_and_hidden_from_others(town, visit, name):
    for person in (town.mother, town.father, town.pupil, town.class_teacher, town.deputy_head):
        page = visit(person).get(address(town, name))
        assert page.heading.startswith("Королёв Фёдор, 7А: ")
        assert "СОШ № 2" in page.main
    visit(town.other_mother).get(address(town, name), status=404)
    visit(town.other_pupil).get(address(town, name), status=404)
    visit(town.teacher).get(address(town, name), status=403)
    visit().get(address(town, name), status=303)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.requirement("A10")
def test_a_child_that_is_no_longer_the_persons(town, visit, name):
    Guardianship.update(until_on=today() - timedelta(days=1)).where(
        Guardianship.guardian == town.mother
    ).execute()
    Guardianship.create(
        pupil=town.classmate, guardian=town.mother, kind="guardian", basis="решение",
        from_on=year_start(),
    )  # fmt: skip
    visit(town.mother).get(address(town, name), status=404)
    visit(town.mother).get(address(town, name, town.classmate))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_leads_to_the_others_and_says_which_it_is(town, visit, name):
    page = visit(town.mother).get(address(town, name))
    sections = page.root.xpath("//nav[@aria-label='Дневник']//a")
    assert [link.text for link in sections] == [
        "Что нового", "Завтра", "Неделя", "Предметы", "Результаты", "Посещаемость",
        "Расписание",
    ]  # fmt: skip
    present = [link.get("href") for link in sections if link.get("aria-current")]
    assert present == ([] if name in ("day", "subject") else [address(town, name)])
    for link in sections:
        visit(town.mother).get(link.get("href"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_several_children_is_of_one(town, visit, name):
    """One parent, two children in two schools: each page names whose it is."""
    Guardianship.create(
        pupil=town.other_pupil, guardian=town.mother, kind="mother", basis="св-во",
        from_on=year_start(),
    )  # fmt: skip
    mother = visit(town.mother)
    page = mother.get(address(town, name))
    assert "Тимур" not in page.main
    if name != "subject":
        other = mother.get(address(town, name, town.other_pupil))
        assert other.heading.startswith("Чужаков Тимур, 7А: ")
        assert "СОШ № 19" in other.main
        assert "Фёдор" not in other.main


# Statements


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.requirement("H24")
def test_statements_do_not_grow_with_what_is_shown(town, visit, save, quarter, name):
    mother = visit(town.mother)
    with counted() as few:
        mother.get(address(town, name))
    for n in range(2, 9):
        lesson = make_lesson(town.group, town.teacher, today(), n)
        add_work(lesson, "5", pupil=town.pupil)
        add_work(lesson, "4", "3", pupil=town.pupil)
        make_lesson(town.group, town.teacher, today() + timedelta(days=1), n)
        announce(town, lesson, "room", room_was="1", room_is="")
        Homework.create(school=town.school, lesson=lesson, text="№ 5")
    for n in range(1, 5):
        save(
            town.lesson,
            **{f"mark_{town.pupil.id}": str(n + 1), f"comment_{town.pupil.id}": f"Слово {n}"},
        )
    with counted() as many:
        mother.get(address(town, name))
    # The first page says what is overdue, too: the regulation, and three kinds of it.
    most = 12 if name == "news" else 8
    assert len(many) <= len(few) <= most, "\n".join(many)


# What is new


@pytest.mark.requirement("H8")
@pytest.mark.requirement("B1")
@pytest.mark.requirement("B4")
@pytest.mark.requirement("B12")
def test_news_are_sentences(town, visit, save):
    pupil = town.pupil.id
    add_work(town.lesson, title="Дроби")
    save(
        town.lesson,
        **{
            f"mark_{pupil}": "5",
            f"comment_{pupil}": "Активно работает",
            f"homework_{pupil}": "Повторить правило",
        },
    )
    save(town.yesterday, **{f"attendance_{pupil}": "б"})
    page = visit(town.mother).get(f"/diary/{pupil}/news")
    day, before = day_and_month(today()), day_and_month(today() - timedelta(days=1))
    for sentence in (
        f"Алгебра, {day}: отметка 5 за контрольную работу «Дроби», вес 3",
        f"Алгебра, {day}, учитель пишет: «Активно работает»",
        f"Алгебра, {day}, личное задание: «Повторить правило»",
        f"{before}, отсутствие на уроке «Алгебра»: болезнь",
        f"Сегодня, {long_day(today())}",
    ):
        assert sentence in page.words
    assert page.links()[f"Алгебра, {day}"] == address(town, "day")
    assert "Петров-Сосновский" not in page.words


@pytest.mark.requirement("H8")
@pytest.mark.requirement("H2")
def test_a_corrected_mark_is_one_with_what_it_was(town, visit, save):
    pupil = town.pupil.id
    save(town.lesson, **{f"mark_{pupil}": "4"})
    save(town.lesson, **{f"mark_{pupil}": "5"})
    words = visit(town.mother).get(f"/diary/{pupil}/news").words
    assert words.count(f"Алгебра, {day_and_month(today())}") == 1
    assert "отметка 5 за ответ на уроке (исправлено: было 4, стало 5)" in words
    subject = visit(town.mother).get(address(town, "subject"))
    assert [cell.text for cell in subject.root.xpath("//td/b")] == ["5"]
    assert "5·1 : 1" not in subject.words
    assert "5 : 1 = 5,00" in subject.words


@pytest.mark.requirement("H8")
def test_what_is_no_longer_so_is_no_news(town, visit, save):
    pupil = town.pupil.id
    save(town.lesson, **{f"mark_{pupil}": "2", f"attendance_{pupil}": "о"})
    save(town.lesson, **{f"mark_{pupil}": "", f"attendance_{pupil}": ""})
    save(town.yesterday, **{f"comment_{pupil}": "Ошибка"})
    save(town.yesterday, **{f"comment_{pupil}": ""})
    page = visit(town.mother).get(f"/diary/{pupil}/news")
    assert "Новых записей нет." in page.words
    assert "отметка" not in page.main


@pytest.mark.requirement("H8")
def test_a_dot_that_became_a_mark_is_no_correction(town, visit, save):
    pupil = town.pupil.id
    work = add_work(town.lesson, due_on=today() + timedelta(days=3))
    save(town.lesson, **{f"mark_{pupil}": "."})
    mother = visit(town.mother)
    until = day_and_month(work.due_on)
    assert f"отметка за контрольную работу «Дроби» ожидается до {until}" in (
        mother.get(f"/diary/{pupil}/news").words
    )
    save(town.lesson, **{f"mark_{pupil}": "4/5"})
    words = mother.get(f"/diary/{pupil}/news").words
    assert "отметки 4 и 5 за контрольную работу «Дроби», вес 3" in words
    assert "исправлено" not in words


@pytest.mark.requirement("H8")
def test_a_day_missed_is_one_sentence(town, visit, save):
    second = make_lesson(town.group, town.teacher, town.lesson.held_on, 2)
    for lesson in (town.lesson, second):
        save(lesson, **{f"attendance_{town.pupil.id}": "н"})
        save(lesson, **{f"attendance_{town.pupil.id}": "у"})
    assert (
        "отсутствие на уроках «Алгебра» и «Алгебра»: уважительная причина "
        "(исправлено: было «причина не названа»)"
    ) in visit(town.mother).get(f"/diary/{town.pupil.id}/news").words


@pytest.mark.requirement("H8")
def test_news_are_divided_by_the_previous_visit(town, visit, save):
    """On a phone that stays signed in for a month a sign-in divides nothing: a pause does."""
    pupil = town.pupil.id
    save(town.yesterday, **{f"mark_{pupil}": "3"})
    mother = visit(town.mother)
    of_hers = Session.person == town.mother
    assert "С прошлого раза" not in mother.get(f"/diary/{pupil}/news").words
    # She was here before the mark, and comes again after a pause.
    Session.update(seen_at=clock.now() - timedelta(hours=1)).where(of_hers).execute()
    page = mother.get(f"/diary/{pupil}/news")
    assert "Новое с прошлого раза" in page.words
    assert "отметка 3" in page.words.split("прошлого раза")[1]
    # The next look, within the same visit, says the same.
    assert "отметка 3" in mother.get(f"/diary/{pupil}/news").words.split("Раньше")[0]
    Session.update(visited_before_at=clock.now()).where(of_hers).execute()
    save(town.lesson, **{f"mark_{pupil}": "5"})
    fresh, _, seen = mother.get(f"/diary/{pupil}/news").words.partition(
        "Раньше, за последние 7 дней"
    )
    assert "отметка 5" in fresh
    assert "отметка 3" in seen
    # Somebody else's visit divides nothing.
    assert "прошлого раза" not in visit(town.father).get(f"/diary/{pupil}/news").words


@pytest.mark.requirement("H8")
@pytest.mark.requirement("B6")
def test_changes_and_tomorrow_are_news(town, visit):
    lesson = town.tomorrow
    Lesson.update(teacher=town.colleague).where(Lesson.id == lesson.id).execute()
    announce(
        town, lesson, "substitution", reason="Болезнь учителя",
        teacher_was=town.teacher, teacher_is=town.colleague,
    )  # fmt: skip
    # A room that was changed and changed back.
    announce(town, lesson, "room", room_was="5", room_is="7")
    Homework.create(school=town.school, lesson=town.lesson, text="№ 5")
    add_work(lesson, title="")
    words = visit(town.mother).get(f"/diary/{town.pupil.id}/news").words
    tomorrow = today() + timedelta(days=1)
    assert (
        f"Алгебра, {day_and_month(tomorrow)}, 1-й урок. Замена: ведёт Соседкина Нина Ивановна, "
        "обычно Учителева Вера Ивановна (болезнь учителя)"
    ) in words
    assert "Другой кабинет" not in words
    assert (
        f"Завтра, {long_day(tomorrow)}: 1 урок, первый в 08:30. Задано: Алгебра. "
        "Работы: Контрольная работа (Алгебра)."
    ) in words


def test_three_hundred_entries_in_a_week_are_news_in_few_statements(town, visit):
    from school.models import History

    History.insert_many(
        [
            {
                "at": clock.now(), "school": town.school, "table_name": "work", "row": 1000 + n,
                "pupil": town.pupil, "lesson": town.lesson, "field": "mark", "old": "", "new": "5",
            }
            for n in range(300)
        ]
    ).execute()  # fmt: skip
    with counted() as sent:
        page = visit(town.mother).get(f"/diary/{town.pupil.id}/news")
    assert page.words.count("отметка 5") == 300
    assert len(sent) <= 12 + 1  # and the test's own sign-in


# Tomorrow


@pytest.mark.clause("S2 1.3-7", "V 2-2, задания", "S11 2.2-2, задания")
@pytest.mark.requirement("H8")
@pytest.mark.requirement("B7")
def test_tomorrow_says_what_is_due(town, visit):
    Homework.create(school=town.school, lesson=town.lesson, text="№ 5, 6")
    Homework.create(school=town.school, lesson=town.lesson, pupil=town.pupil, text="Правило")
    Homework.create(school=town.school, lesson=town.lesson, pupil=town.classmate, text="Чужое")
    Homework.create(school=town.school, lesson=town.yesterday, text="Прошлое")
    add_work(town.tomorrow, title="Дроби")
    add_work(town.tomorrow, kind="Ответ на уроке", title="Не объявлено")
    page = visit(town.pupil).get(f"/diary/{town.pupil.id}/tomorrow")
    tomorrow = today() + timedelta(days=1)
    assert f"завтра, {long_day(tomorrow)}" in page.heading
    for words in (
        f"Задано {day_and_month(today())}: № 5, 6", "Личное задание", "Правило", "08:30–09:10",
        "Будет работа: Контрольная работа «Дроби»",
    ):  # fmt: skip
        assert words in page.words
    for words in ("Чужое", "Прошлое", "Не объявлено"):
        assert words not in page.words


@pytest.mark.requirement("H8")
def test_the_next_school_day_may_be_days_away(town, visit):
    Lesson.update(cancelled_at=clock.now()).where(Lesson.id == town.tomorrow.id).execute()
    later = today() + timedelta(days=5)
    make_lesson(town.group, town.teacher, later, 2)
    page = visit(town.pupil).get(f"/diary/{town.pupil.id}/tomorrow")
    assert day_and_month(later) in page.heading
    assert page.heading.split(": ")[1].startswith("в")
    assert "завтра" not in page.heading


def test_there_may_be_no_next_school_day(town, visit):
    Lesson.delete().where(Lesson.id == town.tomorrow.id).execute()
    for name in ("news", "tomorrow"):
        page = visit(town.mother).get(address(town, name))
        assert "Уроков в ближайшие недели в расписании нет." in page.words


# Week, day, timetable


@pytest.mark.requirement("B5")
@pytest.mark.requirement("B6")
@pytest.mark.parametrize("name", ["week", "day", "timetable"])
def test_a_move_is_told_on_both_days(town, visit, name):
    monday = date(2026, 9, 14)
    lesson = make_lesson(town.group, town.teacher, monday + timedelta(days=2), 3)
    make_lesson(town.group, town.teacher, monday, 1)
    announce(
        town, lesson, "move", reason="По просьбе учителя",
        held_on_was=monday, held_on_is=lesson.held_on, lesson_number_was=2, lesson_number_is=3,
    )  # fmt: skip
    old = f"2. Алгебра: урок перенесён на {day_and_month(lesson.held_on)}, 3-й урок"
    new = f"Урок перенесён с {day_and_month(monday)}, раньше был 2-м (по просьбе учителя)"
    mother = visit(town.mother)
    page = mother.get(f"/diary/{town.pupil.id}/{name}/{monday}")
    assert old in page.words
    if name == "day":
        page = mother.get(f"/diary/{town.pupil.id}/{name}/{lesson.held_on}")
    assert new in page.words
    # Another week than the one it came from.
    away = mother.get(f"/diary/{town.pupil.id}/week/{monday + timedelta(days=7)}")
    assert "перенесён" not in away.words


@pytest.mark.clause("S2 1.3-6", "V 2-2, расписание", "S11 2.2-2, расписание")
@pytest.mark.requirement("B6")
@pytest.mark.parametrize("name", ["week", "day", "timetable"])
def test_changes_are_shown_as_changes(town, visit, name):
    day = date(2026, 9, 15)
    lessons = [make_lesson(town.group, town.teacher, day, n, room=f"{n}0") for n in range(1, 5)]
    Lesson.update(cancelled_at=clock.now()).where(Lesson.id == lessons[0].id).execute()
    announce(town, lessons[0], "cancellation", reason="Концерт")
    announce(town, lessons[1], "room", room_was="12", room_is="20")
    announce(town, lessons[2], "extra")
    # Cancelled, and then held after all.
    announce(town, lessons[3], "cancellation", reason="Мороз")
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/{name}/{day}")
    for words in (
        "Урок отменён (концерт)", "Другой кабинет: 20, обычно 12", "Дополнительный урок",
        "каб. 40",
    ):  # fmt: skip
        assert words in page.words
    assert "мороз" not in page.words


@pytest.mark.clause("S2 1.3-5", "V 2-2, расписание", "S11 2.2-2, расписание")
@pytest.mark.requirement("B5")
def test_the_timetable_opens_where_lessons_are(town, visit):
    Lesson.delete().where(Lesson.held_on >= today()).execute()
    later = make_lesson(town.group, town.teacher, today() + timedelta(days=14), room="205")
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/timetable")
    assert f"{long_day(later.held_on)}" in page.words.lower()
    for words in ("08:30–09:10", "каб. 205", "Учителева Вера Ивановна"):
        assert words in page.words


@pytest.mark.parametrize("name", ["week", "timetable"])
def test_a_week_of_holidays_says_so_once(town, visit, name):
    SchoolBreak.create(
        school=town.school, kind="holidays", name="Осенние каникулы",
        from_on=date(2026, 10, 24), until_on=date(2026, 11, 1),
    )  # fmt: skip
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/{name}/2026-10-28")
    assert page.words.count("Уроков нет") == 1
    assert "Уроков нет: осенние каникулы." in page.words
    day = visit(town.mother).get(f"/diary/{town.pupil.id}/day/2026-10-28")
    assert "Уроков нет: осенние каникулы." in day.words


@pytest.mark.parametrize("name", ["week", "day", "timetable"])
def test_bad_days(town, visit, name):
    mother = visit(town.mother)
    for day in ("1926-02-15", "15.02.1926", "1900-01-01", "2199-12-31"):
        assert "Уроков нет." in mother.get(f"/diary/{town.pupil.id}/{name}/{day}").words
    for day in ("2026-02-30", "2026-13-01", "0000-00-00", "завтра", "20260915", "1899-12-31"):
        mother.get(f"/diary/{town.pupil.id}/{name}/{day}", status=404)


@pytest.mark.requirement("B7")
@pytest.mark.parametrize("name", ["week", "day"])
def test_eleven_lessons_and_a_very_long_homework(town, visit, name):
    day = date(2026, 9, 16)
    lessons = [make_lesson(town.group, town.teacher, day, n) for n in range(11)]
    long_text, long_word = "слово " * 3_333, "я" * 20_000
    Homework.create(school=town.school, lesson=lessons[0], text=long_text.strip())
    Homework.create(school=town.school, lesson=lessons[1], pupil=town.pupil, text=long_word)
    Homework.create(school=town.school, lesson=lessons[10], text="<script>alert(1)</script>")
    page = visit(town.mother).get(f"/diary/{town.pupil.id}/{name}/{day}")
    assert len(page.root.xpath("//dt")) == 11
    assert long_text.strip() in page.words
    assert long_word in page.words
    assert "<script>alert(1)" not in page.html


def test_a_long_homework_is_cut_in_the_news_and_whole_tomorrow(town, visit, save):
    long_word = "я" * 20_000
    save(town.lesson, **{f"homework_{town.pupil.id}": long_word})
    mother = visit(town.mother)
    news = mother.get(f"/diary/{town.pupil.id}/news").words
    assert "я" * 300 + "…" in news
    assert "я" * 301 not in news
    assert long_word in mother.get(f"/diary/{town.pupil.id}/tomorrow").words


@pytest.mark.requirement("B1")
def test_a_week_links_each_subject_to_its_page(town, visit):
    page = visit(town.mother).get(address(town, "week"))
    assert page.links()["Алгебра"] == address(town, "subject")


# Subjects


@pytest.mark.clause("S2 1.3-1", "V 2-2, успеваемость", "S11 2.2-2, успеваемость")
@pytest.mark.requirement("B1")
@pytest.mark.requirement("H1")
def test_subjects_and_the_sum_behind_an_average(town, visit, quarter):
    add_work(town.yesterday, "5", pupil=town.pupil, title="Дроби")
    add_work(town.yesterday, "2", pupil=town.classmate)
    for value in ("4", "4", "зач", "осв"):
        add_work(town.lesson, value, pupil=town.pupil, kind="Ответ на уроке", title="")
    add_work(town.lesson, ".", pupil=town.pupil, due_on=today() + timedelta(days=2))
    add_work(town.lesson, title="Уравнения")
    LessonComment.create(
        school=town.school, lesson=town.yesterday, pupil=town.pupil, text="Молодец"
    )
    mother = visit(town.mother)
    listed = mother.get(address(town, "subjects"))
    cells = [
        " ".join("".join(cell.itertext()).split()) for cell in listed.root.xpath("//tbody/tr[1]/*")
    ]
    assert cells == ["Алгебра", "5, 4, 4, зач, осв, отметка ожидается", "4,60"]
    page = mother.get(listed.links()["Алгебра"])
    for words in (
        "(5·3 + 4·1 + 4·1) : 5 = 4,60", "По порогам школы 4,60 — это 5",
        "Отметку за период ставит учитель.", "Контрольная работа: Дроби, вес 3", "Молодец",
        f"ожидается до {day_and_month(today() + timedelta(days=2))}",
        "Контрольная работа: Уравнения, вес 3", "отметки пока нет",
    ):  # fmt: skip
        assert words in page.words
    assert page.words.count("Молодец") == 1


@pytest.mark.requirement("H1")
def test_when_a_pupil_did_the_work_and_why_there_is_no_mark(town, visit, quarter):
    add_work(town.yesterday, "4", pupil=town.pupil, worked_on=today())
    add_work(town.lesson)
    Attendance.create(school=town.school, lesson=town.lesson, pupil=town.pupil, code="б")
    page = visit(town.mother).get(address(town, "subject"))
    assert f"выполнено {day_and_month(today())}" in page.words
    assert "отсутствие: болезнь" in page.words


@pytest.mark.requirement("H1")
def test_a_subject_without_marks(town, visit, quarter):
    group = make_group(
        town.school, town.year, town.school_class, "Чтение", town.teacher, [town.pupil],
        marking="none", name="1А",
    )  # fmt: skip
    mother = visit(town.mother)
    assert "Без отметок" in mother.get(address(town, "subjects")).words
    page = mother.get(f"/diary/{town.pupil.id}/subjects/{group.subject_id}")
    assert "Этот предмет — без отметок." in page.words


def test_three_hundred_marks_in_a_subject(town, visit, quarter):
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Ответ на уроке")
    for n in range(150):
        work = Work.create(
            school=town.school, lesson=town.lesson, work_kind=kind, weight=1, ordinal=n + 1
        )
        for position in (1, 2):
            Mark.create(
                school=town.school, work=work, pupil=town.pupil, position=position,
                value="5" if n < 50 else "4",
            )  # fmt: skip
    mother = visit(town.mother)
    with counted() as sent:
        page = mother.get(address(town, "subject"))
    assert len(sent) <= 8
    assert len(page.root.xpath("//tbody/tr")) == 150
    assert "(5·100 + 4·200) : 300 ≈ 4,33" in page.words
    assert "4,33" in mother.get(address(town, "subjects")).words


def test_overlapping_memberships_show_everything_once(town, visit, quarter):
    member(town.group, town.pupil, from_on=today() - timedelta(days=20))
    add_work(town.lesson, "5", pupil=town.pupil, title="")
    add_work(town.lesson, "4", pupil=town.pupil, title="")
    Attendance.create(
        school=town.school, lesson=town.lesson, pupil=town.pupil, code="о", late_minutes=5
    )
    mother = visit(town.mother)
    assert "(5·3 + 4·3) : 6 = 4,50" in mother.get(address(town, "subject")).words
    assert "Опозданий: 1, всего 5 минут." in mother.get(address(town, "attendance")).words
    assert mother.get(address(town, "day")).words.count("Отметка 5") == 1
    assert len(mother.get(address(town, "day")).root.xpath("//dt")) == 1


@pytest.mark.parametrize("name", ["subjects", "subject", "attendance"])
def test_periods(town, visit, quarter, name):
    # In one month, so that on no day of the year the two are of different school years.
    first = quarter.from_on.replace(day=1)
    StudyPeriod.update(from_on=first + timedelta(days=1)).execute()
    before = add_period(
        town.school, town.year, "1 четверть", first, today() - timedelta(days=10), ordinal=2
    )
    strange = add_period(
        town.other_school, town.other_year, "Чужая", quarter.from_on, quarter.until_on
    )
    mother = visit(town.mother)
    page = mother.get(address(town, name))
    assert "2 четверть" in page.heading
    older = mother.get(page.links()["1 четверть"])
    assert "1 четверть" in older.heading
    assert page.links()["1 четверть"] == f"{address(town, name)}?period={before.id}"
    for bad in (strange.id, 0, -1, "x", "1.5", "9" * 30, "٣"):
        mother.get(f"{address(town, name)}?period={bad}", status=404)


def test_a_school_without_periods(town, visit):
    page = visit(town.mother).get(address(town, "subjects"))
    assert "Учебный год" in page.heading


def test_a_stranger_subject_is_not_there(town, visit):
    mother = visit(town.mother)
    for subject_id in (town.other_group.subject_id, 999_999, 0, 2**31):
        mother.get(f"/diary/{town.pupil.id}/subjects/{subject_id}", status=404)


# Attendance


@pytest.mark.clause("S2 1.3-4", "NT результат-2")
@pytest.mark.requirement("B4")
def test_attendance_by_reason(town, visit, quarter):
    codes = ("б", "б", "н", "у", "нп", "о", "о")
    for number, code in enumerate(codes, start=2):
        lesson = make_lesson(town.group, town.teacher, today(), number)
        Attendance.create(
            school=town.school, lesson=lesson, pupil=town.pupil, code=code,
            late_minutes=10 if code == "о" else None,
        )  # fmt: skip
    page = visit(town.mother).get(address(town, "attendance"))
    assert (
        "Пропущено 5 уроков: причина не названа — 1, болезнь — 2, уважительная причина — 1, "
        "без уважительной причины — 1. Опозданий: 2, всего 20 минут."
    ) in page.words
    table = page.root.xpath("//table")[0]
    assert "Пропущенные уроки по причинам" in "".join(table.xpath("./caption")[0].itertext())
    assert "Отсутствие: болезнь — 2. Алгебра, 3. Алгебра" in page.words
    assert "Опоздание на 10 минут — 7. Алгебра, 8. Алгебра" in page.words


@pytest.mark.requirement("B4")
def test_nothing_missed(town, visit, quarter):
    page = visit(town.mother).get(address(town, "attendance"))
    assert "Пропусков нет. Опозданий нет." in page.words
    assert not page.root.xpath("//table")


# Several schools


@pytest.fixture
def transferred(town):
    """The pupil came from school 19 twenty days ago, with marks from there."""
    moved_on = today() - timedelta(days=20)
    Enrolment.update(from_on=moved_on).where(Enrolment.pupil == town.pupil).execute()
    GroupMembership.update(from_on=moved_on).where(GroupMembership.pupil == town.pupil).execute()
    until_on = moved_on - timedelta(days=1)
    enrol(town.other_class, town.pupil, until_on=until_on)
    member(town.other_group, town.pupil, until_on=until_on)
    lesson = make_lesson(town.other_group, town.other_teacher, until_on)
    add_work(lesson, "3", pupil=town.pupil)
    add_work(town.other_lesson, "2", pupil=town.other_pupil)
    Attendance.create(school=town.other_school, lesson=lesson, pupil=town.pupil, code="б")
    return lesson


@pytest.mark.requirement("B1")
def test_marks_of_both_schools_are_shown(town, visit, quarter, transferred):
    add_work(town.lesson, "5", pupil=town.pupil)
    mother = visit(town.mother)
    page = mother.get(address(town, "subjects"))
    rows = [
        ["".join(cell.itertext()) for cell in row.xpath("./*")]
        for row in page.root.xpath("//tbody/tr")
    ]
    assert rows == [["Алгебра", "5", "5,00"], ["Химия, СОШ № 19", "3", "3,00"]]
    assert page.heading.startswith("Королёв Фёдор, 7А: ")
    chemistry = mother.get(page.links()["Химия"])
    assert "Химия, СОШ № 19" in chemistry.heading
    assert "3·3 : 3 = 3,00" in chemistry.words
    day = mother.get(f"/diary/{town.pupil.id}/day/{transferred.held_on}")
    assert "СОШ № 19" in day.words
    assert "1. Химия (СОШ № 19)" in mother.get(address(town, "attendance")).words
    # After the transfer the lessons of the old school are no longer theirs.
    assert "Химия" not in mother.get(address(town, "day")).words


def test_periods_of_two_schools_name_their_school(town, visit, quarter, transferred):
    add_period(
        town.other_school, town.other_year, "1 триместр", year_start(),
        today() - timedelta(days=10), kind="trimester",
    )  # fmt: skip
    StudyPeriod.update(from_on=today() - timedelta(days=30)).execute()
    page = visit(town.mother).get(address(town, "subjects"))
    assert {"2 четверть, СОШ № 2", "1 триместр, СОШ № 19"} <= page.links().keys()
    assert "2 четверть" in page.heading


def test_each_school_has_its_own_clock(town, visit):
    School.update(time_zone="Europe/Moscow").where(School.id == town.school.id).execute()
    page = visit(town.mother).get(address(town, "day"))
    # 08:30 in Yekaterinburg.
    assert "06:30–07:10" in page.words
    assert moment(today(), "08:30") == clock.moment_of(today(), "06:30", "Europe/Moscow")


@pytest.mark.parametrize("page", ["week/{}", "day/{}", "timetable/{}", "tomorrow"])
def test_a_lesson_does_not_stand_inside_the_one_before(town, visit, page):
    """w3m knows no implied end of a <dd>: each lesson would be shifted to the right."""
    html = visit(town.mother).get(f"/diary/{town.pupil.id}/{page.format(today())}").html
    lessons = html.split("<dt")[1:]
    assert lessons
    assert all("</dd>" in lesson for lesson in lessons)


@pytest.mark.requirement("H20")
def test_a_week_as_text_is_sentences_before_any_link(town, visit):
    """As it is heard: each lesson a paragraph, the ways to other pages behind the text."""
    build_fixed_week(town, date(2026, 9, 14))
    mother, week = visit(town.mother), f"/diary/{town.pupil.id}/week/2026-09-14"
    page = mother.get(week)
    text = mother.get(week + page.links()["Неделя текстом"])
    assert text.title.startswith("Королёв Фёдор, 7А: неделя с 14 по 20 сентября 2026 года, текстом")
    told = [" ".join("".join(p.itertext()).split()) for p in text.root.xpath("//main/p")]
    assert told[0] == (
        "1-й урок: Информатика. С 08:30 до 09:10, кабинет 100. Тема: Представление информации. "
        "Задано: параграф 1.4, вопросы с 1 по 5; РТ: номера 38, 40; уметь объяснить решение у "
        "доски. Отметка 3 за контрольную работу, вес 3."
    )
    assert not text.root.xpath("//main/nav/following-sibling::p | //main//dl | //main/p/a")
    assert text.root.xpath("string(//main/h2)") == "Понедельник, 14 сентября"
    # Whoever listens always chooses it once, and can have the list still.
    mother.send(mother.get("/view"), **{"week-as-text": "y"})
    listening = mother.get(week)
    assert listening.title == text.title
    as_list = mother.get(listening.links()["Эта неделя списком"])
    assert as_list.root.xpath("//main/dl")
    assert as_list.links()["Неделя текстом, чтобы слушать"].endswith("?as=text")
