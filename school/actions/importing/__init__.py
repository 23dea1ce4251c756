"""Bringing a school in from files: all or nothing, and the same files again change nothing."""

from collections.abc import Mapping
from dataclasses import replace

from school import clock
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.importing import enrolments, groups, lessons, logins, people, places
from school.actions.importing.ledger import Running
from school.actions.importing.report import ImportReport, IssuedPassword
from school.actions.regulations import start_regulation
from school.database import analyze, transaction
from school.exchange.problems import ImportRefused, Problem
from school.exchange.school_rows import PUPILS, SCHOOL, SchoolFiles
from school.models import Person, School, SchoolYear

__all__ = ["ImportRefused", "ImportReport", "IssuedPassword", "import_school", "rehearse_import"]

MUNICIPALITY = "Муниципальное образование"
#: History rows in one statement: SQLite and PostgreSQL bound the values of one.
FACTS_AT_ONCE = 500
#: So many new rows make the planner's figures wrong.
MANY_ROWS = 1000


class _Rehearsed(Exception):
    """Everything went well, and nothing is to stay."""


def rehearse_import(
    files: SchoolFiles, *, act: Act, chosen: Mapping[str, str] = {}
) -> tuple[ImportReport, list[Problem]]:
    """What `import_school` would do, and what would stand in its way; nothing is written."""
    report = ImportReport()
    try:
        with transaction():
            run = _begin(files, act, MUNICIPALITY)
            run.rehearses = True
            run.chosen = chosen
            report = run.report
            staff = _put_people_and_lessons(run)
            problems = run.problems
            if not problems:
                logins.issue_passwords(run, staff)
            raise _Rehearsed
    except _Rehearsed:
        return report, problems


def import_school(
    files: SchoolFiles,
    *,
    act: Act,
    municipality_name: str = MUNICIPALITY,
    chosen: Mapping[str, str] = {},
) -> ImportReport:
    """Make or bring up to date a school from its files, in one transaction.

    The school is found by its short name, people by the codes of the files, everything else by
    what it is called. Rows the files do not name are left as they are and told in the report;
    only the timetable is taken as a whole. `municipality_name` is used where the installation
    has no municipality yet. The report holds the one-time passwords of new staff accounts.

    Raises ImportRefused where the files do not fit the database; then nothing is written.
    """
    with transaction():
        run = _begin(files, act, municipality_name)
        run.chosen = chosen
        staff = _put_people_and_lessons(run)
        if run.problems:
            raise ImportRefused(run.problems)
        logins.issue_passwords(run, staff)
        _leave_traces(run)
        run.report.changes = run.changes.as_text()
    if sum(counts.new for counts in run.report.counts.values()) > MANY_ROWS:
        analyze()
    return run.report


def _begin(files: SchoolFiles, act: Act, municipality_name: str) -> Running:
    found = School.get_or_none(School.short_name == files.school.short_name)
    found_year = places.find_year(found, files.school)
    run = Running(
        files=files,
        act=act,
        is_new=found is None,
        today=clock.local(act.at, files.school.time_zone).date(),
    )
    run.changes.request_id = act.request_id
    values = places.school_values(files.school)
    if found is None:
        values |= {
            "municipality": places.get_municipality(municipality_name).id,
            "short_name": files.school.short_name,
            "regulation": files.school.regulation,
        }
    elif found.regulation != files.school.regulation:
        run.report.notes.append(
            f"Регламент школы остался «{found.regulation}»: файл меняет его только при "
            "первой загрузке."
        )
    run.now_at(SCHOOL, files.school.line)
    run.school = run.put("school", School, found, values)
    start_regulation(run.school, act=act)
    run.year = run.put(
        "school_year", SchoolYear, found_year, places.year_values(run.school, files.school)
    )
    run.report.school_id = run.school.id
    return run


def _put_people_and_lessons(run: Running) -> dict[str, Person]:
    places.put_work_kinds(run)
    places.put_subjects(run)
    schedules = places.put_bells(run)
    places.put_periods(run)
    places.put_breaks(run)
    classes = places.put_classes(run)
    places.put_curriculum(run, classes)
    known = people.People(run)
    staff = people.put_staff(run, known)
    pupils = people.put_pupils(run, known)
    enrolled = enrolments.put_enrolments(run, pupils, classes)
    if run.problems:
        # What follows stands on staff and enrolments that are in order.
        return staff
    guardians = people.Guardians(run, known, staff, pupils)
    for row in run.files.pupils:
        if row.line:
            run.now_at(PUPILS, row.line)
            guardians.put(row, pupils[row.code])
    run.now_at("", 0)
    people.put_roles(run, staff, classes)
    by_key, new_groups = groups.put_groups(run, classes)
    groups.put_group_teachers(run, by_key, staff)
    groups.put_memberships(run, by_key, new_groups, enrolled)
    groups.put_plans(run, by_key)
    lessons.put_timetable(run, by_key, new_groups, staff, schedules)
    run.flush()
    lessons.put_lessons(run)
    return staff


def _leave_traces(run: Running) -> None:
    """One history row for the import, more for what it changed about people; pages of the
    school are made anew. An import that changed nothing leaves nothing."""
    if not run.report.changed_anything:
        return
    event = "made" if run.is_new else "changed"
    facts = [
        Fact("school", run.school.id, "import", "", event),
        # Of a person who was not there before nothing points to them from the history, which
        # nobody can take back.
        *(
            replace(fact, pupil_id=None)
            if fact.pupil_id is not None and run.changes.is_made(Person, fact.pupil_id)
            else fact
            for fact in run.facts
        ),
    ]
    for n in range(0, len(facts), FACTS_AT_ONCE):
        record(run.act, run.school.id, facts[n : n + FACTS_AT_ONCE])
    move_revisions(run.act, [("school", run.school.id)])
