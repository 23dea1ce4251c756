"""Something a school owes by a moment, whatever row of the requirements promises it.

Sweeps, the school today, lists of one person, the inspection's report and the municipality's table
all read this one shape; what stands where follows from its moments alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from school.rules.access import ADMINISTRATOR, CLASS_TEACHER, TEACHER

__all__ = [
    "ADMINISTRATOR", "CLASS_TEACHER", "FAMILY", "TEACHER", "Count", "Obligation", "Standing",
    "Tally", "count_done", "tally_of",
]  # fmt: skip

# How it stands. What was put off by an order, or waits for the family, is nobody's fault.
IN_TIME, LATE, DUE, OVERDUE, PUT_OFF = "in_time", "late", "due", "overdue", "put_off"
STATES = (IN_TIME, LATE, DUE, OVERDUE, PUT_OFF)
#: Not done yet.
OPEN_STATES = (OVERDUE, DUE, PUT_OFF)

#: The rows whose terms a school answers for, in the order of its pages. A9 and A13 have no term in
#: any regulation.
ROWS = ("C1", "C3", "C2", "C4", "C7", "A4", "A8", "A9", "C5", "D3", "C6", "A13")

#: Nobody is reminded while somebody sits in the room (C6).
NOT_REMINDED = frozenset({"C6"})

#: Who has it in hand, beside TEACHER, CLASS_TEACHER and ADMINISTRATOR.
FAMILY = "family"
#: Where it is nobody by name.
HOLDER_WORDS = {
    TEACHER: "учитель",
    CLASS_TEACHER: "классный руководитель",
    ADMINISTRATOR: "администратор",
    FAMILY: "семья",
}
#: As holders are counted: nobody by name.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one person of a school owes by a moment, or did. Moments are aware, days the school's.

    Where a line stands for several entries (the missing marks of a work), it is one line, and
    `words` say how many.
    """

    row: str
    #: Within the row: «attendance», «marks», «dot», «period», «request», …
    kind: str
    #: What is told of it once: unique in its school.
    key: str
    school_id: int
    time_zone: str
    #: Whole, and naming no child: «Алгебра, 7А, урок 3 ноября, 2-й: посещаемость».
    words: str
    #: The day that the term is counted from; None: at any time (A9).
    event_on: date | None
    due_at: datetime | None
    met_at: datetime | None = None
    #: By an order, while its day has not passed (E3).
    deferred_until: date | None = None
    #: TEACHER, CLASS_TEACHER, ADMINISTRATOR or FAMILY.
    holder_role: str = TEACHER
    #: By id and name; none: all who do that in the school («администратор»).
    holders: tuple[tuple[int, str], ...] = ()
    #: The lesson, request, question …, as `kind` says; a group's results have `detail` too.
    subject_id: int = 0
    detail: str = ""
    #: Of which children: for pages, never for letters.
    people: str = ""
    class_id: int | None = None
    class_name: str = ""
    #: The version of the regulation that it was, or is, judged by; 0: the program's own term.
    version_id: int = 0

    @property
    def holder(self) -> str:
        """Who has it, in words."""
        return ", ".join(name for _, name in self.holders) or HOLDER_WORDS[self.holder_role]

    def state(self, now: datetime) -> str:
        """How it stands at a moment: one of STATES."""
        if self.met_at is not None:
            return LATE if self.due_at is not None and self.met_at > self.due_at else IN_TIME
        if self.deferred_until is not None or self.holder_role == FAMILY:
            return PUT_OFF
        return OVERDUE if self.due_at is not None and now > self.due_at else DUE


@dataclass(frozen=True, slots=True)
class Tally:
    """How many stand how."""

    in_time: int = 0
    late: int = 0
    due: int = 0
    overdue: int = 0
    put_off: int = 0

    @property
    def done(self) -> int:
        return self.in_time + self.late

    @property
    def open(self) -> int:
        return self.due + self.overdue + self.put_off

    @property
    def share(self) -> Fraction | None:
        """In time of all that was done; None where nothing was. What is owed stands beside."""
        return Fraction(self.in_time, self.done) if self.done else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.in_time + other.in_time,
            self.late + other.late,
            self.due + other.due,
            self.overdue + other.overdue,
            self.put_off + other.put_off,
        )


def tally_of(state: str, count: int = 1) -> Tally:
    """So many in one state."""
    return Tally(**{state: count})


@dataclass(frozen=True, slots=True)
class Count:
    """So many done obligations of a row, a holder and a class, counted without reading each."""

    row: str
    holder_role: str
    holder_id: int
    holder: str
    class_id: int | None
    class_name: str
    in_time: int
    late: int


@dataclass(slots=True)
class Standing:
    """How a school stands with its promises: by row, by who has it in hand, by class."""

    by_row: dict[str, Tally] = field(default_factory=dict)
    #: (role, person) → name, and by row; NOBODY stands for all who do that in the school. What
    #: two have in hand together counts for both.
    by_holder: dict[tuple[str, int], tuple[str, dict[str, Tally]]] = field(default_factory=dict)
    by_class: dict[int, tuple[str, dict[str, Tally]]] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        """All rows together."""
        return sum(self.by_row.values(), Tally())

    def row(self, row: str) -> Tally:
        return self.by_row.get(row, Tally())

    def add_open(self, lines: Iterable[Obligation], now: datetime) -> None:
        """Count what is not done at a moment."""
        for line in lines:
            tally = tally_of(line.state(now))
            self._add(line.row, line.class_id, line.class_name, tally)
            for person_id, name in line.holders or ((NOBODY, line.holder),):
                self._add_to(line.holder_role, person_id, name, line.row, tally)

    def add_done(self, counts: Iterable[Count]) -> None:
        """Count what was done."""
        for one in counts:
            tally = Tally(in_time=one.in_time, late=one.late)
            self._add(one.row, one.class_id, one.class_name, tally)
            self._add_to(one.holder_role, one.holder_id, one.holder, one.row, tally)

    def _add_to(self, role: str, person_id: int, name: str, row: str, tally: Tally) -> None:
        rows = self.by_holder.setdefault((role, person_id), (name, {}))[1]
        rows[row] = rows.get(row, Tally()) + tally

    def _add(self, row: str, class_id: int | None, class_name: str, tally: Tally) -> None:
        self.by_row[row] = self.by_row.get(row, Tally()) + tally
        if class_id is not None:
            rows = self.by_class.setdefault(class_id, (class_name, {}))[1]
            rows[row] = rows.get(row, Tally()) + tally


def count_done(lines: Iterable[Obligation], now: datetime) -> list[Count]:
    """The counts of done obligations that were read one by one."""
    found = []
    for line in lines:
        if line.met_at is None:
            continue
        person_id, name = line.holders[0] if line.holders else (NOBODY, line.holder)
        in_time = int(line.state(now) == IN_TIME)
        found.append(
            Count(
                line.row, line.holder_role, person_id, name, line.class_id, line.class_name,
                in_time, 1 - in_time,
            )
        )  # fmt: skip
    return found
