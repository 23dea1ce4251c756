"""Reports on sheets: nothing is lost, heads repeat, nothing overflows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.flow import Heading, Paragraph, Table, TablePart, flow_sheets
from school.rules.sheets import POINTS, Ruler

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


def _height(ruler, part):
    if isinstance(part, TablePart):
        shares = [share for _, share in part.columns]
        head = ruler.paragraph(f"{part.caption}, продолжение") + ruler.row(part.columns, bold=True)
        return head + sum(
            ruler.row(list(zip(row, shares, strict=True)), bold=True) for row in part.rows
        )
    bold = isinstance(part, Heading)
    return ruler.paragraph(part.text, bold=bold) + (0.5 if bold else 0)


@given(_blocks, st.sampled_from(POINTS))
def test_all_stands_somewhere_in_order_and_fits(blocks, points):
    sheets = flow_sheets(blocks, TITLE, points)
    ruler = Ruler(points)
    texts, rows = [], []
    for sheet in sheets:
        for part in sheet:
            if isinstance(part, TablePart):
                rows += part.rows
            else:
                texts.append(part.text)
        height = sum(_height(ruler, part) for part in sheet)
        assert height <= ruler.height - ruler.page_line() + 1e-6 or len(sheet) == 1
    assert rows == [row for block in blocks if isinstance(block, Table) for row in block.rows]
    assert texts == [block.text for block in blocks if not isinstance(block, Table)]


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
