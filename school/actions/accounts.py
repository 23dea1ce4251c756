"""Accounts: making and mending them, and choosing a password."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from peewee import IntegrityError

from school import clock
from school.actions.history import Act, Fact, record
from school.actions.letters import (
    LOGIN_CHANGED,
    PASSWORD_CHANGED,
    PASSWORD_ISSUED,
    NewLetter,
    find_zone,
    put_letter,
)
from school.actions.sessions import check_present_password
from school.actions.traces import record_event
from school.database import transaction
from school.letters import Text, login_changed, password_changed, password_issued
from school.models import AccessLog, Account, Person, Role, School, Session
from school.models.fields import to_milliseconds
from school.passwords import hash_password, one_time_password, weakness
from school.rules.access import CLASS_TEACHER, OFFICER, SUPPORT
from school.rules.logins import login_problem, normalise_login


class AccountError(ValueError):
    """An account cannot be made; the message says why, in Russian."""


class WeakPassword(Exception):
    """The new password is easy to guess; the message says what to do."""


def choose_password(
    person_id: int,
    present: str,
    new: str,
    *,
    keep_token_hash: str,
    names: tuple[str, ...],
    act: Act,
) -> None:
    """Replace a password by one's own; all other sessions of the person end.

    Raises WrongPassword, TooManyTries or WeakPassword.
    """
    check_present_password(person_id, present, act.at, act.request_id)
    account = Account.get(Account.person == person_id)
    problem = weakness(new, personal=(account.login, *names))
    if problem is None and new == present:
        problem = "Новый пароль совпадает с прежним. Придумайте другой."
    if problem:
        raise WeakPassword(problem)
    with transaction():
        Account.update(password_hash=hash_password(new), must_change_password=False).where(
            Account.id == account.id
        ).execute()
        Session.update(signed_out_at=act.at).where(
            Session.person == person_id,
            Session.token_hash != keep_token_hash,
            Session.signed_out_at.is_null(),
        ).execute()
        # Of a login only that and who, never the value.
        record(act, None, [Fact("account", account.id, "password", "", "changed")])
        AccessLog.create(
            at=act.at, person=person_id, event="password_changed", request=act.request_id
        )
        _tell(person_id, PASSWORD_CHANGED, password_changed, act.at)


def change_login(person_id: int, text: str, act: Act) -> str:
    """Give a person another login; returns it as it is compared. Raises AccountError."""
    login = normalise_login(text)
    problem = login_problem(login)
    if problem:
        raise AccountError(problem)
    with transaction():
        account = Account.get(Account.person == person_id)
        if account.login == login:
            return login
        if Account.select().where(Account.login == login).exists():
            raise AccountError(f"Логин «{login}» уже занят, возьмите другой.")
        try:
            with transaction():
                Account.update(login=login).where(Account.id == account.id).execute()
        except IntegrityError:
            raise AccountError(f"Логин «{login}» уже занят, возьмите другой.") from None
        # Of a login only that and who, never the value.
        record(act, None, [Fact("account", account.id, "login", "", "changed")])
        record_event("login_changed", act.at, person_id=act.actor_id, request_id=act.request_id)
        _tell(person_id, LOGIN_CHANGED, login_changed, act.at)
    return login


def issue_one_time_password(
    person_id: int,
    login: str,
    act: Act,
    *,
    password: str | None = None,
    password_hash: str | None = None,
    can_be_taken_back: bool = False,
) -> str:
    """Make a person's account, or mend it, with a one-time password, and return that.

    `password` is one that was asked for; without it one is made up; `password_hash` is its hash
    where that was made already. Of an account that `can_be_taken_back`, person and all, the log
    says the login alone: what it points to stays for ever. All sessions of the person end.
    Raises AccountError where the login is somebody else's.
    """
    password = password or one_time_password()
    login = normalise_login(login)
    with transaction():
        owner = Account.get_or_none(Account.login == login)
        if owner is not None and owner.person_id != person_id:
            raise AccountError(f"Логин «{login}» занят другим человеком.")
        account, is_new = Account.get_or_create(
            person=person_id,
            defaults={"login": login, "password_hash": "-", "created_at": act.at},
        )
        Account.update(
            login=login,
            password_hash=password_hash or hash_password(password),
            must_change_password=True,
            disabled_at=None,
        ).where(Account.id == account.id).execute()
        end_sessions(person_id, act.at)
        record(act, None, [Fact("account", account.id, "password", "", "one-time")])
        if not is_new:
            _tell(person_id, PASSWORD_ISSUED, password_issued, act.at)
        record_event(
            "password_issued",
            act.at,
            person_id=act.actor_id,
            pupil_id=None if can_be_taken_back else person_id,
            detail=login,
            request_id=act.request_id,
        )
    return password


def _tell(person_id: int, kind: str, text: Callable[[datetime], Text], at: datetime) -> None:
    local = clock.local(at, find_zone(person_id))
    key = f"{kind}:{person_id}:{to_milliseconds(at)}"
    put_letter(NewLetter(key=key, kind=kind, person_id=person_id, text=text(local)), at)


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Who a new staff account is for."""

    surname: str
    given_name: str
    patronymic: str
    school_short_name: str
    role: str


def find_account_owner(login: str) -> int | None:
    """The person behind a login, or None."""
    account = Account.get_or_none(Account.login == normalise_login(login))
    return None if account is None else int(account.person_id)


def make_staff(staff: NewStaff, login: str, act: Act, *, password: str | None = None) -> str:
    """Make a person with a role in a school from today, and their account; returns the one-time
    password. Raises AccountError for an unknown school or role."""
    if staff.role not in Role.KINDS or staff.role in (CLASS_TEACHER, OFFICER):
        # A class teacher's class is named in the office, an officer comes by the import.
        raise AccountError(f"Должности «{staff.role}» нет.")
    with transaction():
        school = School.get_or_none(School.short_name == staff.school_short_name)
        if school is None:
            raise AccountError(f"Школы «{staff.school_short_name}» нет.")
        person = Person.create(
            municipality=school.municipality_id,
            surname=staff.surname,
            given_name=staff.given_name,
            patronymic=staff.patronymic,
        )
        role = Role.create(
            person=person,
            kind=staff.role,
            municipality=school.municipality_id,
            school=None if staff.role == SUPPORT else school,
            from_on=clock.local(act.at, school.time_zone).date(),
        )
        record(act, school.id, [Fact("role", role.id, "kind", "", staff.role)])
        return issue_one_time_password(person.id, login, act, password=password)


def end_sessions(person_id: int, at: datetime) -> None:
    """Sign a person out everywhere."""
    Session.update(signed_out_at=at).where(
        Session.person == person_id, Session.signed_out_at.is_null()
    ).execute()
