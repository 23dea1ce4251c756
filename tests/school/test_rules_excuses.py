"""H9: what a family can tell the school of an absence, and which lessons that covers."""

from datetime import date, datetime, timedelta

import pytest

from school.rules.excuses import Absence, ExcuseError, covers, has_begun, read_absence

TODAY = date(2026, 11, 23)
GOOD = {
    "from_on": "23.11.2026",
    "until_on": "",
    "starts": "",
    "ends": "",
    "reason": "ill",
    "words": "",
}


def read(**changes):
    return read_absence(**{**GOOD, **changes}, today=TODAY)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, Absence(TODAY, TODAY)),
        ({"from_on": " 2026-11-23 "}, Absence(TODAY, TODAY)),
        ({"until_on": "2026-11-25"}, Absence(TODAY, date(2026, 11, 25))),
        ({"starts": "9", "ends": "10.30"}, Absence(TODAY, TODAY, "09:00", "10:30")),
        ({"ends": "12:05"}, Absence(TODAY, TODAY, "", "12:05")),
        (
            {"reason": "other", "words": " едем\x00 \n к врачу "},
            Absence(TODAY, TODAY, reason="other", words="едем к врачу"),
        ),
        # Thirty days are enough; so is the thirtieth day back.
        ({"until_on": "22.12.2026"}, Absence(TODAY, date(2026, 12, 22))),
        ({"from_on": "24.10.2026"}, Absence(date(2026, 10, 24), date(2026, 10, 24))),
    ],
)
def test_what_is_read(changes, found):
    assert read(**changes) == found


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"from_on": ""}, {"from_on"}),
        ({"from_on": "завтра"}, {"from_on"}),
        ({"from_on": "31.11.2026"}, {"from_on"}),
        ({"until_on": "22.11.2026"}, {"until_on"}),
        ({"until_on": "23.12.2026"}, {"until_on"}),
        ({"until_on": "9999-99-99"}, {"until_on"}),
        ({"from_on": "23.10.2026"}, {"from_on"}),
        ({"from_on": "01.03.2027"}, {"from_on"}),
        ({"starts": "25:00"}, {"starts"}),
        ({"ends": "десять"}, {"ends"}),
        ({"starts": "12:00", "ends": "10:00"}, {"ends"}),
        ({"starts": "10:00", "until_on": "24.11.2026"}, {"starts"}),
        ({"reason": "lazy"}, {"reason"}),
        ({"reason": "other"}, {"words"}),
        ({"words": "а" * 501}, {"words"}),
        ({"from_on": "", "reason": "", "starts": "x"}, {"from_on", "reason", "starts"}),
    ],
)
def test_what_is_refused_names_its_field(changes, fields):
    with pytest.raises(ExcuseError) as refused:
        read(**changes)
    assert refused.value.problems.keys() == fields
    assert all(words.endswith(".") for words in refused.value.problems.values())


@pytest.mark.parametrize(
    ("absence", "lesson", "is_covered"),
    [
        (Absence(TODAY, TODAY), ("08:30", "09:10"), True),
        (Absence(TODAY - timedelta(days=1), TODAY + timedelta(days=1)), ("08:30", "09:10"), True),
        (Absence(TODAY + timedelta(days=1), TODAY + timedelta(days=1)), ("08:30", "09:10"), False),
        # To the doctor from ten to eleven: the lesson that begins in it, and that ends in it.
        (Absence(TODAY, TODAY, "10:00", "11:00"), ("09:20", "10:00"), False),
        (Absence(TODAY, TODAY, "10:00", "11:00"), ("09:25", "10:05"), True),
        (Absence(TODAY, TODAY, "10:00", "11:00"), ("10:55", "11:35"), True),
        (Absence(TODAY, TODAY, "10:00", "11:00"), ("11:00", "11:40"), False),
        (Absence(TODAY, TODAY, "", "09:00"), ("08:30", "09:10"), True),
        (Absence(TODAY, TODAY, "12:00"), ("08:30", "09:10"), False),
    ],
)
def test_which_lessons_are_covered(absence, lesson, is_covered):
    assert covers(absence, TODAY, *lesson) is is_covered


@pytest.mark.parametrize(
    ("absence", "clock", "begun"),
    [
        (Absence(TODAY, TODAY), "00:00", True),
        (Absence(TODAY, TODAY, "10:00"), "09:59", False),
        (Absence(TODAY, TODAY, "10:00"), "10:00", True),
        (Absence(TODAY + timedelta(days=1), TODAY + timedelta(days=1)), "23:59", False),
        (Absence(TODAY - timedelta(days=1), TODAY), "00:00", True),
    ],
)
def test_until_when_it_can_be_withdrawn(absence, clock, begun):
    assert has_begun(absence, datetime.fromisoformat(f"{TODAY}T{clock}")) is begun
