"""docs/clauses.toml, the tests that name its clauses, and the table that is made of both."""

import re

import pytest

from school.regulations import NAMES, read_template
from school.rules.regulation import parse_regulation
from tests.house.files import ROOT
from tools.clauses import LIST, TABLE, make, read_rows, read_texts
from tools.requirements import BUILT, find_tests


@pytest.fixture(scope="module")
def texts():
    return read_texts(LIST.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def clauses(texts):
    return {clause.key: clause for text in texts for clause in text.clauses}


@pytest.fixture(scope="module")
def tests():
    return find_tests(ROOT / "tests", "clause")


def test_the_committed_table_is_the_made_one():
    assert TABLE.read_text(encoding="utf-8") == make(), "make clauses"


def test_every_marker_names_a_clause(clauses, tests):
    assert not tests.keys() - clauses.keys()


def test_every_clause_that_is_built_has_a_test(clauses, tests):
    rows = read_rows()
    built = {key for key, one in clauses.items() if any(rows[r].state == BUILT for r in one.rows)}
    assert not built - tests.keys()


def test_every_term_of_the_shipped_texts_is_a_clause(texts):
    """Both ways, the default left out: it is no clause."""
    assert [text.template for text in texts] == list(NAMES)
    for text in texts:
        regulation = parse_regulation(read_template(text.template))
        promised = {term.row for term in regulation.terms if not term.is_default}
        assert {clause.term for clause in text.clauses} - {""} == promised, text.key
        for clause in text.clauses:
            number = clause.key.split()[1].split("-")[0]
            if clause.term and number[0].isdigit():
                assert f"п. {number}" == regulation.term(clause.term).clause


def test_every_page_of_a_clause_is_an_address(app, clauses):
    known = {re.sub(r"<\w+:", "<", rule.rule) for rule in app.url_map.iter_rules()}
    named = {page for clause in clauses.values() for page in clause.pages}
    assert not named - known
