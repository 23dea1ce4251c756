"""How many lines a text takes, and which blocks stand on which sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.sheets import POINTS, Ruler, count_lines, divide, held, room, text_width


def test_large_letters_leave_less_room():
    widths = [room(points)[0] for points in POINTS]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == pytest.approx(2 * widths[2])


def test_lines_are_counted():
    assert count_lines("", 10) == 1
    assert count_lines("слово", 10) == 1
    assert count_lines("слово " * 20, 10) > 5
    assert count_lines("ы" * 100, 10) == 8
    assert count_lines("длинноеслово " * 2, text_width("длинноеслово") * 1.2) == 2


@given(st.text(max_size=200), st.floats(2, 60))
def test_a_narrower_column_never_takes_fewer_lines(text, width):
    assert count_lines(text, width) <= count_lines(text, width / 2)
    assert count_lines(text, width) <= count_lines(text, width, bold=True)


@given(
    st.lists(st.floats(0.1, 40), max_size=60),
    st.floats(1, 60),
    st.floats(20, 60),
    st.floats(0, 15),
)
def test_every_block_stands_somewhere_once_and_fits(heights, first, other, tail):
    sheets = divide(heights, first=first, other=other, tail=tail)
    assert [n for sheet in sheets for n in sheet] == list(range(len(heights)))
    for number, sheet in enumerate(sheets):
        limit = other if number else first
        if len(sheet) > 1:
            assert sum(heights[n] for n in sheet) <= limit + 1e-6
        assert len(sheet) or number == 0 or not heights
    # What follows the last block has company.
    assert not heights or len(sheets[-1]) > 0


def test_signatures_take_the_last_row_along():
    assert divide([1.0] * 10, first=10, other=10, tail=3) == (range(9), range(9, 10))
    assert divide([1.0] * 10, first=13, other=10, tail=3) == (range(10),)
    assert divide([], first=10, other=10) == (range(0),)


def test_a_first_sheet_may_stay_empty():
    assert divide([5.0, 5.0], first=3, other=20) == (range(0), range(2))


@pytest.mark.parametrize("points", POINTS)
def test_rows_measure_by_their_longest_cell(points):
    ruler = Ruler(points)
    short = ruler.row((("1", 10), ("Имя", 40), ("на уроке", 25), ("5", 25)))
    long = ruler.row((("1", 10), ("Константинопольская-Задунайская " * 3, 40), ("5", 50)))
    assert long > short * 1.8


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("заявление № 25 от 09.11", "№ 25"),
        ("не позже 3 дней (п. 5.1)", "п. 5.1"),
        ("доля 96,6 % из ста", "96,6 %"),
        ("до 22 ноября 2026 года включительно", "22 ноября"),
        ("до 22 ноября 2026 года включительно", "2026 года"),
        ("имени А. Б. Петрова", "А. Б. Петрова"),
        ("учитель Учителева В. И.", "Учителева В. И."),
        ("2 урока — болезнь", "урока —"),
    ],
)
def test_what_belongs_together_stays_on_a_line(text, together):
    assert together.replace(" ", "\u00a0") in held(text)
    assert held(text).replace("\u00a0", " ") == text


def test_blanks_between_words_and_sentences_may_end_a_line():
    for text in ("Класс 7А. Школа закрыта", "отметка 4 за ответ", "в 10 классах учатся"):
        assert held(text) == text
