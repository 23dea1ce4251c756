"""What a person does with a code: registers, adds a role to the account they have, or chooses a
new password (A7, H16)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from peewee import IntegrityError

from school import clock
from school.actions import throttles
from school.actions.accounts import WeakPassword, end_sessions
from school.actions.history import Act, Fact, record
from school.actions.invitations import close_request, hash_code, put_letter_code
from school.actions.letters import (
    PASSWORD_CHANGED,
    PASSWORD_CODE,
    NewLetter,
    find_zone,
    put_letter,
)
from school.actions.merging import MergeRefused, merge_persons
from school.actions.sessions import TooManyTries, keyed
from school.actions.throttles import Bucket
from school.actions.traces import record_event
from school.database import fetch_all, transaction
from school.letters import password_changed, password_code
from school.models import Account, Invitation, Person, School
from school.models.fields import to_milliseconds
from school.passwords import hash_password, weakness
from school.queries.invitations import may_be_invited
from school.rules.codes import in_groups, make_code, read_code
from school.rules.invitations import LETTER_HOLDS, PASSWORD, REGISTRATION, STAFF
from school.rules.letters import AddressError, clean_address
from school.rules.logins import free_ones, login_problem, normalise_login, suggestions
from school.rules.requests import Names, same_name

#: Wrong codes from one address: a class in the computer room mistypes too.
CODES_PER_ADDRESS = Bucket(size=20, seconds_per_token=30)
#: Wrong codes from everywhere. At this rate a year of guessing finds one of 10,000 codes that are
#: out with a chance of 1 in 28 (43 bits).
CODES_OF_ALL = Bucket(size=500, seconds_per_token=1)
#: Letters with a code: to one account, and asked for from one address.
LETTERS_PER_ACCOUNT = Bucket(size=3, seconds_per_token=1200)
LETTERS_PER_ADDRESS = Bucket(size=10, seconds_per_token=120)
#: An address that a family shares: so many of its accounts get a letter.
MOST_LETTERS = 5
OFFERED = 3


class CodeRefused(Exception):
    """No such code, or it works no more. Nobody learns which."""


class RegistrationRefused(ValueError):
    """Cannot be done so; the message says why, in Russian, and `field` beside which field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyRegistered(Exception):
    """The person has an account: no second one is made."""


class NotThisPerson(ValueError):
    """The code is for somebody of another name than the account's person; the message says so."""


def open_code(typed: str, address: str, secret: str, now: datetime, request_id: str) -> int:
    """The invitation behind a code that was typed. Raises CodeRefused, written to the log without
    the code, or TooManyTries."""
    taken: list[tuple[str, Bucket]] = []
    for key, bucket in (
        (f"code-address:{keyed(secret, address)}", CODES_PER_ADDRESS),
        ("code-all", CODES_OF_ALL),
    ):
        wait = throttles.take(key, bucket, now)
        if wait:
            for earlier in taken:
                throttles.give_back(*earlier, now)
            raise TooManyTries(wait)
        taken.append((key, bucket))
    hashes = [hash_code(code, secret) for code in read_code(typed)]
    row = Invitation.get_or_none(Invitation.code_hash.in_(hashes)) if hashes else None
    if row is None or not _works(row, now):
        record_event("code_refused", now, person_id=None, request_id=request_id)
        raise CodeRefused
    with transaction():
        for key, bucket in taken:
            throttles.give_back(key, bucket, now)
        record_event(
            "code_opened",
            now,
            person_id=row.person_id,
            school_id=row.school_id,
            pupil_id=row.pupil_id,
            request_id=request_id,
        )
    return int(row.id)


def code_works(invitation_id: int, now: datetime) -> bool:
    """Whether a code that was opened may still be used."""
    row = Invitation.get_or_none(Invitation.id == invitation_id)
    return row is not None and _works(row, now)


def _works(row: Invitation, now: datetime) -> bool:
    if row.used_at is not None or row.replaced_at is not None or row.ends_at <= now:
        return False
    if row.purpose == PASSWORD or row.kind == STAFF:
        return True
    # Consent may have been withdrawn since, authority may have ended: nothing is opened then.
    day = clock.local(now, School.get_by_id(row.school_id).time_zone).date()
    return may_be_invited(row.person_id, row.pupil_id, now, day)


def _claim(invitation_id: int, purpose: str, at: datetime) -> Invitation:
    """Use up a code: of two in the same second one wins. In a transaction; raises CodeRefused."""
    row = Invitation.get_or_none(Invitation.id == invitation_id)
    if row is None or row.purpose != purpose or not _works(row, at):
        raise CodeRefused
    count = (
        Invitation.update(used_at=at)
        .where(
            Invitation.id == invitation_id,
            Invitation.used_at.is_null(),
            Invitation.replaced_at.is_null(),
        )
        .execute()
    )
    if count != 1:
        raise CodeRefused
    found: Invitation = row
    return found


