"""Reading and changing a regulation's text: what is wrong is refused with line and reason."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.regulations import NAMES, read_template
from school.rules.regulation import (
    OWN_ROWS,
    ROWS,
    RegulatedTerm,
    RegulationError,
    parse_regulation,
    with_terms,
)
from school.rules.terms import LARGEST, Term, Unit

HEAD = '[act]\ntitle = "Регламент"\nholder = "school"\n\n'


def refusal(text: str) -> RegulationError:
    with pytest.raises(RegulationError) as refused:
        parse_regulation(text)
    return refused.value


WRONG = [
    # an unknown term
    ("[terms]\nZ9 = { days = 3 }", 6, "незнакомый срок «Z9»"),
    ("[terms]\n# пояснение\n\nC33 = { days = 3 }", 8, "незнакомый срок «C33»"),
    ("[own_terms]\nC1 = { days = 3 }", 6, "незнакомый срок «C1»"),
    # a wrong number
    ("[terms]\nC1 = { days = -3 }", 6, "отрицательным"),
    ("[terms]\nC1 = { days = 2.5 }", 6, "целое число"),
    ("[terms]\nC1 = { days = true }", 6, "целое число"),
    ('[terms]\nC1 = { days = "3" }', 6, "целое число"),
    ("[terms]\nC1 = { days = 100000 }", 6, "слишком большой"),
    # a wrong unit or event
    ("[terms]\nC1 = { fortnights = 1 }", 6, "незнакомый ключ «fortnights»"),
    ("[terms]\nC1 = { days = 1, hours = 24 }", 6, "ровно один срок"),
    ('[terms]\nC1 = { clause = "п. 1" }', 6, "ровно один срок"),
    ("[terms]\nC1 = { minutes = 15 }", 6, "не в minutes"),
    ('[terms]\nC1 = { days = 3, from = "arrived" }', 6, "незнакомое событие"),
    ("[terms]\nC1 = { days = 3, from = [] }", 6, "незнакомое событие"),
    ('[terms]\nC3 = { hours = 24, from = "lesson_date" }', 6, "не в hours"),
    ("[terms]\nC1 = { days = 3, clause = 5 }", 6, "слова в кавычках"),
    ("[terms]\nC1 = 3", 6, "одной строкой"),
    ("[terms.C1]\ndays = 3", 5, "одной строкой"),
    ("terms = 3", 3, ""),
    # what else it does not know
    ("[term]\nC1 = { days = 3 }", 5, "незнакомый раздел"),
    ("[flags]\npaper_diary = { value = true }", 6, "незнакомый ключ «paper_diary»"),
    ('[flags]\npaper_diary_stays = { value = "да" }', 6, "true или false"),
    ("[flags]\npaper_diary_stays = true", 6, "одной строкой"),
    ('[requests]\nediary = { who = ["neighbour"] }', 6, "незнакомо «neighbour»"),
    ("[requests]\nediary = { who = [] }", 6, "кто может обратиться"),
    ('[requests]\nediary = { who = "guardian" }', 6, "список"),
    ("[requests]\nediary = { who = [[1]] }", 6, "незнакомо"),
    ('[requests]\nediary = { documents = ["passport"] }', 6, "незнакомо «passport»"),
    ("[requests]\nediary = { free_form = 1 }", 6, "true или false"),
    ('[requests]\ncertificate = { who = ["guardian"] }', 6, "незнакомый вид заявления"),
    ('[grounds.refusing]\nx = "y"', 5, "незнакомый ключ «refusing»"),
    ('[grounds.refusal]\nclause = "п. 1"', 5, "хотя бы одно основание"),
    ("[grounds.refusal]\nincomplete = 1", 6, "слова в кавычках"),
    ("[share]\npercent = 101", 6, "от 0 до 100"),
    ('[oral_information]\nby = ["cook"]', 6, "незнакомо «cook»"),
    # no TOML at all
    ("[terms]\nC1 = { days = 3", 6, "не читается"),
    ("[terms]\nC1 = { days = 3 }\nC1 = { days = 4 }", 7, "уже было выше"),
    ("[terms]\nC1 три дня", 6, "не читается"),
]


@pytest.mark.parametrize(("rest", "line", "reason"), WRONG)
def test_what_is_wrong_is_refused_with_line_and_reason(rest, line, reason):
    refused = refusal(HEAD + rest + "\n")
    assert reason in refused.reason
    if reason:
        assert refused.line == line, refused
        assert str(refused).startswith(f"строка {line}: ")


@pytest.mark.parametrize("text", ["", "[act]\n", '[act]\ntitle = "Р"\nholder = "parish"\n', "\0"])
def test_without_a_title_and_a_holder_it_is_no_regulation(text):
    refusal(text)


def test_a_text_far_too_long_is_refused():
    assert "длиннее" in refusal(HEAD + "#" * 70_000).reason
    assert refusal(HEAD + "x = " + "[" * 5000 + "]" * 5000 + "\n")


def test_silence_brings_the_default():
    regulation = parse_regulation(HEAD)
    assert {t.row: t.term for t in regulation.terms} == {n: r.default for n, r in ROWS.items()}
    assert all(term.is_default for term in (*regulation.terms, *regulation.own_terms))
    # Requirements, «Defaults».
    assert regulation.term("A4").term == Term(1, Unit.WORKING_DAYS)
    assert regulation.term("A8").term == Term(3, Unit.WORKING_DAYS)
    assert regulation.term("C1").term == Term(3, Unit.DAYS)
    assert regulation.term("C2").term == Term(2, Unit.DAYS)
    assert regulation.term("C3").term == Term(24, Unit.HOURS)
    assert regulation.term("C4").term == Term(24, Unit.HOURS)
    assert regulation.term("C5").term == Term(7, Unit.WORKING_DAYS)
    assert regulation.term("C6").term == Term(15, Unit.MINUTES)
    assert regulation.term("C7").term == Term(1, Unit.WEEKS)
    assert regulation.term("C8") == regulation.term("A8")
    assert regulation.term("C9") == regulation.term("A4")
    with pytest.raises(LookupError):
        regulation.term("B1")


@pytest.mark.requirement("C3")
def test_the_other_reading_of_within_a_day():
    """«В течение суток от даты проведения урока», counted from the date."""
    offered = 'C3 = { days = 1, from = "lesson_date", clause = "п. 5.3" }'
    shipped = read_template("school-2")
    assert f"# прочтение, от даты урока: {offered}" in shipped
    taken = shipped.replace('C3 = { hours = 24, from = "lesson_end", clause = "п. 5.3" }', offered)
    assert parse_regulation(taken).term("C3").term == Term(1, Unit.DAYS)
    by_page = with_terms(
        shipped,
        {"C3": RegulatedTerm("C3", Term(1, Unit.DAYS), "lesson_date", "п. 5.3")},
    )
    assert parse_regulation(by_page).term("C3").term == Term(1, Unit.DAYS)
    assert "# Пропуски: «в течение суток" in by_page


TERMS = st.sampled_from(
    [
        (name, start, unit)
        for rows in (ROWS, OWN_ROWS)
        for name, row in rows.items()
        for start, units in row.starts.items()
        for unit in sorted(units, key=lambda unit: unit.value)
    ]
)


@given(st.sampled_from(NAMES), TERMS, st.integers(0, 8), st.text(max_size=40))
def test_what_is_changed_is_read_back_and_nothing_else_changes(name, where, amount, clause):
    row, start, unit = where
    amount = min(amount, LARGEST[unit])
    before = read_template(name)
    # A comment mark, a quote or a line end in the words of a clause does no harm.
    text = with_terms(before, {row: RegulatedTerm(row, Term(amount, unit), start, clause)})
    old, new = parse_regulation(before), parse_regulation(text)
    changed = {t.row: t for t in (*new.terms, *new.own_terms)}
    assert changed[row].term == Term(amount, unit)
    assert changed[row].starts == start
    assert "".join(changed[row].clause.split()) == "".join(
        "".join(c if c.isprintable() else " " for c in clause).split()
    )
    for term in (*old.terms, *old.own_terms):
        assert term.row == row or changed[term.row] == term
    assert (new.requests, new.flags, new.grounds) == (old.requests, old.flags, old.grounds)
    comments = [line for line in before.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == comments
    # And back to silence.
    silent = parse_regulation(with_terms(text, {row: None}))
    back = {t.row: t for t in (*silent.terms, *silent.own_terms)}
    assert back[row].is_default


def test_a_text_with_windows_line_ends_is_read_and_changed():
    text = read_template("school-19").replace("\n", "\r\n")
    assert parse_regulation(text).term("A8").term.amount == 5
    changed = with_terms(
        text, {"A8": RegulatedTerm("A8", Term(4, Unit.WORKING_DAYS), "registered")}
    )
    assert parse_regulation(changed).term("A8").term.amount == 4


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with suppress(RegulationError):
        parse_regulation(HEAD + text)
