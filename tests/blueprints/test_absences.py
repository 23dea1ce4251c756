"""H9, B4, H2: excuses of families, hints in the register, the class teacher's morning list."""

from datetime import timedelta

import pytest

from school import clock
from school.models import (
    Attendance,
    Closing,
    DiaryLimit,
    Enrolment,
    Excuse,
    History,
    Person,
    SchoolBreak,
    SchoolClass,
    Session,
    StudyPeriod,
    Work,
)
from tests.blueprints.crowd import guardian, limit
from tests.blueprints.helpers import (
    address_of,
    make_work,
    register_of,
    save,
    statements,
)
from tests.town import account, enrol, make_lesson, member, person, role, today, year_start

pytestmark = pytest.mark.requirement("H9")
DAY = timedelta(days=1)


def short(day):
    return f"{day:%d.%m.%Y}"


def told(town, visitor, *, status=303, **typed):
    """The family fills in the form."""
    page = visitor.get(f"/diary/{town.pupil.id}/attendance/excuse")
    return visitor.send(page, status=status, **typed)


def answer(town, visitor, decision="accept", *, excuse=None, status=303, **typed):
    """The class teacher answers, one at a time."""
    excuse = excuse or Excuse.select().order_by(Excuse.id.desc()).get()
    address = f"/class/{town.school_class.id}/excuses/{excuse.id}"
    return visitor.send(visitor.get(address), status=status, decision=decision, **typed)


def code_of(town, lesson, pupil=None):
    row = Attendance.get_or_none(
        Attendance.lesson == lesson, Attendance.pupil == (pupil or town.pupil)
    )
    return row and row.code


@pytest.fixture
def family(town, visit):
    return visit(town.mother)


@pytest.fixture
def leader(town, visit):
    return visit(town.class_teacher)


# Telling


def test_a_parent_tells_and_the_teacher_sees_a_hint_and_no_mark(town, visit, family):
    page = family.follow(told(town, family, until_on=short(today() + 2 * DAY)))
    assert "Сообщение у классного руководителя" in page.words
    assert "болеет Ждёт ответа классного руководителя" in page.words
    register = register_of(visit(town.teacher), town.lesson)
    until = f"{today() + 2 * DAY:%d.%m}"
    assert f"Предупредили: болеет до {until} (ещё не принято)" in register.words
    assert register.fields()[f"attendance-{town.pupil.id}"] == ""
    assert not Attendance.select().exists()
    assert "Мои сообщения об отсутствии" in family.get("/account/data").words


@pytest.mark.parametrize("spelling", ["%d.%m.%Y", "%Y-%m-%d"])
def test_both_spellings_of_days_and_hours_of_one(town, visit, family, spelling):
    day = format(town.tomorrow.held_on, spelling)
    told(town, family, from_on=day, starts="8", ends="9.00", reason="other", words="к врачу")
    line = Excuse.get()
    assert (line.from_on, line.until_on) == (town.tomorrow.held_on,) * 2
    assert (line.starts, line.ends, line.reason) == ("08:00", "09:00", "other")
    hint = "Предупредили: другая причина, с 08:00 до 09:00 (ещё не принято)"
    teacher = visit(town.teacher)
    assert hint in register_of(teacher, town.tomorrow).words
    later = make_lesson(town.group, town.teacher, town.tomorrow.held_on, 3)
    assert "Предупредили" not in register_of(teacher, later).words


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(town, family):
    page = told(town, family, status=422, from_on="вчера", starts="99", reason="other", words="")
    assert page.title.startswith("Ошибка: ")
    assert page.fields()["from_on"] == "вчера"
    assert page.fields()["reason"] == "other"
    for words in ("Напишите его так: 15.09.2026", "Напишите время так: 10:30", "что случилось"):
        assert words in page.words
    backwards = told(
        town, family, status=422, from_on=short(today()), until_on=short(today() - DAY)
    )
    assert "Последний день раньше первого" in backwards.words
    assert not Excuse.select().exists()


