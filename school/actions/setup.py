"""The first run: from an empty database, or one that holds the demo alone, to a school with its
first administrator."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from school import clock
from school.actions.accounts import AccountError
from school.actions.history import Act, Fact, record
from school.actions.importing.places import USUAL_WORK_KINDS
from school.actions.regulations import start_regulation
from school.database import protect_history, transaction, unprotect_history
from school.exchange.school_rows import Names
from school.models import (
    ALL_MODELS,
    Account,
    Municipality,
    Person,
    Role,
    School,
    SchoolBreak,
    SchoolYear,
    StudyPeriod,
    WorkKind,
)
from school.passwords import hash_password, weakness
from school.rules.logins import normalise_login
from school.rules.school_year import ProposedPeriod, breaks_between


class SetupRefused(Exception):
    """The school cannot be made; `field` is the form's field, the message says why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.field = name


@dataclass(frozen=True, slots=True)
class Setup:
    """What the first-run wizard was told."""

    municipality: str
    short_name: str
    name: str
    full_name: str
    regulation: str
    time_zone: str
    days_in_week: int
    year_from: date
    year_until: date
    head: Names
    administrator: Names
    login: str
    password: str
    periods: tuple[ProposedPeriod, ...] = field(default=())


def may_begin() -> bool:
    """Whether nothing is here that the wizard would disturb: no school, or the demo alone."""
    if not School.select().exists():
        return not Account.select().exists()
    return (
        Account.select().where(Account.is_demo).exists()
        and not Account.select().where(~Account.is_demo).exists()
    )


def begin_installation(setup: Setup, *, act: Act) -> int:
    """Make the municipality, its first school, the head and the first administrator's account;
    the demo is gone afterwards. Returns the school's id. Raises SetupRefused."""
    problem = weakness(
        setup.password, personal=(setup.login, setup.administrator.surname, setup.short_name)
    )
    if problem:
        raise SetupRefused("password", problem)
    hashed = hash_password(setup.password)
    login = normalise_login(setup.login)
    with transaction():
        if not may_begin():
            raise SetupRefused("", "Школа уже заведена: войдите как администратор.")
        clear_demo()
        municipality = Municipality.create(name=setup.municipality or setup.name)
        school = _make_school(municipality, setup)
        start_regulation(school, act=act)
        today = clock.local(act.at, setup.time_zone).date()
        starts = min(today, setup.year_from)
        administrator = _make_person(municipality, setup.administrator)
        head = (
            administrator
            if setup.head.fold() == setup.administrator.fold()
            else _make_person(municipality, setup.head)
        )
        for person, kind in ((head, "head"), (administrator, "administrator")):
            role = Role.create(
                person=person, kind=kind, municipality=municipality, school=school, from_on=starts
            )
            record(act, school.id, [Fact("role", role.id, "kind", "", kind)])
        if Account.select().where(Account.login == login).exists():
            raise AccountError(f"Логин «{login}» занят.")
        Account.create(person=administrator, login=login, password_hash=hashed, created_at=act.at)
        record(act, school.id, [Fact("school", school.id, "setup", "", "made")])
    return int(school.id)


def clear_demo() -> None:
    """Delete the demo, history and all: nobody of it ever lived. In a transaction, and only
    where there is no account but the demo's."""
    if not Account.select().exists() and not School.select().exists():
        return
    if Account.select().where(~Account.is_demo).exists():
        raise SetupRefused("", "В базе есть настоящие люди: она не для первого запуска.")
    unprotect_history()
    for model in reversed(ALL_MODELS):
        if model._meta.table_name != "worker_seen":
            model.delete().execute()
    protect_history()


def _make_school(municipality: Any, setup: Setup) -> Any:
    school = School.create(
        municipality=municipality,
        short_name=setup.short_name,
        name=setup.name,
        full_name=setup.full_name or setup.name,
        time_zone=setup.time_zone,
        regulation=setup.regulation,
        days_in_week=setup.days_in_week,
    )
    year = SchoolYear.create(
        school=school,
        name=f"{setup.year_from.year}/{setup.year_until.year % 100:02}",
        from_on=setup.year_from,
        until_on=setup.year_until,
    )
    for period in setup.periods:
        StudyPeriod.create(
            school=school,
            school_year=year,
            kind=period.kind,
            ordinal=period.ordinal,
            name=period.name,
            from_grade=period.from_grade,
            until_grade=period.until_grade,
            from_on=period.from_on,
            until_on=period.until_on,
        )
    for name, from_on, until_on in breaks_between(list(setup.periods)):
        SchoolBreak.create(
            school=school, kind="holidays", name=name, from_on=from_on, until_on=until_on
        )
    for name, weight, is_important, marks_expected in USUAL_WORK_KINDS:
        WorkKind.create(
            school=school,
            name=name,
            weight=weight,
            is_important=is_important,
            marks_expected=marks_expected,
        )
    return school


def _make_person(municipality: Any, names: Names) -> Any:
    return Person.create(
        municipality=municipality,
        surname=names.surname,
        given_name=names.given_name,
        patronymic=names.patronymic,
    )
