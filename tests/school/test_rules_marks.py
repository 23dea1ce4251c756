"""Marks and absences as teachers type them (rules/marks.py)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.marks import (
    ATTENDANCE_CODES,
    FIVE,
    MARKS_OF,
    NONE,
    PASS,
    MarkError,
    grid_cell,
    parse_attendance,
    parse_cell,
    shorten,
    split_grid_cell,
)


@pytest.mark.parametrize(
    ("typed", "text", "attendance"),
    [
        ("", "", None),
        ("  ", "", None),
        ("5", "5", None),
        (" 4 ", "4", None),
        ("4/5", "4/5", None),
        ("4 5", "4/5", None),
        ("4, 5", "4/5", None),
        ("4;5", "4/5", None),
        ("5/", "5", None),
        ("5/5", "5/5", None),
        (".", ".", None),
        ("•", ".", None),
        ("./4", "./4", None),
        ("зач", "зач", None),
        ("Зачёт", "зач", None),
        ("зачет", "зач", None),
        ("НЕЗАЧ", "незач", None),
        ("осв", "осв", None),
        ("освобождена", "осв", None),
        ("н", "", "н"),
        ("Н", "", "н"),
        ("н/5", "5", "н"),
        ("5 н", "5", "н"),
        ("4/5/о", "4/5", "о"),
        ("УП", "", "у"),
        ("п", "", "у"),
        ("ОТ", "", "н"),
        ("ОП", "", "о"),
        ("НП", "", "нп"),
        ("б", "", "б"),
    ],
)
def test_a_cell_is_read(typed, text, attendance):
    cell = parse_cell(typed)
    assert (cell.text, cell.attendance) == (text, attendance)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("6", "«6» нет"),
        ("0", "«0» нет"),
        ("1", "«1» нет"),
        ("45", "«45» нет. Подходят: 2, 3, 4, 5, зач, незач, осв, точка (.); две пишут так: 4/5"),
        ("5+", "«5+» нет"),
        ("5-", "«5-» нет"),
        ("4.5", "«4.5» нет"),
        ("..", "«..» нет"),
        ("−5", "«−5» нет"),
        ("отлично", "«отлично» нет"),
        ("н/б", "«б» нет"),
        ("н н", "«н» нет"),
        ("5/6", "«6» нет"),
        ("<b>5</b>", "латинскими"),
        ("3/4/5", "две отметки"),
        ("5 5 5 н", "две отметки"),
    ],
)
def test_what_is_no_mark_is_refused_in_words(typed, says):
    with pytest.raises(MarkError) as refusal:
        parse_cell(typed)
    assert says in str(refusal.value)


@pytest.mark.parametrize("typed", ["H", "h", "H/5", "y", "o", "P", "zach"])
def test_latin_letters_are_never_taken_by_their_look(typed):
    with pytest.raises(MarkError, match="набрано латинскими буквами"):
        parse_cell(typed)


def test_ones_are_a_setting():
    assert parse_cell("1/2", ones_allowed=True).text == "1/2"
    with pytest.raises(MarkError):
        parse_cell("1", PASS, ones_allowed=True)


@pytest.mark.parametrize(
    ("marking", "good", "bad"), [(PASS, ("зач", "незач", "осв", ".", "н"), ("5", "2")),
                                 (NONE, ("осв", "н"), ("5", "зач", "."))]
)  # fmt: skip
def test_a_group_takes_the_marks_it_is_marked_by(marking, good, bad):
    for typed in good:
        parse_cell(typed, marking)
    for typed in bad:
        with pytest.raises(MarkError, match="Подходят"):
            parse_cell(typed, marking)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", ""), ("  ", ""), ("н", "н"), (" Н ", "н"), ("б", "б"), ("у", "у"), ("п", "у"),
        ("П", "у"), ("УП", "у"), ("уп", "у"), ("нп", "нп"), ("НП", "нп"), ("о", "о"),
        ("ОТ", "н"), ("ОП", "о"),
    ],
)  # fmt: skip
def test_an_absence_is_read(typed, code):
    assert parse_attendance(typed) == code


@pytest.mark.parametrize("typed", ["H", "5", "нн", "н/б", "был", "x" * 500])
def test_what_is_no_absence_is_refused_in_words(typed):
    with pytest.raises(MarkError) as refusal:
        parse_attendance(typed)
    assert "Подходят: н, б, у, нп, о" in str(refusal.value)
    assert len(str(refusal.value)) < 150


def test_no_spelling_has_two_meanings():
    spellings = [s for code in ATTENDANCE_CODES for s in (code.code, *code.other_spellings)]
    assert len(spellings) == len(set(spellings))
    assert not set(spellings) & {mark for marks in MARKS_OF.values() for mark in marks}


def test_late_is_not_absent():
    assert [code.code for code in ATTENDANCE_CODES if code.is_absence] == ["н", "б", "у", "нп"]


@given(st.text(max_size=40) | st.text("2345нбупо.осв/ ", max_size=9))
def test_any_text_is_read_or_refused(typed):
    """Whatever is pasted: at most two marks, each one that the group takes, or MarkError."""
    try:
        cell = parse_cell(typed)
    except MarkError:
        return
    assert len(cell.marks) <= 2
    assert set(cell.marks) <= set(MARKS_OF[FIVE])
    # What was kept reads the same again: saving twice changes nothing.
    again = parse_cell(cell.text)
    assert (again.marks, again.attendance) == (cell.marks, None)


def test_a_long_text_is_quoted_short():
    assert shorten("а" * 20) == "а" * 20
    assert shorten("а" * 21) == "а" * 19 + "…"
    assert shorten("  н  ") == "н"


@pytest.mark.requirement("E1")
@pytest.mark.parametrize(
    ("typed", "marks", "absence"),
    [
        ("5", "5", ""), ("н", "", "н"), ("Н", "", "Н"), ("о 4/5", "4/5", "о"), ("5 о", "5", "о"),
        ("4/5", "4/5", ""), ("", "", ""), ("  ", "  ", ""), ("/", "/", ""), ("осв", "осв", ""),
        ("УП", "", "УП"), ("н б", "б", "н"), ("6", "6", ""), ("5+", "5+", ""), ("5н", "5н", ""),
        (".", ".", ""), ("зач н", "зач", "н"), ("4\t5", "4\t5", ""),
    ],
)  # fmt: skip
def test_a_cell_of_the_grid_is_a_mark_and_an_absence(typed, marks, absence):
    """What is neither stays with the marks, whose parsing says what is wrong."""
    assert split_grid_cell(typed) == (marks, absence)


@pytest.mark.parametrize(
    ("marks", "code", "shown"),
    [("5", "", "5"), ("", "н", "н"), ("4/5", "о", "о 4/5"), ("", "", "")],
)
def test_both_stand_in_one_cell(marks, code, shown):
    assert grid_cell(marks, code) == shown
    assert split_grid_cell(shown) == (marks, code)
