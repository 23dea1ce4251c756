"""For which weeks printouts are owed, and how a recipient's page is laid out."""

from datetime import date

import pytest

from school.rules.printouts import GradeYear, is_owed, list_mondays, monday_of
from school.rules.weekly_page import Line, Section, WeeklyPage, document, lay_out, line

#: Quarters of 2026/27 with the autumn holidays 26 October – 1 November between them.
YEAR = GradeYear(
    date(2026, 9, 1),
    date(2027, 5, 28),
    ((date(2026, 9, 1), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 29)),
     (date(2027, 1, 11), date(2027, 5, 28))),
    ((date(2026, 10, 24), date(2026, 11, 1)), (date(2026, 12, 30), date(2027, 1, 10)),
     (date(2026, 11, 4), date(2026, 11, 4)), (date(2027, 2, 15), date(2027, 2, 19))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("monday", "owed", "in_holidays"),
    [
        ("2026-08-24", False, False),
        ("2026-08-31", True, True),  # the first day is a Tuesday
        ("2026-10-19", True, True),
        ("2026-10-26", True, True),  # holidays, but the quarter ended in the week before
        ("2026-11-02", True, True),
        ("2026-12-28", True, True),  # two days of lessons
        ("2027-01-04", True, True),  # the week after the quarter's end
        ("2027-02-15", False, True),  # holidays alone, with a Saturday after them
        ("2027-05-24", True, True),
        ("2027-05-31", True, True),  # the week after the year's last period
        ("2027-06-07", False, False),
    ],
)
def test_weeks_in_term_and_after_a_period_are_owed_and_holidays_by_the_flag(
    monday, owed, in_holidays
):
    week = date.fromisoformat(monday)
    assert is_owed(week, YEAR, in_holidays=False) is owed
    assert is_owed(week, YEAR, in_holidays=True) is in_holidays


def test_a_grade_without_periods_has_the_school_year():
    year = GradeYear(date(2026, 9, 1), date(2027, 5, 28))
    assert is_owed(date(2026, 10, 26), year, in_holidays=False)
    assert not is_owed(date(2027, 6, 7), year, in_holidays=False)


def test_mondays_of_a_span():
    assert list_mondays(date(2026, 11, 22), date(2026, 11, 23)) == [
        date(2026, 11, 16), date(2026, 11, 23),
    ]  # fmt: skip
    assert monday_of(date(2026, 11, 22)) == date(2026, 11, 16)


def page(points, lines=60, words=12):
    body = tuple(line("слово " * words, "Предмет:") for _ in range(lines))
    sections = (Section("Отметки", body), Section("Задания <b>", (Line((("А & Б:", "x"),)),)))
    return WeeklyPage(1, "Дневник", ("Кому: Королёва", "Ученик: Королёв, 7А"), sections, points)


def test_each_recipient_has_sheets_of_their_own_in_their_size():
    small, large = (lay_out("Школа", page(points), "Напечатано.") for points in (12, 24))
    assert len(large) > len(small) > 1
    for sheets, points in ((small, 12), (large, 24)):
        assert all(f'class="sheet p{points}"' in sheet for sheet in sheets)
        assert [f"Страница {n} из {len(sheets)}" in s for n, s in enumerate(sheets, 1)]
        # Whose it is stands on the first, when it was printed on the last.
        assert [sheet.count("Кому: Королёва</p>") for sheet in sheets] == [1] + [0] * (
            len(sheets) - 1
        )
        assert [sheet.count("Напечатано.") for sheet in sheets] == [0] * (len(sheets) - 1) + [1]
    whole = document("Т", "", [*small, *large])
    assert whole.count('class="sheet last') == 1
    assert "Задания &lt;b&gt;" in whole
    assert "<b>А &amp; Б:</b> x" in whole


def test_a_heading_stays_with_what_follows_it():
    for lines in range(30, 60):
        for sheet in lay_out("Школа", page(12, lines, 3), "Напечатано."):
            assert not sheet.rstrip().removesuffix("</section>").rstrip().endswith("</h3>")


def test_an_empty_week_is_one_sheet():
    sections = (Section("Отметки", (line("Отметок за эту неделю нет."),)),)
    empty = WeeklyPage(1, "Дневник", ("Ученик: К",), sections, 24)
    assert len(lay_out("Школа", empty, "Напечатано.")) == 1