def test_holidays_need_no_excuse_and_a_span_over_them_is_one(town, family):
    holidays = today() + 20 * DAY
    SchoolBreak.create(
        school=town.school, kind="holidays", name="Каникулы", from_on=holidays,
        until_on=holidays + 9 * DAY,
    )  # fmt: skip
    first = short(holidays)
    page = told(town, family, status=422, from_on=first, until_on=short(holidays + 9 * DAY))
    assert "В эти дни уроков нет" in page.words
    told(town, family, from_on=first, until_on=short(holidays + 16 * DAY))
    late = told(town, family, status=422, from_on=short(today()), starts="20:00")
    assert "они идут с 08:30 до 09:10" in late.words


def test_the_same_form_twice_is_one_excuse(town, family):
    page = family.get(f"/diary/{town.pupil.id}/attendance/excuse")
    family.send(page)
    family.send(page)
    # «Back», and the same from a form made anew.
    family.send(family.get(page.address))
    assert Excuse.select().count() == 1
    assert History.select().where(History.table_name == "excuse").count() == 1


def test_two_parents_tell_of_the_same_days_and_both_are_kept(town, visit, family, leader):
    told(town, family)
    told(town, visit(town.father), reason="family", words="едем к бабушке")
    page = leader.get(f"/class/{town.school_class.id}/absences")
    assert page.words.count("Предупредили:") == 2
    assert "мать, Королёва Мария Ивановна" in page.words
    assert "отец, Королёв Пётр Ивановна" in page.words
    register = register_of(visit(town.teacher), town.lesson)
    assert "Предупредили: болеет (ещё не принято); предупредили: семейные" in register.words
    assert "едем к бабушке" in family.get(f"/diary/{town.pupil.id}/attendance").words


@pytest.mark.requirement("H10")
def test_who_may_tell(app, town, visit):
    address = f"/diary/{town.pupil.id}/attendance/excuse"
    refused = visit(town.pupil).get(address, status=403)
    assert "До 18 лет об отсутствии сообщают родители" in refused.words
    assert (
        "Сообщить об отсутствии"
        not in visit(town.pupil).get(f"/diary/{town.pupil.id}/attendance").words
    )
    visit(town.class_teacher).get(address, status=403)
    visit(town.other_mother).get(address, status=404)
    limit(town.father, town.pupil, "attendance")
    visit(town.father).get(address, status=403)
    DiaryLimit.update(area="everything").execute()
    visit(town.father).get(address, status=403)
    # Of age the pupil tells, and the mother no more.
    born = today().replace(year=today().year - 18)
    Person.update(birth_on=born).where(Person.id == town.pupil).execute()
    visit(town.pupil).get(address)
    visit(town.mother).get(address, status=403)


@pytest.mark.requirement("H10")
def test_who_may_not_know_where_the_child_is_reads_only_their_own(town, visit, family):
    told(town, family, reason="other", words="уезжаем в Пермь")
    limit(town.father, town.pupil, "timetable")
    father = visit(town.father)
    told(town, father, words="горло")
    page = father.get(f"/diary/{town.pupil.id}/attendance")
    assert "горло" in page.words
    assert "Пермь" not in page.words


# Answers


def test_accepted_it_gives_reasons_now_and_to_what_is_entered_later(town, visit, family, leader):
    teacher = visit(town.teacher)
    pupil = town.pupil.id
    save(teacher, town.yesterday, {f"attendance-{pupil}": "н"})
    told(town, family, from_on=short(today() - DAY), until_on=short(today() + DAY))
    page = leader.follow(answer(town, leader, word="поправляйтесь"))
    assert "Причина поставлена: 1 урок" in page.words
    assert code_of(town, town.yesterday) == "б"
    save(teacher, town.lesson, {f"attendance-{pupil}": "н"})
    assert code_of(town, town.lesson) == "б"
    lines = History.select().where(History.field == "attendance").order_by(History.id)
    excuse = Excuse.get()
    assert [(h.old, h.new, h.actor_id) for h in lines] == [
        ("", "н", town.teacher.id),
        ("н", "б", town.class_teacher.id),
        ("", "б", town.teacher.id),
    ]
    assert [f"по сообщению № {excuse.id}: болеет" in h.why for h in lines] == [False, True, True]
    diary = family.get(f"/diary/{pupil}/attendance")
    assert "Принято: «поправляйтесь»" in diary.words
    assert "Пропущено 2 урока: болезнь — 2. Опозданий нет. Целых дней пропущено — 2" in diary.words
    # Who types «н» over the reason means it.
    save(teacher, town.lesson, {f"attendance-{pupil}": "н"})
    assert code_of(town, town.lesson) == "н"


