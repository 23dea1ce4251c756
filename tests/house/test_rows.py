"""docs/requirements.md and the tests that name its rows."""

import pytest

from tests.house.files import ROOT
from tools.requirements import BUILT, find_tests, list_markers, list_rows

SIZES = {"A": 14, "B": 13, "C": 10, "D": 6, "E": 7, "F": 2, "G": 3, "H": 25}


@pytest.fixture(scope="module")
def rows():
    return list_rows((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tests():
    return find_tests(ROOT / "tests")


def test_the_table_has_every_row_once(rows):
    wanted = [f"{letter}{n}" for letter, size in SIZES.items() for n in range(1, size + 1)]
    assert [row.row_id for row in rows] == wanted


def test_every_marker_names_a_row(rows, tests):
    assert not tests.keys() - {row.row_id for row in rows}


def test_every_row_said_to_be_built_has_a_test(rows, tests):
    assert not {row.row_id for row in rows if row.state == BUILT} - tests.keys()


def test_markers_are_found_wherever_pytest_takes_them():
    source = """
import pytest
pytestmark = pytest.mark.requirement("H1")

@pytest.mark.requirement("A1")
@pytest.mark.requirement("A2")
def test_one(): ...

@pytest.mark.requirement("B1")
class TestMany:
    @pytest.mark.requirement("B2")
    def test_two(self): ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.requirement("C1"))])
async def test_three(x): ...
"""
    assert sorted(list_markers(source, "t.py")) == [
        ("A1", "t.py::test_one"),
        ("A2", "t.py::test_one"),
        ("B1", "t.py::TestMany"),
        ("B2", "t.py::TestMany::test_two"),
        ("C1", "t.py::test_three"),
        ("H1", "t.py"),
    ]


def test_a_marker_without_a_name_is_refused():
    with pytest.raises(ValueError, match="write the row's name out"):
        list_markers("@pytest.mark.requirement(row)\ndef test_one(): ...", "t.py")


def test_a_broken_line_of_the_table_is_refused():
    with pytest.raises(ValueError, match="no row of the table"):
        list_rows("| A1 | what | soon |")
