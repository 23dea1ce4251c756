"""What a list of obligations is narrowed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from school.rules.obligations import IN_TIME, LATE, NOBODY, Obligation


@dataclass(frozen=True, slots=True)
class Wanted:
    """A span of days, both included, on which something was promised; and of that what a page
    asks for. Empty: all."""

    from_on: date = date.min
    until_on: date = date.max
    row: str = ""
    state: str = ""
    holder_role: str = ""
    holder_id: int | None = None
    #: 0: of no single class.
    class_id: int | None = None
    #: At most so many that are done; 0: all.
    most: int = 0

    @property
    def span(self) -> tuple[date, date]:
        return self.from_on, self.until_on

    @property
    def limit(self) -> str:
        return f"LIMIT {int(self.most)}" if self.most else ""

    def takes_row(self, row: str) -> bool:
        return self.row in ("", row)

    @property
    def takes_done(self) -> bool:
        return self.state in ("", IN_TIME, LATE)

    @property
    def takes_open(self) -> bool:
        return self.state not in (IN_TIME, LATE)

    def narrow(
        self, states: Mapping[str, str], holder: str, school_class: str, role: str
    ) -> tuple[str, tuple[int, ...]]:
        """The same as conditions of a statement whose lines are all in the hands of `role`."""
        only, values = [states.get(self.state, "")], []
        if self.holder_role not in ("", role):
            only.append("AND 1 = 0")
        if self.holder_id is not None:
            only.append(f"AND {holder} = ?")
            values.append(self.holder_id)
        if self.class_id is not None:
            only.append(f"AND COALESCE({school_class}, 0) = ?")
            values.append(self.class_id)
        return " ".join(only), tuple(values)

    def takes(self, line: Obligation) -> bool:
        """Whether a line is asked for, but for its state."""
        return (
            self.takes_row(line.row)
            and (line.event_on is None or self.from_on <= line.event_on <= self.until_on)
            and self.holder_role in ("", line.holder_role)
            and (self.holder_id is None or self.holder_id in _ids(line))
            and (self.class_id is None or self.class_id == (line.class_id or 0))
        )


def _ids(line: Obligation) -> tuple[int, ...]:
    return tuple(person_id for person_id, _ in line.holders) or (NOBODY,)