def test_an_absence_typed_as_a_mark_and_a_form_sent_twice(town, visit, family, leader):
    told(town, family)
    answer(town, leader)
    teacher = visit(town.teacher)
    page = register_of(teacher, town.lesson)
    for _ in range(2):
        save(teacher, town.lesson, {f"mark-{town.pupil.id}": "н"}, page=page)
    assert code_of(town, town.lesson) == "б"
    assert History.select().where(History.field == "attendance").count() == 1


def test_a_cell_that_is_left_comes_back_with_its_reason(town, visit, family, leader):
    told(town, family)
    answer(town, leader)
    teacher = visit(town.teacher)
    page = register_of(teacher, town.lesson)
    fields = page.fields()
    name = f"attendance-{town.pupil.id}"
    sent = {
        "csrf_token": fields["csrf_token"], "seen": fields["seen"], name: "н",
        "page": page.root.xpath("//form[@id='register']/@data-page")[0], "sequence": "1",
    }  # fmt: skip
    for _ in range(2):  # the line was cut, it is sent once more
        made = teacher.client.post(
            address_of(town.lesson), data=sent, headers={"Accept": "application/json"}
        )
        assert made.status_code == 200
        assert made.json["cells"][name] == {"value": "б"}
    assert History.select().where(History.field == "attendance").count() == 1


def test_declined_with_a_word_and_accepted_after_all(town, family, leader, visit):
    save(visit(town.teacher), town.lesson, {f"attendance-{town.pupil.id}": "н"})
    told(town, family)
    page = answer(town, leader, "decline", status=422)
    assert "Напишите семье хоть слово" in page.words
    answer(town, leader, "decline", word="нужна справка")
    assert "Не принято: «нужна справка»" in family.get(f"/diary/{town.pupil.id}/attendance").words
    assert code_of(town, town.lesson) == "н"
    answer(town, leader, code="у")
    assert code_of(town, town.lesson) == "у"


def test_after_an_unexcused_absence_the_class_teacher_decides(town, visit, family, leader):
    teacher = visit(town.teacher)
    save(teacher, town.yesterday, {f"attendance-{town.pupil.id}": "нп"})
    told(town, family, from_on=short(today() - DAY))
    page = leader.follow(answer(town, leader))
    assert "Не тронуто:" in page.words
    assert code_of(town, town.yesterday) == "нп"
    answer(town, leader, "decline", word="перепутала")
    page = leader.get(f"/class/{town.school_class.id}/excuses/{Excuse.get().id}")
    assert "Заменить и то, что записано как «нп»: 1" in page.words
    leader.send(page, decision="accept", also="1")
    assert code_of(town, town.yesterday) == "б"


def test_two_who_answer_at_once_see_each_other(town, visit, family, leader):
    told(town, family)
    address = f"/class/{town.school_class.id}/excuses/{Excuse.get().id}"
    page = leader.get(address)
    leader.send(page, decision="decline", word="нет")
    again = leader.send(page, decision="accept", status=422)
    assert "Уже решено" in again.words
    leader.send(page, decision="decline", word="нет")  # the same twice
    assert Excuse.get().decision == "declined"


def test_it_can_be_withdrawn_until_it_begins(town, visit, family, leader):
    told(town, family)
    page = family.get(f"/diary/{town.pupil.id}/attendance")
    assert "Отозвать" not in page.words
    begun = Excuse.get()
    address = f"/diary/{town.pupil.id}/attendance/excuses/{begun.id}"
    token = {"csrf_token": family.get(f"/diary/{town.pupil.id}/attendance/excuse").fields()[
        "csrf_token"
    ]}  # fmt: skip
    assert "Отозвать уже нельзя" in family.post(address, token, status=422).words
    told(town, family, from_on=short(today() + DAY))
    coming = Excuse.get(Excuse.id != begun.id)
    answer(town, leader, excuse=coming)
    page = family.get(f"/diary/{town.pupil.id}/attendance")
    ask = family.get(page.links()[f"Отозвать сообщение № {coming.id}"])
    visit(town.father).get(page.links()[f"Отозвать сообщение № {coming.id}"], status=404)
    assert "Сообщение отозвано" in family.follow(family.send(ask)).words
    assert Excuse.get_by_id(coming.id).decision == "withdrawn"
    # There is no field any more to which the summary could lead.
    late = f"/class/{town.school_class.id}/excuses/{coming.id}"
    assert "Ответ: отозвано" in leader.post(late, token, status=422).words
    assert "Предупредили" not in register_of(visit(town.teacher), town.tomorrow).words


