"""What becomes of a cell that somebody sends (rules/register.py)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.rules.register import (
    LONGEST,
    CellError,
    Verdict,
    clean_minutes,
    clean_text,
    clean_worked_on,
    judge,
    name_of_work,
    parse_day,
)

values = st.sampled_from(["", "2", "4", "5"])


@pytest.mark.parametrize(
    ("submitted", "at_seen", "current", "verdict"),
    [
        ("", "", "", Verdict.UNTOUCHED),
        ("5", "", "", Verdict.SAVE),
        ("", "5", "5", Verdict.SAVE),  # an empty field clears
        ("4", "5", "5", Verdict.SAVE),
        ("5", "5", "5", Verdict.UNTOUCHED),
        ("5", "", "5", Verdict.UNTOUCHED),  # the same save once more
        ("", "", "5", Verdict.UNTOUCHED),  # not edited here, entered elsewhere since
        ("4", "", "5", Verdict.CONFLICT),
        ("", "4", "5", Verdict.CONFLICT),
        ("3", "4", "", Verdict.CONFLICT),
    ],
)
def test_a_cell_is_judged(submitted, at_seen, current, verdict):
    assert judge(submitted, at_seen, current) is verdict


@given(values, values, values)
def test_nothing_unseen_is_ever_overwritten(submitted, at_seen, current):
    if judge(submitted, at_seen, current) is Verdict.SAVE:
        assert current == at_seen
        assert submitted != current


@given(values, values, values)
def test_saving_twice_is_saving_once(submitted, at_seen, current):
    """The same form again, with the same `seen`: nothing is left to save."""
    if judge(submitted, at_seen, current) is Verdict.SAVE:
        current = submitted
    assert judge(submitted, at_seen, current) is not Verdict.SAVE


@given(values, values, values)
def test_what_was_typed_is_kept_said_or_there_already(submitted, at_seen, current):
    """An edited value never vanishes without a word."""
    verdict = judge(submitted, at_seen, current)
    if submitted not in (at_seen, current):
        assert verdict in (Verdict.SAVE, Verdict.CONFLICT)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["open", "save"]), values), max_size=30)
)
def test_three_people_at_one_cell(steps):
    """Each opens the page and saves in any order: a write replaces what its writer saw."""
    current = ""
    seen = dict.fromkeys(range(3), "")
    for person, step, typed in steps:
        if step == "open":
            seen[person] = current
        elif judge(typed, seen[person], current) is Verdict.SAVE:
            assert current == seen[person]
            current = typed


# Texts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  № 5, 6 \n", "№ 5, 6"),
        ("одна\r\nдве\rтри\nчетыре", "одна\nдве\nтри\nчетыре"),
        ("до\x00после", "допосле"),
        ("\x00", ""),
        ("a\x07\x1b[31mb\x7f\x85", "a[31mb"),
        ("таб\tуляция", "таб\tуляция"),
        ("половина \ud800 пары", "половина  пары"),
        ("дом 🏠 и «ё»", "дом 🏠 и «ё»"),
        ("\N{NO-BREAK SPACE}x\N{NO-BREAK SPACE}", "x"),
        ("a < b & 'c'", "a < b & 'c'"),
    ],
)
def test_a_text_is_cleaned(typed, kept):
    assert clean_text(typed, "homework") == kept


@pytest.mark.parametrize("field", sorted(LONGEST))
def test_a_text_fits_its_field_or_is_refused(field):
    longest = LONGEST[field]
    assert len(clean_text("ж" * longest, field)) == longest
    assert len(clean_text(" " + "ж" * longest + "\x00\r\n", field)) == longest
    with pytest.raises(CellError) as refusal:
        clean_text("ж" * (longest + 1), field)
    assert str(longest + 1) in str(refusal.value)
    assert str(longest) in str(refusal.value)


def test_a_homework_of_20_001_letters_is_refused():
    assert clean_text("ж" * 20_000, "homework")
    with pytest.raises(CellError, match="20001"):
        clean_text("ж" * 20_001, "homework")


@given(st.text(alphabet=st.characters(), max_size=200))
def test_a_cleaned_text_stays_as_it_is_and_can_be_stored(typed):
    kept = clean_text(typed, "homework")
    assert clean_text(kept, "homework") == kept
    assert "\x00" not in kept
    assert "\r" not in kept
    kept.encode()


# Days and minutes


@pytest.mark.parametrize("typed", ["2026-09-15", "15.09.2026", " 15.09.2026 ", "2026-9-15"])
def test_a_day_is_read(typed):
    assert parse_day(typed) == date(2026, 9, 15)


@pytest.mark.parametrize(
    "typed",
    ["", "15.09", "15.09.26", "31.02.2026", "2026-13-01", "29.02.2027", "09/15/2026", "20260915",
     "15-09-2026", "2026.09.15", "завтра", "2026-09-15T10:00", "15.09.2026\x00"],
)  # fmt: skip
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueError, match=r"does not match|unconverted|out of range|must be in"):
        parse_day(typed)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_both_spellings_are_one_day(day):
    assert parse_day(day.isoformat()) == parse_day(f"{day:%d.%m.%Y}") == day


TODAY, YEAR_START = date(2026, 11, 16), date(2026, 9, 1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), (" ", ""), ("16.11.2026", "2026-11-16"), ("2026-09-01", "2026-09-01")],
)
def test_the_day_of_a_work_is_read(typed, kept):
    assert clean_worked_on(typed, from_on=YEAR_START, today=TODAY) == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [("17.11.2026", "ещё не наступила"), ("31.08.2026", "раньше начала"), ("вчера", "15.09.2026")],
)
def test_a_day_of_a_work_beyond_the_year_is_refused(typed, says):
    with pytest.raises(CellError, match=says):
        clean_worked_on(typed, from_on=YEAR_START, today=TODAY)


def test_tomorrow_becomes_today():
    typed = "17.11.2026"
    tomorrow = TODAY + timedelta(days=1)
    assert clean_worked_on(typed, from_on=YEAR_START, today=tomorrow) == "2026-11-17"


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ""), ("1", "1"), (" 15 ", "15"), ("007", "7"), ("240", "240")]
)
def test_minutes_are_read(typed, kept):
    assert clean_minutes(typed) == kept


@pytest.mark.parametrize(
    "typed", ["0", "241", "-5", "1.5", "5 минут", "пять", "²", "٣", "9" * 5000, "1e2"]
)
def test_what_is_no_minutes_is_refused(typed):
    with pytest.raises(CellError, match="от 1 до 240"):
        clean_minutes(typed)


@pytest.mark.parametrize(
    ("kind", "title", "name"),
    [
        ("Контрольная работа", "", "Контрольная работа"),
        ("Контрольная работа", "Дроби", "Контрольная работа: Дроби"),
        ("Контрольная работа", "Контрольная работа № 2", "Контрольная работа № 2"),
    ],
)
def test_a_work_is_not_named_twice(kind: str, title: str, name: str) -> None:
    assert name_of_work(kind, title) == name
