"""A text as it is heard: school/wording_reading.py."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.wording_reading import aloud, lesson_text, sentence, sum_aloud


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("§ 1.4, вопросы 1–5", "параграф 1.4, вопросы с 1 по 5"),
        ("Учебник: с. 27, упр. 5, 8", "Учебник: страница 27, упражнения 5, 8"),
        ("§ 16–17, заполнить таблицу", "параграфы с 16 по 17, заполнить таблицу"),
        ("п. 8, № 122 (а, б)", "пункт 8, номер 122 (а, б)"),
        ("08:30–09:10, каб. 100", "с 08:30 до 09:10, кабинет 100"),
        ("Упр.5 и 6", "Упражнения 5 и 6"),
        ("Н. В. Гоголь, П.И. Чайковский", "Н В Гоголь, П И Чайковский"),
        ("неделя 14–20 сентября", "неделя с 14 по 20 сентября"),
        # What only looks alike stays as it is.
        ("повторить 2–3 раза", "повторить 2–3 раза"),
        ("1941–1945 гг., 16.09–17.09", "1941–1945 гг., 16.09–17.09"),
        ("тел. +7-900-12-34, с. Ивановка", "тел. +7-900-12-34, с. Ивановка"),
        ("и т. п. 3 раза", "и т. п. 3 раза"),
    ],
)
def test_signs_and_abbreviations_before_numbers_are_written_out(written, heard):
    assert aloud(written) == heard


@given(st.text(max_size=80))
def test_any_text_keeps_its_numbers_and_ends_once(text):
    said = sentence(text)
    assert [c for c in aloud(text) if c.isdigit()] == [c for c in text if c.isdigit()]
    assert not said or said[-1] in ".!?…:"
    assert aloud(aloud(text)) == aloud(text)


def test_the_sum_behind_an_average_is_words():
    assert sum_aloud("(5·3 + 4) : 4 = 4,75") == "5 на 3, плюс 4; делить на 4; равно 4,75."
    assert sum_aloud("14 : 3 ≈ 4,67") == "14; делить на 3; примерно 4,67."


@dataclass
class Work:
    kind: str
    title: str = ""
    weight: str = "1"
    marks: str = ""
    worked_on: date | None = None

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.title}" if self.title else self.kind


@dataclass
class Lesson:
    lesson_number: int = 2
    when_and_where: str = "09:25–10:10, каб. 118"
    subject: str = "География"
    topic: str = ""
    material: str = ""
    homework: str = ""
    own_homework: str = ""
    comment: str = ""
    attendance: str = ""
    is_cancelled: bool = False
    is_empty: bool = False
    works: tuple[Work, ...] = field(default_factory=tuple)
    changes: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("lesson", "more"),
    [
        (Lesson(is_empty=True), "Записей пока нет."),
        (Lesson(is_cancelled=True), "Урок отменён."),
        (
            Lesson(topic="Мировой океан.", homework="§ 9; принести атлас"),
            "Тема: Мировой океан. Задано: параграф 9; принести атлас.",
        ),
        (
            Lesson(works=(Work("Контрольная работа", "Дроби", "3", "4/5"),)),
            "Отметки 4 и 5 за контрольную работу «Дроби», вес 3.",
        ),
        (Lesson(works=(Work("Диктант", marks="."),)), "Отметка за диктант ожидается."),
        (Lesson(works=(Work("Зачёт", marks="зач"),)), "Зачёт за зачёт."),
        (Lesson(works=(Work("Диктант"),)), "Диктант: отметки пока нет."),
        (
            Lesson(attendance="отсутствие: болезнь", comment="Молодец!"),
            "Отсутствие: болезнь. Учитель пишет: Молодец!",
        ),
    ],
)
def test_a_lesson_is_a_few_whole_sentences(lesson, more):
    assert lesson_text(lesson) == f"2-й урок: География. С 09:25 до 10:10, кабинет 118. {more}"