def test_another_class_s_teacher_finds_nothing(town, visit, family):
    told(town, family)
    stranger = person(town.municipality, "Соседняя")
    account(stranger)
    other = SchoolClass.create(school=town.school, school_year=town.year, grade=7, letter="Б")
    role(stranger, "class_teacher", town.school, school_class=other)
    visitor = visit(stranger)
    own, foreign = other.id, town.school_class.id
    for page in (f"{foreign}/absences", f"{foreign}/excuses", f"{own}/excuses/{Excuse.get().id}"):
        visitor.get(f"/class/{page}", status=404)
    # The pupil moves into that class: so does what is undecided.
    Enrolment.update(until_on=today() - DAY).where(Enrolment.pupil == town.pupil).execute()
    enrol(other, town.pupil, from_on=today())
    assert "ждут ответа: 1" in visitor.get("/class/").words
    visitor.get(f"/class/{own}/excuses/{Excuse.get().id}")


# The morning


def morning(town, day=None):
    return f"/class/{town.school_class.id}/absences/{day or today()}"


@pytest.mark.requirement("B4")
def test_who_is_not_there_who_was_announced_who_lacks_a_reason(town, visit, family, leader):
    assert "Кого нет сегодня: никого" in leader.get("/class/").words
    third, fourth = (person(town.municipality, name) for name in ("Опоздаев", "Предупреждённый"))
    for pupil in (third, fourth):
        enrol(town.school_class, pupil)
        member(town.group, pupil)
    told(town, family)
    guardian(town.other_mother, fourth)
    visitor = visit(town.other_mother)
    visitor.send(visitor.get(f"/diary/{fourth.id}/attendance/excuse"), reason="family")
    save(
        visit(town.teacher), town.lesson,
        {
            f"attendance-{town.pupil.id}": "н", f"attendance-{town.classmate.id}": "нп",
            f"attendance-{third.id}": "о", f"late-{third.id}": "12", "attendance-taken": "1",
        },
    )  # fmt: skip
    first = leader.get("/class/")
    assert "Кого нет сегодня: 3" in first.words
    assert "Сообщения об отсутствии ждут ответа: 2" in first.words
    page = leader.get(first.links()["Кого нет сегодня: 3"])
    assert (
        "Нет на уроках: 2, из них причина не названа: 1. Предупредили, но пропусков в журнале "
        "нет: 1. Опоздали: 1. Посещаемость отмечена: 1 из 1 уроков."
    ) in page.words
    lesson = town.lesson.id
    fields = page.fields()
    assert fields[f"code-{town.pupil.id}-{lesson}"] == "н"
    assert fields[f"code-{third.id}-{lesson}"] == "о 12"
    assert f"code-{fourth.id}-{lesson}" not in fields


@pytest.mark.requirement("B4")
def test_the_first_page_counts_what_lacks_a_reason(town, visit, leader):
    save(visit(town.teacher), town.yesterday, {f"attendance-{town.pupil.id}": "н"})
    day = f"{town.yesterday.held_on}"
    link = next(w for w in leader.get("/class/").links() if "без причины" in w)
    assert link.endswith("уроков: 1")
    page = leader.get(leader.get("/class/").links()[link])
    assert page.address.endswith(day)
    leader.send(page, **{f"code-{town.pupil.id}-{town.yesterday.id}": "б"})
    assert "без причины" not in leader.get("/class/").words


