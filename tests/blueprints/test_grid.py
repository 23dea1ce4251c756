"""The register of a group over a period: the grid, its form, its twin (E1, H3, H4)."""

from datetime import timedelta

import pytest

from school import clock
from school.models import (
    Attendance,
    GroupTeacher,
    History,
    Mark,
    PeriodResult,
    StudyPeriod,
    TeachingGroup,
    Work,
    WorkKind,
)
from tests.blueprints.helpers import complaints, make_work, stand_in
from tests.town import PASSWORD, make_group, make_lesson, member, person, today, year_start


def address(town):
    return f"/gradebook/groups/{town.group.id}"


@pytest.fixture
def period(town):
    """A quarter that holds today."""
    return StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=5, until_grade=9, from_on=year_start(), until_on=today() + timedelta(days=30),
    )  # fmt: skip


def cell(pupil, lesson):
    return f"cell-{pupil.id}-{lesson.id}"


def marks(town):
    return {(m.pupil_id, m.work.lesson_id): m.value for m in Mark.select()}


@pytest.mark.requirement("E1")
def test_a_whole_period_is_one_form(town, period, visit):
    """Without script: marks and absences of several lessons, in one go."""
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    assert "1 четверть" in page.words
    back = teacher.send(
        page,
        **{
            cell(town.pupil, town.lesson): "5",
            cell(town.classmate, town.lesson): "Н",
            cell(town.pupil, town.yesterday): "о 4/5",
        },
    )
    assert marks(town) == {
        (town.pupil.id, town.lesson.id): "5",
        (town.pupil.id, town.yesterday.id): "5",
    }
    assert {(a.pupil_id, a.lesson_id): a.code for a in Attendance.select()} == {
        (town.classmate.id, town.lesson.id): "н",
        (town.pupil.id, town.yesterday.id): "о",
    }
    page = teacher.follow(back)
    assert "о 4/5" in page.words
    assert "4,67" in page.words  # 5, 4, 5
    # Once more, untouched: nothing is written.
    count = History.select().count()
    page = teacher.get(f"{address(town)}?edit=1")
    teacher.send(page)
    assert History.select().count() == count
    # The lesson's own register shows the same.
    register = teacher.get(f"/gradebook/lessons/{town.lesson.id}").fields()
    assert register[f"mark-{town.pupil.id}"] == "5"
    assert register[f"attendance-{town.classmate.id}"] == "н"
    # «н» becomes a mark.
    page = teacher.get(f"{address(town)}?edit=1")
    assert page.fields()[cell(town.classmate, town.lesson)] == "н"
    teacher.send(page, **{cell(town.classmate, town.lesson): "3"})
    assert not Attendance.select().where(Attendance.lesson == town.lesson).exists()
    assert marks(town)[town.classmate.id, town.lesson.id] == "3"


@pytest.mark.requirement("H3")
def test_cells_of_one_pupil_in_two_lessons_are_two_cells(town, period, visit):
    """What a page sent of one lesson is neither the same as, nor overtaken by, what it sent of
    another: a pasted block goes out by lessons, and arrives in any order."""
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    kept = {name: page.fields()[name] for name in ("csrf_token", "seen", "period")}
    kept["page"] = page.root.xpath("//form[@id='register']")[0].get("data-page")
    for sequence, lesson, value in (("2", town.lesson, "3"), ("1", town.yesterday, "4")):
        sent = {cell(town.pupil, lesson): value, cell(town.classmate, lesson): "н"}
        answer = teacher.client.post(
            address(town),
            data={**kept, "sequence": sequence, **sent},
            headers={"Accept": "application/json", "HX-Request": "true"},
        )
        assert answer.status_code == 200
        assert {name: answer.json["cells"][name]["value"] for name in sent} == sent
    assert marks(town) == {
        (town.pupil.id, town.lesson.id): "3",
        (town.pupil.id, town.yesterday.id): "4",
    }
    assert Attendance.select().count() == 2
    # The button sends all lessons with one number.
    fields = teacher.get(f"{address(town)}?edit=1").fields()
    fields |= {"page": kept["page"], "sequence": "3"}
    fields |= {cell(town.pupil, town.lesson): "5", cell(town.pupil, town.yesterday): "2"}
    teacher.post(address(town), fields, status=303)
    assert set(marks(town).values()) == {"5", "2"}


