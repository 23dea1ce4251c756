"""First accounts of staff: a login and a one-time password to hand out."""

from school.actions.accounts import issue_one_time_password
from school.actions.importing.ledger import Running
from school.actions.importing.people import names_of
from school.actions.importing.report import IssuedPassword
from school.exchange.school_rows import STAFF, Names
from school.exchange.values import fold
from school.models import Account, Person

_LETTERS = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        ("a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r",
         "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"),
        strict=True,
    )
)  # fmt: skip


def make_login(names: Names) -> str:
    """A login people can spell: «Щеглова Анна Юрьевна» is «shcheglova.ayu»."""
    initials = names.given_name[:1] + names.patronymic[:1]
    return ".".join(filter(None, (_in_latin(names.surname), _in_latin(initials)))) or "user"


def _in_latin(text: str) -> str:
    letters = "".join(_LETTERS.get(letter, letter) for letter in fold(text))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def issue_passwords(run: Running, staff: dict[str, Person]) -> None:
    """Give everybody of the staff without an account one, with a password for the first
    sign-in; accounts that are there are left alone."""
    ids = [person.id for person in staff.values()]
    accounts = {
        account.person_id: account for account in Account.select().where(Account.person.in_(ids))
    }
    taken = {row.login for row in run.files.staff}
    for row in run.files.staff:
        if not row.line:
            continue
        run.now_at(STAFF, row.line)
        person = staff[row.code]
        account = accounts.get(person.id)
        if account is not None:
            run.keep("account")
            if row.login and row.login != account.login:
                run.report.notes.append(
                    f"{row.names}: логин остался «{account.login}», файл его не меняет."
                )
            continue
        login = row.login or _free(make_login(row.names), taken)
        taken.add(login)
        if run.rehearses:
            # The hash takes longer than all the rest, and nobody would be handed the password.
            run.report.counts["account"].new += 1
            continue
        password = issue_one_time_password(
            person.id,
            login,
            run.act,
            can_be_taken_back=run.changes.is_made(Person, person.id),
        )
        run.changes.made(Account, [Account.get(Account.person == person.id).id])
        run.report.counts["account"].new += 1
        run.report.passwords.append(IssuedPassword(str(names_of(person)), login, password))


def _free(login: str, taken: set[str]) -> str:
    number, free = 1, login
    while free in taken or Account.select().where(Account.login == free).exists():
        number += 1
        free = f"{login}{number}"
    return free