# Registration


def offer_logins(person_id: int, count: int = OFFERED) -> tuple[str, ...]:
    """Logins made of a person's name that nobody has."""
    person = Person.get_by_id(person_id)
    year = person.birth_on.year if person.birth_on else None

    def candidates() -> Iterator[str]:
        return suggestions(person.surname, person.given_name, person.patronymic, year)

    tried = list(free_ones(candidates(), frozenset(), 40))
    taken = Account.select(Account.login).where(Account.login.in_(tried)).tuples()
    return free_ones(candidates(), frozenset(row[0] for row in taken), count)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for signing in."""

    login: str
    password: str


def register(invitation_id: int, choice: Choice, request_id: str, now: datetime) -> int:
    """Make the account of a code's person and use the code up; returns the person's id. Raises
    CodeRefused, RegistrationRefused or AlreadyRegistered."""
    login = normalise_login(choice.login)
    invitation = Invitation.get_or_none(Invitation.id == invitation_id)
    if invitation is None:
        raise CodeRefused
    person = Person.get_by_id(invitation.person_id)
    problem = login_problem(login)
    if problem:
        raise RegistrationRefused("login", problem)
    names = (person.surname, person.given_name, person.patronymic)
    weak = weakness(choice.password, personal=(login, *names))
    if weak:
        raise RegistrationRefused("password", weak)
    # Hashing is slow on purpose: not while everybody waits for the database.
    password_hash = hash_password(choice.password)
    act = Act(now, person.id, request_id)
    with transaction():
        row = _claim(invitation_id, REGISTRATION, now)
        account_id = _make_account(person.id, login, password_hash, act)
        record(act, row.school_id, [Fact("account", account_id, "registered", "", row.kind)])
        record_event(
            "registered",
            now,
            person_id=person.id,
            school_id=row.school_id,
            pupil_id=row.pupil_id,
            request_id=request_id,
        )
        close_request(row.person_id, row.pupil_id, act)
    return int(person.id)


def _make_account(person_id: int, login: str, password_hash: str, act: Act) -> int:
    former = Account.get_or_none(Account.person == person_id)
    if former is not None and former.disabled_at is None:
        raise AlreadyRegistered
    if Account.select().where(Account.login == login, Account.person != person_id).exists():
        raise _taken(login, person_id)
    if former is not None:
        # Closed when consent was withdrawn, or its record was merged: it opens again.
        Account.update(
            login=login, password_hash=password_hash, must_change_password=False, disabled_at=None
        ).where(Account.id == former.id).execute()
        return int(former.id)
    try:
        # A savepoint: PostgreSQL gives up the whole transaction otherwise.
        with transaction():
            made = Account.create(
                person=person_id, login=login, password_hash=password_hash, created_at=act.at
            )
    except IntegrityError:
        # Somebody chose the same login in the same moment.
        raise _taken(login, None) from None
    return int(made.id)


def _taken(login: str, person_id: int | None) -> RegistrationRefused:
    free = offer_logins(person_id) if person_id else ()
    offer = f" Свободны: {', '.join(free)}." if free else ""
    return RegistrationRefused("login", f"Логин «{login}» уже занят, возьмите другой.{offer}")


# Adding to the account that is there


def add_to_account(invitation_id: int, person_id: int, act: Act) -> None:
    """Give what a code opens to the person who is signed in, instead of a second account: where
    the school wrote them down twice, the records become one (undone by the office). Raises
    CodeRefused, NotThisPerson or MergeRefused."""
    with transaction():
        row = _claim(invitation_id, REGISTRATION, act.at)
        if row.person_id != person_id:
            if not same_name(_names(person_id), _names(row.person_id)):
                raise NotThisPerson("Код выписан на другое имя.")
            if (
                Account.select()
                .where(Account.person == row.person_id, Account.disabled_at.is_null())
                .exists()
            ):
                raise MergeRefused("По этому коду уже зарегистрировались под другим логином.")
            merge_persons(person_id, row.person_id, school_id=row.school_id, act=act)
        record(act, row.school_id, [Fact("invitation", row.id, "added", "", row.kind)])
        record_event(
            "role_added",
            act.at,
            person_id=person_id,
            school_id=row.school_id,
            pupil_id=row.pupil_id,
            request_id=act.request_id,
        )
        close_request(person_id, row.pupil_id, act)


def is_same_name(invitation_id: int, person_id: int) -> bool:
    """Whether a code is for somebody who is called as a person is."""
    row = Invitation.get_by_id(invitation_id)
    return row.person_id == person_id or same_name(_names(person_id), _names(row.person_id))


def _names(person_id: int) -> Names:
    person = Person.get_by_id(person_id)
    return Names(person.surname, person.given_name, person.patronymic)


# A new password


def choose_new_password(invitation_id: int, password: str, request_id: str, now: datetime) -> str:
    """Use a code up for a new password; all sessions of the person end. Returns the login. Raises
    CodeRefused or WeakPassword."""
    row = Invitation.get_or_none(Invitation.id == invitation_id)
    account = row and Account.get_or_none(
        Account.person == row.person_id, Account.disabled_at.is_null()
    )
    if account is None:
        raise CodeRefused
    names = _names(row.person_id)
    problem = weakness(
        password, personal=(account.login, names.surname, names.given_name, names.patronymic)
    )
    if problem:
        raise WeakPassword(problem)
    password_hash = hash_password(password)
    act = Act(now, row.person_id, request_id)
    with transaction():
        _claim(invitation_id, PASSWORD, now)
        Account.update(password_hash=password_hash, must_change_password=False).where(
            Account.id == account.id
        ).execute()
        end_sessions(row.person_id, now)
        record(act, row.school_id, [Fact("account", account.id, "password", "", "by code")])
        record_event(
            "password_by_code",
            now,
            person_id=row.person_id,
            school_id=row.school_id,
            request_id=request_id,
        )
        _tell_changed(row.person_id, now)
    return str(account.login)


def _tell_changed(person_id: int, at: datetime) -> None:
    text = password_changed(clock.local(at, find_zone(person_id)))
    key = f"{PASSWORD_CHANGED}:{person_id}:{to_milliseconds(at)}"
    put_letter(NewLetter(key, PASSWORD_CHANGED, person_id, text), at)


#: The school that a person belongs to, else one of their municipality.
SCHOOL = """
SELECT COALESCE(
  (SELECT MAX(r.school_id) FROM role r WHERE r.person_id = p.id),
  (SELECT MAX(e.school_id) FROM enrolment e WHERE e.pupil_id = p.id),
  (SELECT MAX(e.school_id) FROM guardianship g JOIN enrolment e ON e.pupil_id = g.pupil_id
   WHERE g.guardian_id = p.id),
  (SELECT MIN(s.id) FROM school s WHERE s.municipality_id = p.municipality_id))