@pytest.mark.requirement("H3")
def test_a_save_is_overtaken_also_by_one_that_knows_the_lessons_work_by_now(town, period, visit):
    """Typed 3, and back to nothing: in between the page heard of the work that another cell's
    mark made, and calls the same cell by it. The 3 arrives last."""
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    kept = {name: page.fields()[name] for name in ("csrf_token", "period")}
    kept["page"] = page.root.xpath("//form[@id='register']")[0].get("data-page")

    def save(sequence, pupil, value, seen, work):
        sent = {
            **kept, "sequence": str(sequence), "seen": f"{town.lesson.id}-{seen}-{work}",
            cell(pupil, town.lesson): value,
        }  # fmt: skip
        headers = {"Accept": "application/json", "HX-Request": "true"}
        answer = teacher.client.post(address(town), data=sent, headers=headers)
        assert answer.status_code == 200
        return answer.json["cells"][cell(pupil, town.lesson)]

    made = save(1, town.classmate, "4", 0, 0)
    assert save(3, town.pupil, "", made["seen"], made["work"])["value"] == ""
    assert save(2, town.pupil, "3", 0, 0)["value"] == ""
    assert marks(town) == {(town.classmate.id, town.lesson.id): "4"}


def rows_of(page):
    """Name → the texts of a pupil's row."""
    return {
        " ".join("".join(row.xpath("./th")[0].itertext()).split()): [
            " ".join("".join(cell.itertext()).split()) for cell in row.xpath("./td")
        ]
        for row in page.root.xpath("//table[@class='grid']/tbody/tr")
    }


@pytest.mark.requirement("H3")
def test_two_people_in_one_cell_see_both_values(town, period, visit):
    """A page three days old: what was changed since is a conflict, the rest is saved."""
    GroupTeacher.create(
        school=town.school, teaching_group=town.group, teacher=town.colleague, from_on=year_start()
    )
    teacher, colleague = visit(town.teacher), visit(town.colleague)
    old = teacher.get(f"{address(town)}?edit=1")
    there = colleague.get(f"{address(town)}?edit=1")
    colleague.send(there, **{cell(town.pupil, town.lesson): "н"})
    back = teacher.send(
        old,
        status=422,
        **{cell(town.pupil, town.lesson): "б", cell(town.classmate, town.lesson): "4"},
    )
    assert "Сейчас в журнале: н (Соседкина Нина" in back.words
    assert "Остальное сохранено: 1." in back.words
    assert back.fields()[cell(town.pupil, town.lesson)] == "б"
    # Seen, it is decided by sending again.
    teacher.send(back)
    assert Attendance.get(Attendance.pupil == town.pupil).code == "б"
    assert marks(town) == {(town.classmate.id, town.lesson.id): "4"}


@pytest.mark.requirement("H1")
def test_what_is_proposed_stands_beside_the_average(town, period, visit):
    """The same as the page of the results proposes; decided otherwise, both are shown."""
    other = make_group(
        town.school, town.year, town.school_class, "Алгебра", town.teacher, [], name="7А вторая",
    )  # fmt: skip
    TeachingGroup.update(subject=town.group.subject_id).where(
        TeachingGroup.id == other.id
    ).execute()
    both = person(town.municipality, "Двойнов")
    member(town.group, both)
    member(other, both, until_on=today() - timedelta(days=2))
    work = make_work(town.lesson, "Контрольная работа")
    for pupil, values in ((town.pupil, "45"), (both, "55"), (town.classmate, "5")):
        for position, value in enumerate(values, 1):
            Mark.create(school=town.school, work=work, pupil=pupil, position=position, value=value)
    make_lesson(town.group, town.teacher, today() - timedelta(days=3))
    teacher = visit(town.teacher)
    results = f"/gradebook/groups/{town.group.id}/results/period-{period.id}"
    page = teacher.get(address(town))
    assert results in page.links().values()
    assert "тому, кто учился и в другой группе" in page.words
    shown = {name: row[:2] for name, row in rows_of(page).items()}
    assert shown["Королёв Фёдор"] == ["4,50", "предл. н/а"]
    assert shown["Петров-Сосновский Артём"] == ["5,00", "предл. н/а"]
    assert shown["Двойнов Анна"] == ["5,00", "—"]  # the marks of the other group count as well
    sheet = teacher.get(results)
    assert sheet.words.count("а нужно 3") == 2  # Двойнов is in no class of this school
    answer = teacher.client.post(
        address(town),
        data={
            **{name: page.fields()[name] for name in ("csrf_token", "seen")},
            cell(town.pupil, town.yesterday): "5",
        },
        headers={"HX-Request": "true", "Accept": "application/json"},
    )
    assert answer.json["averages"] == {str(town.pupil.id): ["4,57", "предл. 5"]}
    PeriodResult.create(
        school=town.school, school_year=town.year, subject=town.group.subject_id,
        teaching_group=town.group, pupil=town.pupil, kind="period", study_period=period,
        value="4", proposed="4",
        decided_by=town.teacher, decided_at=clock.now(),
    )  # fmt: skip
    assert rows_of(teacher.get(address(town)))["Королёв Фёдор"][:2] == ["4,57", "4, предл. 5"]
    twin = teacher.get(f"{address(town)}/pupils/{town.pupil.id}").words
    assert "Результат за период: 4. Предложено 5: порог 4,5." in twin
    TeachingGroup.update(marking="none").where(TeachingGroup.id == town.group.id).execute()
    assert results not in teacher.get(address(town)).links().values()