@pytest.mark.requirement("H2")
def test_cells_are_compare_and_set(town, visit, leader):
    teacher = visit(town.teacher)
    lesson, pupil, mate = town.lesson.id, town.pupil.id, town.classmate.id
    save(teacher, town.lesson, {f"attendance-{pupil}": "н", f"attendance-{mate}": "н"})
    page = leader.get(morning(town))
    save(teacher, town.lesson, {f"attendance-{pupil}": "нп"})
    typed = {f"code-{pupil}-{lesson}": "б", f"code-{mate}-{lesson}": "П"}
    clash = leader.send(page, status=422, **typed)
    assert "здесь записали: нп. У вас: «б»" in clash.words
    assert "Остальное сохранено: 1" in clash.words
    assert code_of(town, town.lesson) == "нп"
    assert code_of(town, town.lesson, town.classmate) == "у"
    leader.send(clash)
    assert code_of(town, town.lesson) == "б"
    leader.send(page, **typed)  # the first form once more says what stands there by now
    assert code_of(town, town.lesson) == "б"


@pytest.mark.parametrize(
    ("was", "typed", "words"),
    [
        ("н", "", "Снять пропуск может только учитель урока"),
        ("о", "н", "На уроке ученик был"),
        ("н", "5", "не пометка о посещаемости"),
        ("н", "о 999", "Минуты опоздания"),
        ("н", "б 10", "Минуты пишут у опоздавших"),
    ],
)
def test_what_the_class_teacher_cannot_write(town, visit, leader, was, typed, words):
    save(visit(town.teacher), town.lesson, {f"attendance-{town.pupil.id}": was})
    name = f"code-{town.pupil.id}-{town.lesson.id}"
    page = leader.send(leader.get(morning(town)), status=422, **{name: typed})
    assert words in page.words
    assert page.fields()[name] == typed
    assert code_of(town, town.lesson) == was


@pytest.mark.requirement("B4")
def test_late_arrivals_in_minutes_owe_their_marks(town, visit, leader):
    work = make_work(town.lesson)
    save(visit(town.teacher), town.lesson, {f"attendance-{town.pupil.id}": "н"})
    Work.update(settled_at=clock.now()).execute()
    name = f"code-{town.pupil.id}-{town.lesson.id}"
    leader.send(leader.get(morning(town)), **{name: "о15"})
    row = Attendance.get()
    assert (row.code, row.late_minutes) == ("о", 15)
    assert Work.get_by_id(work.id).settled_at is None
    diary = visit(town.mother).get(f"/diary/{town.pupil.id}/attendance")
    assert "Опозданий: 1, всего 15 минут" in diary.words


@pytest.mark.requirement("B4")
def test_a_reason_for_a_span_and_several_pupils_in_one_action(town, visit, leader):
    teacher = visit(town.teacher)
    both = (town.pupil.id, town.classmate.id)
    for lesson in (town.yesterday, town.lesson):
        save(teacher, lesson, {f"attendance-{pupil}": "н" for pupil in both})
    save(teacher, town.yesterday, {f"attendance-{both[1]}": "нп"})
    page = leader.get(morning(town))
    typed = {
        f"pupil-{both[0]}": "1", f"pupil-{both[1]}": "1", "span-code": "у",
        "span-from": f"{today() - DAY}", "span-until": short(today() + DAY),
    }  # fmt: skip
    done = leader.follow(leader.send(page, **typed))
    assert "Уважительная причина: 3 урока" in done.words
    assert "Не тронуто:" in done.words
    assert "позже, получит ту же причину" in done.words
    assert code_of(town, town.yesterday, town.classmate) == "нп"
    assert {code_of(town, town.lesson), code_of(town, town.yesterday)} == {"у"}
    leader.send(page, **typed)  # twice
    assert Excuse.select().count() == 2
    # What is entered later has its reason; and «нп» is replaced where that is said.
    replaced = leader.send(
        leader.get(morning(town)), **{**typed, "span-code": "б", "span-replaces": "нп"}
    )
    assert "Болезнь: 1 урок" in leader.follow(replaced).words
    assert "записал(а) классный руководитель" in leader.get(morning(town)).words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"span-code": "б"}, "Отметьте слева учеников"),
        ({"pupil": "1"}, "Выберите причину для отмеченных"),
        ({"pupil": "1", "span-code": "о"}, "Выберите причину для отмеченных"),
        ({"pupil": "1", "span-code": "н"}, "какую запись заменить"),
        ({"pupil": "1", "span-code": "б", "span-from": "31.02.2026"}, "Такого дня нет"),
        ({"pupil": "1", "span-code": "б", "span-until": "01.01.2001"}, "раньше первого"),
        ({"pupil": "1", "span-code": "б", "span-until": "31.12.2040"}, "не больше 92 дней"),
    ],
)
def test_what_is_wrong_with_a_span(town, leader, typed, words):
    typed = {(f"pupil-{town.pupil.id}" if n == "pupil" else n): v for n, v in typed.items()}
    page = leader.send(leader.get(morning(town)), status=422, **typed)
    assert words in page.words
    kept = {name: value for name, value in typed.items() if value != "о"}  # is no choice
    assert {name: page.fields()[name] for name in kept} == kept


