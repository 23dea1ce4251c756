"""The demo accounts: one password for all, hashed once."""

from dataclasses import dataclass
from typing import Any

from school.demo.storage import insert_numbered
from school.models import Account

PASSWORD = "demo"  # noqa: S105 - known to all, and refused beyond the loopback address


@dataclass(frozen=True, slots=True)
class SignIn:
    login: str
    #: «родитель, СОШ № 2»
    who: str
    #: The short name of the school; empty for the municipality.
    school: str
    person_id: int


def make_accounts(sign_ins: list[SignIn], password_hash: str, created_at: int) -> None:
    rows: list[dict[str, Any]] = [
        {
            "person": sign_in.person_id,
            "login": sign_in.login,
            "password_hash": password_hash,
            "must_change_password": False,
            "is_demo": True,
            "created_at": created_at,
            "disabled_at": None,
        }
        for sign_in in sign_ins
    ]
    insert_numbered(Account, rows)