def test_what_is_no_mark_comes_back_with_a_sentence(town, period, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    wrong = {
        cell(town.pupil, town.lesson): "6",
        cell(town.classmate, town.lesson): "5+",
        cell(town.pupil, town.yesterday): " 4\t",
        cell(town.classmate, town.yesterday): "н б",
        cell(town.pupil, town.tomorrow): "5",
    }
    back = teacher.send(page, status=422, **wrong)
    assert complaints(back).keys() == wrong.keys() - {cell(town.pupil, town.yesterday)}
    assert "Урок ещё не наступил" in complaints(back)[cell(town.pupil, town.tomorrow)]
    assert marks(town) == {(town.pupil.id, town.yesterday.id): "4"}
    for name in wrong.keys() - {cell(town.pupil, town.yesterday)}:
        assert back.fields()[name] == wrong[name]
    # A stranger to the group has no cell; a field that nobody has is passed over.
    teacher.send(
        teacher.get(f"{address(town)}?edit=1"),
        status=422,
        **{cell(town.other_pupil, town.lesson): "5", "cell-1-x": "5"},
    )


def test_who_came_in_the_middle_has_cells_from_then_on(town, period, visit):
    late = person(town.municipality, "Новичков")
    member(town.group, late, from_on=today())
    gone = person(town.municipality, "Уехавший")
    member(town.group, gone, until_on=today() - timedelta(days=1))
    page = visit(town.teacher).get(f"{address(town)}?edit=1")
    names = page.fields()
    assert cell(late, town.lesson) in names
    assert cell(late, town.yesterday) not in names
    assert cell(gone, town.yesterday) in names
    assert cell(gone, town.lesson) not in names
    shown = rows_of(visit(town.deputy_head).get(address(town)))
    assert shown["Новичков Анна"] == ["—", "предл. н/а", "×", "", ""]
    assert shown["Уехавший Анна"] == ["—", "—", "", "×", "×"]


@pytest.mark.requirement("C1")
def test_a_first_mark_after_the_period_is_late_and_shown_so(town, period, visit):
    old = make_lesson(town.group, town.teacher, today() - timedelta(days=10))
    StudyPeriod.update(until_on=today() - timedelta(days=5)).execute()
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    assert cell(town.pupil, town.lesson) not in page.fields()  # of another period
    teacher.send(page, **{cell(town.pupil, old): "5"})
    shown = rows_of(teacher.get(address(town)))
    assert shown["Королёв Фёдор"] == ["5,00", "предл. 5", "5*"]
    assert "внесено позже срока" in visit(town.teacher).get(
        f"{address(town)}/pupils/{town.pupil.id}"
    ).words  # fmt: skip


def test_a_substitute_has_the_one_lesson_and_its_own_teachers_the_rest(town, period, visit):
    stand_in(town.lesson, town.colleague)
    colleague = visit(town.colleague)
    colleague.get(address(town), status=404)
    page = colleague.get(f"/gradebook/lessons/{town.lesson.id}")
    assert "Журнал за период" not in page.main
    # The group's own teacher still writes in all of it.
    teacher = visit(town.teacher)
    teacher.send(teacher.get(f"{address(town)}?edit=1"), **{cell(town.pupil, town.lesson): "5"})
    # Of another teacher's group nothing is written through one's own.
    page = teacher.get(f"{address(town)}?edit=1")
    foreign = {cell(town.other_pupil, town.other_lesson): "2"}
    back = teacher.send(page, status=422, **foreign)
    assert "другой учитель" in back.words
    assert not Mark.select().where(Mark.pupil == town.other_pupil).exists()


def test_a_column_opens_before_its_lesson(town, period, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}/works")
    kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
    back = teacher.send(page, lesson=str(town.tomorrow.id), kind=str(kind.id), title="Дроби")
    shown = teacher.follow(back)
    assert "КР" in shown.words
    assert Work.get(Work.lesson == town.tomorrow).title == "Дроби"
    # Two works in one lesson: the second column is the work's alone.
    first, second = make_work(town.lesson), make_work(town.lesson, "Ответ на уроке", 2)
    page = teacher.get(f"{address(town)}?edit=1")
    teacher.send(
        page,
        **{
            cell(town.pupil, town.lesson): "5",
            f"mark-{town.pupil.id}-{second.id}": "4",
            f"mark-{town.classmate.id}-{second.id}": "н",
        },
    )
    assert {(m.work_id, m.value) for m in Mark.select()} == {(first.id, "5"), (second.id, "4")}
    assert rows_of(teacher.get(address(town)))["Петров-Сосновский Артём"][3] == "н"


@pytest.mark.requirement("H5")
def test_a_locked_screen_asks_for_the_password_and_loses_nothing(town, period, visit):
    teacher = visit(town.teacher)
    page = teacher.get(f"{address(town)}?edit=1")
    wrong = cell(town.classmate, town.lesson)
    away = teacher.post(
        page.action(),
        {**page.fields(), cell(town.pupil, town.lesson): "5", wrong: "7", "lock": "1"},
        status=303,
    )
    assert "/locked" in away.headers["Location"]
    # What was good is saved. Every other page asks first, also to a page that was open before.
    assert marks(town) == {(town.pupil.id, town.lesson.id): "5"}
    asked = teacher.get("/gradebook/", status=303)
    assert "/sign-in" in asked.headers["Location"]
    assert "/locked" in teacher.get(asked.headers["Location"], status=303).headers["Location"]
    answer = teacher.client.post(
        page.action(),
        data={**{name: page.fields()[name] for name in ("csrf_token", "seen")}, wrong: "8"},
        headers={"HX-Request": "true", "Accept": "application/json"},
    )
    assert answer.status_code == 401
    locked = teacher.get(away.headers["Location"])
    assert "Королёв" not in locked.words
    assert "не подошёл" in teacher.send(locked, present="wrong", status=422).words
    on = teacher.send(teacher.get(away.headers["Location"]), present=PASSWORD)
    page = teacher.get(on.headers["Location"])
    assert "Введённое ждало вас" in page.words
    assert page.fields()[wrong] == "8"
    assert page.fields()[cell(town.pupil, town.lesson)] == "5"


@pytest.mark.requirement("H5")
def test_a_lessons_register_is_locked_with_what_is_typed(town, visit):
    teacher = visit(town.teacher)
    lesson = f"/gradebook/lessons/{town.lesson.id}"
    page = teacher.get(lesson)
    fields = page.fields()
    typed = {f"mark-{town.pupil.id}": "5", f"mark-{town.classmate.id}": "7", "topic": "Дроби"}
    away = teacher.post(lesson, {**fields, **typed, "lock": "1"}, status=303)
    assert marks(town) == {(town.pupil.id, town.lesson.id): "5"}
    # Ended meanwhile, it is a sign-in as any other; another person may sign in too.
    other = teacher.get("/sign-in?other=1")
    assert "login" in other.fields()
    on = teacher.send(teacher.get(away.headers["Location"]), present=PASSWORD)
    back = teacher.get(on.headers["Location"])
    assert back.fields()[f"mark-{town.classmate.id}"] == "7"
    assert back.fields()["topic"] == "Дроби"
    assert "Введённое ждало вас" in back.words
    teacher.get(away.headers["Location"], status=303)  # no longer locked


def test_registers_stand_by_the_number_of_their_class(town, visit):
    for name in ("10А", "8А"):
        make_group(
            town.school, town.year, town.school_class, "Алгебра", town.teacher, [], name=name
        )
    found = [
        words for words in visit(town.teacher).get("/gradebook/").links() if "Журнал:" in words
    ]
    assert found == [f"Журнал: Алгебра, {name}" for name in ("7А", "8А", "10А")]
