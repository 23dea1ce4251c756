"""flask due: one line an answer, «error: …» for a bad one, and exit status 1 then."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from school.actions.history import Act
from school.actions.regulations import NewVersion, add_version
from school.models import CalendarCorrection, RegulationAct
from school.queries.due import DueRefused, answer_due
from school.regulations import read_template
from school.rules.regulation import RegulatedTerm, with_terms
from school.rules.terms import Term, Unit
from tests.town import moment, today, year_start

pytestmark = pytest.mark.requirement("C8")


@pytest.fixture
def run(app, town):
    runner = app.test_cli_runner()
    return lambda *words, lines=b"": runner.invoke(args=["due", *words], input=lines)


def test_one_question_is_answered_by_one_line(run):
    result = run("school-2", "A8", "2026-04-30T12:00")
    assert (result.stdout, result.exit_code) == ("2026-05-06T23:59\n", 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("school-3", "A8", "2026-04-30"), "нет школы «school-3»"),
        (("school-2", "B1", "2026-04-30"), "нет срока у строки «B1»"),
        (("school-2", "A8", "2026-02-29"), "не дата и не время"),
        (("school-2", "A8", "2026-04-30T25:00"), "не дата и не время"),
        (("school-2", "A8", "2026-04-30 12:00"), "не дата и не время"),
        (("school-2", "A8", "2026-04-30T12:00Z"), "не дата и не время"),
        (("school-2", "A8", "2026-04-30T12:00+05:00"), "не дата и не время"),
        (("school-2", "A8", "30.04.2026"), "не дата и не время"),
        (("school-2", "A8", "вчера"), "не дата и не время"),
        (("school-2", "A8", "٢٠٢٦-04-30"), "не дата и не время"),
        (("school-2", "A8", ""), "не дата и не время"),
        (("school-2", "A8", "2025-08-31"), "на 31.08.2025 у школы нет регламента"),
        (("school-2", "C1", "0001-01-01T00:00"), "не дата"),
        (("school-2", "C1", "9999-12-31"), "слишком далёкий день"),
        (("school-2", "A8", "9999-12-31T23:59"), "слишком далёкий день"),
    ],
)
def test_what_cannot_be_answered_is_an_error(run, words, said):
    result = run(*words)
    assert result.exit_code == 1
    assert result.stdout.startswith("error: ")
    assert said in result.stdout
    assert result.stdout.count("\n") == 1


def test_lines_are_answered_one_by_one(run):
    lines = (
        "school-2 A8 2026-04-30T12:00\n"
        "school-2 C1 2026-04-30\r\n"
        "\n"
        "school-2 A8\n"
        "  school-19   c3 2026-11-20T09:15  \n"
        "school-2 С1 2026-04-30\n"  # a Russian С
        "school-2 A8 когда-нибудь\n"
        "school-2 C5 2026-04-30T12:00"
    )
    result = run("-", lines=lines.encode())
    answers = result.stdout.splitlines()
    assert [answer.partition(": ")[0] for answer in answers] == [
        "2026-05-06T23:59",
        "2026-05-03T23:59",
        "error",
        "error",
        "2026-11-21T09:15",
        "2026-05-03T23:59",
        "error",
        "2026-05-13T23:59",
    ]
    assert result.exit_code == 1


def test_good_lines_alone_end_well_and_bytes_that_are_no_text_do_not_end_it(run):
    assert run("-", lines=b"school-2 A8 2026-04-30\n").exit_code == 0
    assert run("-").exit_code == 0
    result = run("-", lines=b"\xff\xfe A8 2026-04-30\nschool-2 C1 2026-04-30\n")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].startswith("error: ")
    assert result.stdout.splitlines()[1] == "2026-05-03T23:59"


def test_too_few_words_are_a_wrong_call(run):
    assert run("school-2").exit_code == 2
    assert run("school-2", "A8").exit_code == 2


def test_a_year_that_is_not_confirmed_is_said_beside_the_answer(run):
    result = run("school-2", "A8", "2027-12-30")
    assert result.stdout.splitlines()[0] == "2028-01-12T23:59"
    for year in (2027, 2028):
        assert f"переносы выходных дней на {year} год не подтверждены" in result.stderr
    assert run("school-2", "C1", "2027-12-30").stderr == ""


def test_the_version_of_the_events_day_answers(town):
    text = with_terms(
        read_template("school-2"),
        {"C1": RegulatedTerm("C1", Term(5, Unit.DAYS), "lesson_or_work", "п. 5.1")},
    )
    act = RegulationAct.get(RegulationAct.school == town.school)
    from_on = today() + timedelta(days=365)
    add_version(
        act.id,
        NewVersion(text, from_on, "№ 7", today()),
        today=today(),
        act=Act(moment(today(), "10:00"), town.deputy_head.id, "r1"),
    )
    for day, days in ((from_on - timedelta(days=1), 3), (from_on, 5)):
        assert answer_due("school-2", "C1", str(day)).text[:10] == str(day + timedelta(days=days))


def test_a_correction_of_the_calendar_counts_for_its_school_alone(town):
    CalendarCorrection.create(
        school=town.school, corrected_on="2026-05-05", is_working=False, reason="праздник",
        made_at=moment(today(), "08:00"),
    )  # fmt: skip
    assert answer_due("school-2", "A8", "2026-04-30").text == "2026-05-07T23:59"
    assert answer_due("school-19", "A8", "2026-04-30").text == "2026-05-06T23:59"
    # Taken back.
    CalendarCorrection.create(
        school=town.school, corrected_on="2026-05-05", reason="ошибка",
        made_at=moment(today(), "08:01"),
    )  # fmt: skip
    assert answer_due("school-2", "A8", "2026-04-30").text == "2026-05-06T23:59"


def test_a_school_without_a_regulation_is_refused(town):
    from school.models import RegulationVersion  # only here it is looked at

    assert RegulationVersion.select().count() == 2
    with pytest.raises(DueRefused, match="нет регламента"):
        answer_due("school-2", "C1", str(year_start().replace(year=2020)))


def test_the_command_as_it_is_typed(tmp_path):
    """The whole program, on a database of its own with the demo municipality's first school."""
    root = Path(__file__).resolve().parents[2]
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.db",
        "DATA_DIR": str(tmp_path),
    }

    def flask(*words: str, lines: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *words],
            cwd=root, env=environment, input=lines, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert flask("migrate").returncode == 0
    assert flask("demo", "--schools", "5", "--pupils", "30", "--weeks", "1").returncode == 0
    answer = flask("due", "school-2", "A8", "2026-04-30T12:00")
    assert (answer.stdout, answer.stderr, answer.returncode) == ("2026-05-06T23:59\n", "", 0)
    answer = flask(
        "due", "-", lines="school-19 A8 2026-04-30\nnizhnyaya-tura A8 2026-04-30\nx A8 2026-04-30\n"
    )
    assert answer.stdout.splitlines()[:2] == ["2026-05-08T23:59", "2026-05-18T23:59"]
    assert answer.stdout.splitlines()[2].startswith("error: ")
    assert answer.returncode == 1