@pytest.mark.requirement("H2")
def test_reasons_are_free_until_the_period_closes(town, visit, leader):
    teacher, pupil = visit(town.teacher), town.pupil.id
    ended = today() - 8 * DAY
    lesson = make_lesson(town.group, town.teacher, ended)
    save(teacher, lesson, {f"attendance-{pupil}": "н"})
    period = StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1 четверть",
        from_grade=1, until_grade=11, from_on=year_start(), until_on=ended + DAY,
    )  # fmt: skip
    name = f"code-{pupil}-{lesson.id}"
    # The term of changes, seven days, has passed for the teacher; the period is open yet.
    leader.send(leader.get(morning(town, ended)), **{name: "б"})
    assert code_of(town, lesson) == "б"
    # Closed by hand before that; and not closed by hand, with the term after its last day.
    by_hand = Closing.create(
        school=town.school, school_year=town.year, school_class=town.school_class,
        study_period=period, kind="period", closed_at=clock.now() - timedelta(hours=1),
        closed_by=town.deputy_head,
    )  # fmt: skip
    refused = leader.send(leader.get(morning(town, ended)), status=422, **{name: "у"})
    assert "1 четверть: причины пропусков можно было менять до" in refused.words
    by_hand.delete_instance()
    StudyPeriod.update(until_on=ended).where(StudyPeriod.id == period).execute()
    page = leader.send(leader.get(morning(town, ended)), status=422, **{name: "у"})
    assert "1 четверть: причины пропусков можно было менять до" in page.words
    span = {
        f"pupil-{pupil}": "1", "span-code": "нп", "span-replaces": "б",
        "span-from": short(ended), "span-until": short(ended),
    }  # fmt: skip
    done = leader.send(leader.get(morning(town, ended)), **span)
    assert "попросите завуча" in leader.follow(done).words
    assert code_of(town, lesson) == "б"


@pytest.mark.requirement("H24")
def test_forty_pupils_take_no_more_statements_than_two(town, visit, leader):
    def count():
        leader.get("/account/")
        with statements() as seen:
            leader.get(morning(town))
        return len([sql for sql in seen if "access_log" not in sql])

    few = count()
    for n in range(38):
        pupil = person(town.municipality, f"Ученик{n}")
        enrol(town.school_class, pupil)
        member(town.group, pupil)
        Attendance.create(school=town.school, lesson=town.lesson, pupil=pupil, code="н")
        Excuse.create(
            school=town.school, pupil=pupil, from_on=today(), until_on=today(), reason="ill",
            asked_at=clock.now(), asked_by=town.mother, request=f"n{n}",
        )  # fmt: skip
    assert count() == few <= 14
    page = leader.get(morning(town))
    ticked = dict.fromkeys(_ticks(page), "1")
    assert len(ticked) == 40
    done = leader.send(page, **ticked, **{"span-code": "б"})
    assert "Болезнь: 38 уроков" in leader.follow(done).words


def _ticks(page):
    return page.root.xpath("//input[@type='checkbox' and starts-with(@name, 'pupil-')]/@name")


def test_what_was_typed_outlives_its_session(town, db, visit):
    save(visit(town.teacher), town.lesson, {f"attendance-{town.pupil.id}": "н"})
    name = f"code-{town.pupil.id}-{town.lesson.id}"
    for somebody, address, typed in (
        (town.class_teacher, morning(town), {name: "б"}),
        (town.mother, f"/diary/{town.pupil.id}/attendance/excuse", {"words": "горло"}),
    ):
        visitor = visit(somebody)
        page = visitor.get(address)
        Session.update(ends_at=clock.now()).execute()
        visitor.send(page, **typed)
        back = visit(somebody).get(address).fields()
        assert {field: back[field] for field in typed} == typed
