"""A list of one-time passwords: made, kept as a paper to hand out, and soon forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from school.actions.accounts import issue_one_time_password
from school.actions.history import Act
from school.actions.papers import NewPaper, put_paper
from school.database import transaction
from school.models import Paper
from school.passwords import hash_password, one_time_password
from school.queries.staff import StaffLine


@dataclass(frozen=True, slots=True)
class Issued:
    """What is handed out to one person."""

    name: str
    duties: str
    login: str
    password: str


def issue_passwords(
    staff: Sequence[StaffLine],
    key: str,
    make_paper: Callable[[tuple[Issued, ...]], NewPaper],
    act: Act,
) -> int:
    """Give each a one-time password, their sessions end, and keep the list as a paper whose page
    `make_paper` makes. Returns the paper's id. The same key again changes nothing."""
    made = [(line, one_time_password()) for line in staff]
    # Hashing is slow on purpose: not while everybody waits for the database.
    hashes = [hash_password(password) for _, password in made]
    with transaction():
        before = Paper.get_or_none(Paper.key == key)
        if before is not None:
            return int(before.id)
        for (line, password), password_hash in zip(made, hashes, strict=True):
            issue_one_time_password(
                line.person_id, line.login, act, password=password, password_hash=password_hash
            )
        issued = tuple(
            Issued(line.name, line.duties, line.login, password) for line, password in made
        )
        return put_paper(make_paper(issued), act)
