"""Reports on sheets: nothing is lost, heads repeat, nothing overflows."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.flow import Heading, Paragraph, Table, TablePart, flow_sheets, part_height
from school.rules.sheets import POINTS, SOFT_HYPHEN, Ruler

TITLE = ("Школа № 2", "Отчёт")
COLUMNS = (("Ученик", 50), ("Предмет", 30), ("Отметка", 20))

_words = st.text("абвгд ", min_size=1, max_size=200)
_blocks = st.lists(
    st.one_of(
        _words.map(Heading),
        _words.map(Paragraph),
        st.lists(st.tuples(_words, _words, _words), max_size=40).map(
            lambda rows: Table("Список", COLUMNS, tuple(rows))
        ),
    ),
    max_size=12,
)


@given(_blocks, st.sampled_from(POINTS))
def test_all_stands_somewhere_in_order_and_fits(blocks, points):
    sheets = flow_sheets(blocks, TITLE, points)
    ruler = Ruler(points)
    texts, rows = [], []
    for sheet in sheets:
        for part in sheet:
            if isinstance(part, TablePart):
                rows += [tuple(cell.replace(SOFT_HYPHEN, "") for cell in row) for row in part.rows]
            else:
                texts.append(part.text)
        height = sum(part_height(ruler, part) for part in sheet)
        assert height <= ruler.height - ruler.page_line() + 1e-6 or len(sheet) == 1
    given_rows = [row for block in blocks if isinstance(block, Table) for row in block.rows]
    given_texts = [block.text for block in blocks if not isinstance(block, Table)]
    if points == POINTS[0]:
        assert (rows, texts) == (given_rows, given_texts)
    # Large letters make sentences of a table whose words no column would hold.
    wanted = Counter("".join([*given_texts, *(cell for row in given_rows for cell in row)]))
    stands = Counter("".join([*texts, *(cell for row in rows for cell in row)]))
    assert not {letter: n for letter, n in (wanted - stands).items() if letter != " "}


def test_a_long_table_goes_on_under_its_head():
    rows = tuple((f"Ученик {n}", "алгебра", "4") for n in range(100))
    sheets = flow_sheets([Table("Ученики", COLUMNS, rows)], TITLE, 12)
    assert len(sheets) > 1
    parts = [part for sheet in sheets for part in sheet]
    assert [part.is_continued for part in parts] == [False] + [True] * (len(parts) - 1)
    assert all(part.columns == COLUMNS and part.rows for part in parts)


def test_a_heading_does_not_stay_alone():
    filling = [Paragraph("строка")] * 27
    for n in range(20, 45):
        sheets = flow_sheets([*filling[:n], *[Paragraph("ещё")] * max(0, n - 27), Heading("Глава"),
                              Paragraph("Текст")], TITLE, 12)  # fmt: skip
        assert not any(isinstance(sheet[-1], Heading) for sheet in sheets if sheet)


@pytest.mark.requirement("H17")
def test_wide_tables_are_sentences_in_large_print():
    wide = Table("Итоги", (("Класс", 25), ("«5»", 25), ("«4»", 25), ("«3»", 25)),
                 (("7А", "3", "", "1"),))  # fmt: skip
    ((heading, sentence),) = flow_sheets([wide], TITLE, 24)
    assert (heading.text, sentence.text) == ("Итоги", "7А. «5»: 3; «3»: 1")
    ((table,),) = flow_sheets([wide], TITLE, 12)
    assert table.rows == wide.rows


def test_columns_have_to_fill_the_width():
    with pytest.raises(ValueError, match="do not fill"):
        Table("Итоги", (("Класс", 50), ("«5»", 33)), ())
    with pytest.raises(ValueError, match="as many cells"):
        Table("Итоги", (("Класс", 50), ("«5»", 50)), (("7А",),))


def test_columns_are_as_wide_as_their_words_want_them():
    """No word is broken where there is room, and tables that are alike stay alike."""
    columns = (("Ученик", 20), ("Когда", 40), ("Кому", 40))
    name = "Константинопольская-Задунайская Александра-Виктория Святославовна"
    narrow = Table("Первая", columns, ((name, "20.11.2026", "маме"),))
    short = Table("Вторая", columns, (("Ким", "20.11.2026", "маме"),))
    ((first, second),) = flow_sheets([narrow, short], TITLE, 12)
    assert first.columns == second.columns
    (_, name_share), (_, day_share), _ = first.columns
    assert name_share >= 35
    assert day_share <= 25


def test_a_word_that_no_column_holds_gets_a_hyphen():
    columns = tuple((f"{n}", 20) for n in range(5))
    long = "Староконстантиновская"
    ((table,),) = flow_sheets([Table("Список", columns, ((long,) * 5,))], TITLE, 12)
    assert all(SOFT_HYPHEN in cell for cell in table.rows[0])
    assert all(cell.replace(SOFT_HYPHEN, "") == long for cell in table.rows[0])


@pytest.mark.requirement("H17")
def test_a_long_row_is_a_heading_with_a_line_for_each_cell_in_large_print():
    wide = Table("Приём", (("Когда", 25), ("Кто", 25), ("Ждал", 25), ("Ответ", 25)),
                 (("16.11", "Королёва", "", "Показали отметки и пропуски. " * 8),))  # fmt: skip
    ((caption, when, who, answer),) = flow_sheets([wide], TITLE, 18)
    assert (caption.text, when.text, when.level) == ("Приём", "16.11", 3)
    assert who.text == "Кто: Королёва"
    assert answer.text.startswith("Ответ: Показали")


def test_who_signs_has_room_for_a_long_name():
    """As many lines as leave room for short names are too many for long ones."""
    short = (("Директор", "Петрова А. Б."), ("Получил(а)", "Ким В. И."))
    long = tuple((duty, f"Староконстантиновская-Краснополянская {name}") for duty, name in short)
    lines = [Paragraph("строка")] * 200
    most = next(
        n for n in range(200, 0, -1) if len(flow_sheets(lines[:n], TITLE, 24, signs=short)) == 1
    )
    assert len(flow_sheets(lines[:most], TITLE, 24, signs=long)) == 2
    assert len(flow_sheets(lines[: most - 4], TITLE, 24, signs=long)) == 1


@pytest.mark.parametrize("lines", range(10, 60))
def test_the_line_to_sign_takes_words_along(lines):
    form = [Paragraph(f"строка {n}") for n in range(lines)]
    sheets = flow_sheets([*form, Paragraph("Дата:"), Paragraph("Подпись:")], TITLE, 18)
    assert len(sheets[-1]) >= 3
    assert [part.text for sheet in sheets for part in sheet][-2:] == ["Дата:", "Подпись:"]
