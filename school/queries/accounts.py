"""Accounts as pages list them."""

from dataclasses import dataclass

from school.database import fetch_all
from school.queries.lessons import full_name


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    login: str
    name: str


DEMO = """
SELECT a.login, p.surname, p.given_name, p.patronymic
FROM account a JOIN person p ON p.id = a.person_id
WHERE a.is_demo ORDER BY a.id
"""


def list_demo_sign_ins() -> tuple[DemoSignIn, ...]:
    """The demo accounts, in the order they were made."""
    return tuple(DemoSignIn(row[0], full_name(*row[1:])) for row in fetch_all(DEMO))
