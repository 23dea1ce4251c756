"""A whole school's spreadsheets; `make test` brings in a part of one."""

import pytest

from tests.blueprints.test_tired_school import comes_in_by_the_page
from tests.school.test_spreadsheets import make_school, tired_school_comes_in
from tests.tired_school import CLASSES, PUPILS

pytestmark = pytest.mark.requirement("H22")


def test_a_whole_school_comes_in(served_sqlite, tmp_path):
    tired_school_comes_in(make_school(), tmp_path, classes=CLASSES, pupils=PUPILS)


def test_a_whole_school_comes_in_by_the_page(app, db, data_dir, tmp_path, monkeypatch):
    comes_in_by_the_page(app, data_dir, tmp_path, monkeypatch, classes=CLASSES, pupils=PUPILS)
