"""What stands in the way of a lesson at a time and a place: named before it is saved (B6).

Pure: whoever asks has read the lessons of the day. Some clashes are final, since the lesson could
not be held or kept there; the others are sometimes meant (two groups joined under one teacher,
two classes in one gym) and are accepted with a word why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from school.rules.names import alphabetical

TEACHER_BUSY, TEACHER_AWAY, NO_TEACHER = "teacher_busy", "teacher_away", "no_teacher"
ROOM_TAKEN, PUPILS_BUSY = "room_taken", "pupils_busy"
NO_BELL, NO_SCHOOL_DAY, SUNDAY, QUARANTINE = "no_bell", "no_school_day", "sunday", "quarantine"
SAME_PLACE = "same_place"

#: Nothing makes these possible: no time, no day, no teacher, no second row in the same place.
FINAL = frozenset({NO_TEACHER, NO_BELL, NO_SCHOOL_DAY, SAME_PLACE})

#: What a lesson at a distance has for a room: any number of them meet there.
REMOTE = "дистанционно"


@dataclass(frozen=True, slots=True)
class Placed:
    """A lesson at its time and place; moments in any one unit."""

    lesson_id: int
    group_id: int
    subject: str
    group_name: str
    teacher_id: int
    teacher_name: str
    room: str
    starts_at: int
    ends_at: int

    @property
    def name(self) -> str:
        return f"{self.subject}, {self.group_name}"


@dataclass(frozen=True, slots=True)
class Clash:
    """Something in the way: which lesson, or what else is said of it."""

    kind: str
    with_lesson: Placed | None = None
    detail: str = ""

    @property
    def is_final(self) -> bool:
        return self.kind in FINAL


def overlaps(one: Placed, other: Placed) -> bool:
    """Whether two lessons share a moment; one that begins when another ends does not."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def find_clashes(
    wanted: Placed,
    others: Iterable[Placed],
    *,
    shared_pupils: Mapping[int, int] | None = None,
    looks_at_room: bool = True,
) -> tuple[Clash, ...]:
    """What of the day's other lessons, none of them cancelled, is in the way of one as it is
    wanted. `shared_pupils` says how many pupils the lesson shares with others, by lesson: two
    lessons at once for the same pupil are a clash, two parts of a class are none."""
    found = []
    for other in others:
        if other.lesson_id == wanted.lesson_id or not overlaps(wanted, other):
            continue
        if other.teacher_id == wanted.teacher_id:
            found.append(Clash(TEACHER_BUSY, other))
        if looks_at_room and _same_room(wanted.room, other.room):
            found.append(Clash(ROOM_TAKEN, other))
        if shared_pupils and shared_pupils.get(other.lesson_id):
            found.append(Clash(PUPILS_BUSY, other))
    return tuple(found)


def _same_room(one: str, other: str) -> bool:
    one = one.strip().casefold()
    return bool(one) and one != REMOTE and one == other.strip().casefold()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A teacher who might take a lesson over."""

    teacher_id: int
    name: str
    #: The lesson they have at that time, if any.
    busy_with: str = ""
    is_away: bool = False
    teaches_subject: bool = False
    teaches_class: bool = False
    #: They have other lessons that day: they are at school anyway.
    is_there: bool = False

    @property
    def is_free(self) -> bool:
        return not self.busy_with and not self.is_away


def by_fitness(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those who are free first, among them who teaches the subject, then who knows the class,
    then who is at school that day."""
    return tuple(
        sorted(
            candidates,
            key=lambda one: (
                not one.is_free,
                one.is_away,
                not one.teaches_subject,
                not one.teaches_class,
                not one.is_there,
                alphabetical(one.name),
            ),
        )
    )
