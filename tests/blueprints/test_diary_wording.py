"""The sentences of the diary's news: the same voice for page, letter and SMS."""

from datetime import date

import pytest

from school import wording

DAY = date(2026, 11, 17)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Контрольная работа", "контрольную работу"),
        ("Домашняя работа", "домашнюю работу"),
        ("Ответ на уроке", "ответ на уроке"),
        ("Работа на уроке", "работу на уроке"),
        ("Защита проекта", "защиту проекта"),
        ("Сочинение, изложение", "сочинение, изложение"),
        ("Тетрадь", "тетрадь"),
        ("Проверка тетради", "проверку тетради"),
        ("Лабораторная", "лабораторную"),
        ("Время", "время"),
        ("ВПР", "ВПР"),
        ("К/р", "К/р"),
        ("", ""),
    ],
)
def test_what_a_mark_is_for(name, said):
    assert wording.accusative(name) == said


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ("5", {}, "отметка 5 за контрольную работу «Дроби», вес 3"),
        ("4/5", {}, "отметки 4 и 5 за контрольную работу «Дроби», вес 3"),
        ("зач", {}, "зачёт за контрольную работу «Дроби», вес 3"),
        (".", {}, "отметка за контрольную работу «Дроби» ожидается"),
        (".", {"due_on": date(2026, 11, 24)},
         "отметка за контрольную работу «Дроби» ожидается до 24 ноября"),
        ("5", {"was": "4"},
         "отметка 5 за контрольную работу «Дроби», вес 3 (исправлено: было 4, стало 5)"),
        ("5", {"worked_on": date(2026, 11, 20)},
         "отметка 5 за контрольную работу «Дроби», вес 3, выполнено 20 ноября"),
    ],
)  # fmt: skip
def test_a_mark(values, options, said):
    sentence = wording.mark_sentence(
        "Алгебра", DAY, values, "Контрольная работа", "Дроби", "3", **options
    )
    assert sentence == f"Алгебра, 17 ноября: {said}"


def test_titles():
    say = wording.mark_sentence
    kind = "Контрольная работа"
    assert say("Физика", DAY, "5", kind, "Контрольная работа № 1. Сила", "5/2") == (
        "Физика, 17 ноября: отметка 5 за контрольную работу № 1. Сила, вес 2,5"
    )
    assert "«Роман „Дубровский“»" in say("Литература", DAY, "5", kind, "Роман «Дубровский»")
    assert len(say("Физика", DAY, "5", kind, "я" * 1_000)) < 200


@pytest.mark.parametrize(
    ("code", "options", "said"),
    [
        ("б", {}, "отсутствие на уроке «Физика»: болезнь"),
        ("н", {}, "отсутствие на уроке «Физика»: причина не названа"),
        ("о", {}, "опоздание на урок «Физика»"),
        ("о", {"late_minutes": 2}, "опоздание на урок «Физика», на 2 минуты"),
        ("у", {"was": "н"},
         "отсутствие на уроке «Физика»: уважительная причина "
         "(исправлено: было «причина не названа»)"),
        ("о", {"was": "н"}, "опоздание на урок «Физика» (исправлено: было «причина не названа»)"),
    ],
)  # fmt: skip
def test_an_absence(code, options, said):
    assert wording.absence_sentence(DAY, ["Физика"], code, **options) == f"17 ноября, {said}"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 18), "завтра, среда, 18 ноября"),
        (date(2026, 11, 19), "в четверг, 19 ноября"),
        (date(2026, 11, 24), "во вторник, 24 ноября"),
        (date(2026, 12, 2), "в среду, 2 декабря"),
    ],
)
def test_a_coming_day(day, said):
    assert wording.coming_day(day, DAY) == said


@pytest.mark.parametrize(
    ("counts", "late", "minutes", "said"),
    [
        ([], 0, 0, "Пропусков нет. Опозданий нет."),
        ([("б", 1)], 0, 0, "Пропущен 1 урок: болезнь — 1. Опозданий нет."),
        ([("б", 21)], 1, 0, "Пропущен 21 урок: болезнь — 21. Опозданий: 1."),
        ([("н", 2), ("б", 10)], 3, 61,
         "Пропущено 12 уроков: причина не названа — 2, болезнь — 10. "
         "Опозданий: 3, всего 61 минута."),
    ],
)  # fmt: skip
def test_absences(counts, late, minutes, said):
    assert wording.absences(counts, late=late, late_minutes=minutes) == said


def test_no_sentence_depends_on_who_the_child_is():
    for code in ("н", "б", "у", "нп", "о"):
        assert "(а)" not in wording.attendance(code)
        assert "(а)" not in wording.absence_sentence(DAY, ["Физика"], code)
