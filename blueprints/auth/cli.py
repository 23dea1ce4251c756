"""flask account: makes or mends a staff account."""

import secrets

import click

from blueprints.commands import connect_to_ready_database
from school import clock
from school.actions.accounts import (
    AccountError,
    NewStaff,
    find_account_owner,
    issue_one_time_password,
    make_staff,
)
from school.actions.history import Act
from school.models import Role
from school.passwords import weakness


@click.command("account")
@click.argument("login")
@click.option("--school", help="Short name of the school of a new member of staff.")
@click.option("--role", type=click.Choice(Role.KINDS), help="Their role there.")
@click.option("--name", help="Surname, given name and patronymic, separated by blanks.")
@click.option("--ask-password", is_flag=True, help="Ask for the one-time password.")
def issue_account(
    login: str, school: str | None, role: str | None, name: str | None, ask_password: bool
) -> None:
    """Make or mend the staff account LOGIN, with a one-time password.

    An account that exists gets a new password, and its sessions end. For a new one it is asked
    whose it is.
    """
    connect_to_ready_database()
    act = Act(at=clock.now(), actor_id=None, request_id=secrets.token_hex(8))
    owner = find_account_owner(login)
    password = None
    if ask_password:
        password = click.prompt("Временный пароль", hide_input=True, confirmation_prompt=True)
        problem = weakness(password)
        if problem:
            raise click.ClickException(problem)
    try:
        if owner is not None:
            password = issue_one_time_password(owner, login, act, password=password)
        else:
            surname, given_name, patronymic = _name_parts(
                name or click.prompt("Фамилия, имя, отчество")
            )
            staff = NewStaff(
                surname=surname,
                given_name=given_name,
                patronymic=patronymic,
                school_short_name=school or click.prompt("Школа (короткое имя)"),
                role=role or click.prompt("Должность", default="administrator"),
            )
            password = make_staff(staff, login, act, password=password)
    except AccountError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Логин: {login}")
    if not ask_password:
        click.echo(f"Временный пароль: {password}")


def _name_parts(name: str) -> tuple[str, str, str]:
    parts = name.split(maxsplit=2)
    if len(parts) < 2:
        raise AccountError("Нужны фамилия и имя.")
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""