FROM person p WHERE p.id = ?
"""
BY_LOGIN = """
SELECT a.person_id, a.login, c.address FROM account a
JOIN contact c ON c.person_id = a.person_id AND c.kind = 'email' AND c.confirmed_at IS NOT NULL
WHERE a.login = ? AND a.disabled_at IS NULL
"""
BY_ADDRESS = """
SELECT a.person_id, a.login, c.address FROM account a
JOIN contact c ON c.person_id = a.person_id AND c.kind = 'email' AND c.confirmed_at IS NOT NULL
WHERE LOWER(c.address) = ? AND a.disabled_at IS NULL ORDER BY a.id
"""


def ask_for_letter(typed: str, address: str, secret: str, act: Act) -> None:
    """Write a code for a new password to the confirmed address behind a login or an e-mail
    address. Whether there is one, nobody learns here. Raises TooManyTries."""
    wait = throttles.take(f"letter-address:{keyed(secret, address)}", LETTERS_PER_ADDRESS, act.at)
    if wait:
        raise TooManyTries(wait)
    login = normalise_login(typed)
    found = fetch_all(BY_LOGIN, (login,))
    if not found and "@" in login:
        try:
            found = fetch_all(BY_ADDRESS, (clean_address(login).lower(),))
        except AddressError:
            found = []
    with transaction():
        record_event("password_asked", act.at, person_id=None, detail="", request_id=act.request_id)
        for person_id, own_login, mail in found[:MOST_LETTERS]:
            if not throttles.take(f"letter-account:{person_id}", LETTERS_PER_ACCOUNT, act.at):
                _write_code(person_id, own_login, mail, secret, act)


def _write_code(person_id: int, login: str, mail: str, secret: str, act: Act) -> None:
    code = make_code()
    ends_at = act.at + LETTER_HOLDS
    school_id = int(fetch_all(SCHOOL, (person_id,))[0][0])
    invitation_id = put_letter_code(person_id, school_id, hash_code(code, secret), ends_at, act)
    put_letter(
        NewLetter(
            key=f"{PASSWORD_CODE}:{invitation_id}",
            kind=PASSWORD_CODE,
            person_id=person_id,
            text=password_code(login, in_groups(code), clock.local(ends_at, find_zone(person_id))),
            address=mail,
            is_secret=True,
            good_until=ends_at,
        ),
        act.at,
    )
