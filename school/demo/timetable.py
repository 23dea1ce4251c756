"""The weekly timetable: no teacher and no class in two places at once."""

import random
from collections import Counter
from dataclasses import dataclass

from school.demo.groups import Block, Course, Teacher
from school.demo.people import ClassPlan
from school.demo.places import Place
from school.demo.storage import insert_numbered
from school.models import TimetableEntry

#: Weekday 1–7 and number of the lesson.
Slot = tuple[int, int]

ATTEMPTS = 20
STEPS = 6_000
#: Evening out is worth a few tries per lesson, no more.
POLISHING = 12
CLASH, REPEATED = 10, 1


class NoTimetable(Exception):
    """No timetable without clashes was found: the hours do not fit the staff."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A course at a time of the week."""

    course: Course
    slot: Slot


def make_timetable(
    rng: random.Random, place: Place, classes: list[ClassPlan], blocks: list[Block]
) -> list[Planned]:
    """Find a timetable and write it down as entries that hold for the year."""
    planned = plan_week(rng, {c.name: place.plan.days_of(c.grade) for c in classes}, blocks)
    insert_numbered(
        TimetableEntry,
        [
            {
                "school": place.school_id,
                "teaching_group": item.course.group_id,
                "teacher": item.course.teacher.person_id,
                "bell_schedule": place.bell_schedule_id,
                "weekday": item.slot[0],
                "lesson_number": item.slot[1],
                "room": item.course.room,
                "from_on": place.year.from_on,
                "until_on": place.year.until_on,
            }
            for item in planned
        ],
    )
    return planned


def plan_week(rng: random.Random, days_of: dict[str, int], blocks: list[Block]) -> list[Planned]:
    """A time for every hour of every block. `days_of` is school days a week per class."""
    for _ in range(ATTEMPTS):
        puzzle = _Puzzle(rng, days_of, blocks)
        if puzzle.solve():
            puzzle.polish()
            return puzzle.planned()
    raise NoTimetable("no timetable without clashes was found")


class _Puzzle:
    """Every class has as many slots as lessons, so that its days have no gaps; lessons of a
    class change places until no teacher is needed twice at once."""

    def __init__(self, rng: random.Random, days_of: dict[str, int], blocks: list[Block]) -> None:
        self.rng = rng
        self.slots: dict[str, list[Slot]] = {}
        self.lessons: dict[str, list[Block]] = {}
        self.pinned: dict[str, int] = {}
        self.busy: Counter[tuple[Teacher, Slot]] = Counter()
        streams = [block for block in blocks if block.is_stream for _ in range(block.hours)]
        for name, days in days_of.items():
            own = [
                block
                for block in blocks
                if not block.is_stream and block.classes[0].name == name
                for _ in range(block.hours)
            ]
            shared = [b for b in streams if any(c.name == name for c in b.classes)]
            slots = _slots(len(own) + len(shared), days)
            rng.shuffle(own)
            self.pinned[name] = len(shared)
            self.slots[name] = _streams_first(slots, len(shared))
            self.lessons[name] = shared + own
        self._count_busy()

    def solve(self) -> bool:
        for _ in range(STEPS):
            clashes = self._clashes()
            if not clashes:
                return True
            name, index = self.rng.choice(clashes)
            swaps = [
                (self._cost(name, index, other), self.rng.random(), other)
                for other in self._free(name)
                if self.lessons[name][other] is not self.lessons[name][index]
            ]
            if self.rng.random() < 0.03:
                self._swap(name, index, self.rng.choice(swaps)[2])
            else:
                self._swap(name, index, min(swaps)[2])
        return False

    def polish(self) -> None:
        """Spread the hours of a subject over the days, as far as it makes no clash."""
        for name, lessons in self.lessons.items():
            free = self._free(name)
            for _ in range(POLISHING * len(lessons)):
                first, second = self.rng.choice(free), self.rng.choice(free)
                if self._cost(name, first, second) < 0:
                    self._swap(name, first, second)

    def planned(self) -> list[Planned]:
        found = {
            (id(course), slot): Planned(course, slot)
            for name, lessons in self.lessons.items()
            for block, slot in zip(lessons, self.slots[name], strict=True)
            for course in block.courses
        }
        return list(found.values())

    def _count_busy(self) -> None:
        counted: set[tuple[int, Slot]] = set()
        for name, lessons in self.lessons.items():
            for block, slot in zip(lessons, self.slots[name], strict=True):
                # A stream stands in the week of each of its classes.
                if (id(block), slot) in counted:
                    continue
                if block.is_stream:
                    counted.add((id(block), slot))
                for course in block.courses:
                    self.busy[course.teacher, slot] += 1

    def _free(self, name: str) -> range:
        """The places of lessons that may change."""
        return range(self.pinned[name], len(self.lessons[name]))

    def _clashes(self) -> list[tuple[str, int]]:
        return [
            (name, index)
            for name in self.lessons
            for index in self._free(name)
            if any(
                self.busy[course.teacher, self.slots[name][index]] > 1
                for course in self.lessons[name][index].courses
            )
        ]

    def _cost(self, name: str, first: int, second: int) -> int:
        """How much worse the timetable is after two lessons of a class change places."""
        lessons, slots = self.lessons[name], self.slots[name]
        one, other = lessons[first], lessons[second]
        if one is other:
            return 0
        cost = CLASH * (
            self._moving(one, other, slots[first], slots[second])
            + self._moving(other, one, slots[second], slots[first])
        )
        if slots[first][0] != slots[second][0]:
            before = self._repeated(name, slots[first][0]) + self._repeated(name, slots[second][0])
            lessons[first], lessons[second] = other, one
            after = self._repeated(name, slots[first][0]) + self._repeated(name, slots[second][0])
            lessons[first], lessons[second] = one, other
            cost += REPEATED * (after - before)
        return cost

    def _moving(self, block: Block, in_its_place: Block, begin: Slot, end: Slot) -> int:
        """Clashes that a block makes less those that it ends when it moves."""
        change = 0
        stay = {course.teacher for course in in_its_place.courses}
        for course in block.courses:
            if course.teacher not in stay:
                change += (self.busy[course.teacher, end] > 0) - (
                    self.busy[course.teacher, begin] > 1
                )
        return change

    def _repeated(self, name: str, weekday: int) -> int:
        subjects = [
            block.subject
            for block, slot in zip(self.lessons[name], self.slots[name], strict=True)
            if slot[0] == weekday
        ]
        return len(subjects) - len(set(subjects))

    def _swap(self, name: str, first: int, second: int) -> None:
        lessons, slots = self.lessons[name], self.slots[name]
        for index, other in ((first, second), (second, first)):
            for course in lessons[index].courses:
                self.busy[course.teacher, slots[index]] -= 1
                self.busy[course.teacher, slots[other]] += 1
        lessons[first], lessons[second] = lessons[second], lessons[first]


def _slots(lessons: int, days: int) -> list[Slot]:
    """The times of a class: full days first, no gaps."""
    return [
        (day, number)
        for day in range(1, days + 1)
        for number in range(1, lessons // days + (day <= lessons % days) + 1)
    ]


def _streams_first(slots: list[Slot], count: int) -> list[Slot]:
    """The slots with those of the streams in front: one a day, the last lesson, so that who
    is not in a stream goes home; equal classes have equal slots, so all streams fit."""
    if not count:
        return slots
    ends = [max(slot for slot in slots if slot[0] == day) for day in range(1, count + 1)]
    return ends + [slot for slot in slots if slot not in ends]
