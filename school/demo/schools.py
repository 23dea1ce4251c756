"""One school of the demo, from its classes to its registers."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from school import clock
from school.database import bulk_insert
from school.demo import curriculum
from school.demo.absences import DayAway, draw_days_away, recent_illness
from school.demo.answers import VisitMaker
from school.demo.cases import CaseMaker, make_consents
from school.demo.change_requests import plan_change_requests
from school.demo.changes import ChangeMaker
from school.demo.curriculum_lines import make_curriculum_lines
from school.demo.excuses import make_excuses
from school.demo.groups import Course, Staff, Teacher, courses_of, make_groups, plan_blocks
from school.demo.journal_remarks import make_remarks
from school.demo.lessons import LessonPlan, lesson_span, make_school_lessons
from school.demo.limits import make_limits
from school.demo.marking_rules import make_marking_rules
from school.demo.people import (
    Adult,
    ClassPlan,
    Enroller,
    Family,
    Pupil,
    make_adults,
    make_classes,
    make_pupils,
)
from school.demo.places import Place
from school.demo.questions import make_questions, make_school_page
from school.demo.register import RegisterWriter, newest_entries
from school.demo.results import ResultPlan, make_results
from school.demo.sign_ins import SignIn
from school.demo.sizes import Sizes
from school.demo.storage import insert_numbered
from school.demo.timetable import Planned, make_timetable
from school.models import Revision, Role
from school.models.fields import from_milliseconds, to_milliseconds

OFFICE = (
    ("administrator", "admin", "администратор"),
    ("deputy_head", "deputy", "заместитель директора по УВР"),
    ("head", "head", "директор"),
)


@dataclass(frozen=True, slots=True)
class When:
    """The day that the demo is made for, and the moment up to which it has happened."""

    today: date
    #: None: the demo's today is not the clock's, and lessons before 14:00 count as held.
    now: datetime | None

    def moment(self, time_zone: str) -> int:
        return to_milliseconds(self.now or clock.moment_of(self.today, "14:00", time_zone))


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Who the sign-ins of a school stand for."""

    pupil: Pupil
    parent: Adult
    teacher: Teacher
    class_teacher: Teacher
    #: Administrator, deputy head, head.
    office: tuple[Adult, ...]


class SchoolMaker:
    """Makes everything of one school; all that is drawn comes from its own generator."""

    def __init__(self, place: Place, sizes: Sizes, when: When, seed: int) -> None:
        self.place = place
        self.when = when
        self.seed = seed
        self.weeks = sizes.weeks
        self.rng = random.Random(f"{seed}:{place.plan.short_name}")
        self.enroller = Enroller(self.rng, place.year.from_on)
        self.classes = [
            ClassPlan(grade, letter, size)
            for grade, letter, size in sizes.class_sizes(place.plan.grades)
        ]
        self.demo_class = next(c for c in self.classes if c.grade == place.plan.demo_grade)
        #: Children of the household with a sign-in of its own.
        self.household: list[Pupil] = []
        #: The last school day, for a day in summer.
        self.last_day = min(when.today, place.year.until_on)

    def make(self, household: Family, mothers: dict[int, Adult | None]) -> None:
        """Make the school. In each grade of `mothers` sits a child of the household, with that
        mother, or with one of its own: so the same child is there whoever its mother is."""
        self._enrol(household, mothers)
        self._hire()
        self._plan_lessons()
        self._change_timetable()
        make_curriculum_lines(
            self.place, self.courses, self.when.today, from_milliseconds(self.moment)
        )
        self._fill_registers()
        self._tell_families()
        self._tell_and_remark()
        self._set_marking()
        self._make_cases()
        moment = self.when.moment(self.place.plan.time_zone)
        make_results(self.result_plan(), self.seed, self.when.today, moment)

    def _set_marking(self) -> None:
        """What subjects do otherwise, and a test that is planned."""
        make_marking_rules(
            self.place,
            self.when.moment(self.place.plan.time_zone),
            self.when.today,
            deputy_id=self.people.office[1].person_id,
            teacher_id=self.people.teacher.person_id,
        )

    def _tell_families(self) -> None:
        """Questions to the school, and its public page."""
        people, moment = self.people, self.when.moment(self.place.plan.time_zone)
        administrator_id = people.office[0].person_id
        other = next(p for p in self.enroller.pupils if p is not self.demo_pupil)
        make_questions(
            self.place,
            moment,
            parent_id=people.parent.person_id,
            other_parent_id=other.family.guardians[0].adult.person_id,
            administrator_id=administrator_id,
        )
        make_school_page(self.place, moment, administrator_id)

    def sign_ins(self) -> list[SignIn]:
        """The accounts of a school; none where it has no suffix."""
        plan, people = self.place.plan, self.people
        if plan.suffix is None:
            return []
        found = [
            ("parent", "родитель", people.parent.person_id),
            ("pupil", f"ученик {self.demo_class.name}", people.pupil.person_id),
            ("teacher", "учитель-предметник", people.teacher.person_id),
            (
                "classteacher",
                f"классный руководитель {self.demo_class.name}",
                people.class_teacher.person_id,
            ),
        ]
        found += [
            (login, called, adult.person_id)
            for (_, login, called), adult in zip(OFFICE, people.office, strict=True)
        ]
        return [
            SignIn(f"{login}{plan.suffix}", f"{who}, {plan.name}", plan.short_name, person_id)
            for login, who, person_id in found
        ]

    def _make_cases(self) -> None:
        """Consents of families, and a case in every stage from the demo class."""
        office = self.office[0]
        spared = [self.demo_pupil, *self.household]
        others = [p for p in self.enroller.pupils if p not in spared]
        demo_class = [p for p in others if p.school_class is self.demo_class]
        elsewhere = [p for p in others if p.school_class is not self.demo_class]
        cases = CaseMaker(
            self.place,
            # What the class teacher has a hand in comes first, and is of the demo class.
            [*elsewhere, *demo_class],
            self.leaders[self.demo_class.name].adult,
            office,
            self.when.moment(self.place.plan.time_zone),
        )
        cases.make()
        VisitMaker(
            self.place,
            [pupil for pupil in demo_class if pupil.until_on is None][:6],
            office,
            self.leaders[self.demo_class.name].adult,
            self.office[1],
            self.when.moment(self.place.plan.time_zone),
        ).make()
        make_consents(self.place, [*spared, *cases.pupils], office)

    # Pupils

    def _enrol(self, household: Family, mothers: dict[int, Adult | None]) -> None:
        make_classes(self.place.school_id, self.place.year_id, self.classes)
        for school_class in self.classes:
            if school_class is self.demo_class:
                self._fill_demo_class()
            elif school_class.grade in mothers and school_class.letter == "А":
                self._seat_child(household, school_class, mothers[school_class.grade])
                self.enroller.fill(school_class, school_class.size - 1)
            else:
                self.enroller.fill(school_class, school_class.size)
        pupils = self.enroller.pupils
        make_pupils(self.place.municipality_id, self.place.school_id, pupils)
        others = [pupil for pupil in pupils if pupil is not self.demo_pupil]
        make_limits(others, self.when.today, self.when.moment(self.place.plan.time_zone))
        self.pupils_of: dict[str, list[Pupil]] = defaultdict(list)
        for pupil in pupils:
            self.pupils_of[pupil.school_class.name].append(pupil)

    def _fill_demo_class(self) -> None:
        """The demo pupil, one who came in the middle of the term, one who left in October,
        one under custody, and others."""
        enroller, demo_class = self.enroller, self.demo_class
        self.demo_pupil = enroller.only_child(demo_class)
        newcomer = enroller.only_child(demo_class)
        newcomer.from_on = self._middle_of_term()
        enroller.pupils += [self.demo_pupil, newcomer]
        if self.place.plan.suffix == "":
            leaver = enroller.only_child(demo_class)
            leaver.until_on = date(self.place.year.from_on.year, 10, 16)
            leaver.reason = "Переезд семьи в другой город"
            enroller.pupils.append(leaver)
        if demo_class.size > 2:
            in_custody = enroller.only_child(demo_class)
            enroller.give_trustee(in_custody)
            enroller.pupils.append(in_custody)
            self.enroller.fill(demo_class, demo_class.size - 3)
        self.exempt_pupil = enroller.pupils[-1]

    def _middle_of_term(self) -> date:
        """A Monday about three weeks ago."""
        monday = self.last_day - timedelta(days=self.last_day.weekday(), weeks=3)
        return max(monday, self.place.year.from_on + timedelta(weeks=1))

    def _seat_child(
        self, household: Family, school_class: ClassPlan, mother_of_two: Adult | None
    ) -> None:
        family = self.enroller.names.with_mother(self.enroller.names.family())
        family.surname, family.patronymic = household.surname, household.patronymic
        family.is_complete = True
        mother = family.guardians[0]
        family.guardians = [mother]
        mother.adult.surname = household.surname[1]
        if mother_of_two is not None:
            mother.adult = mother_of_two
        child = self.enroller.pupil(family, school_class)
        self.household.append(child)
        self.enroller.pupils.append(child)

    # Staff and timetable

    def _hire(self) -> None:
        blocks = plan_blocks(self.place, self.classes, self.pupils_of)
        self.courses: list[Course] = courses_of(blocks)
        self.staff = Staff(self.enroller.names)
        self.staff.assign(blocks)
        self.leaders = self.staff.lead(self.classes, self.courses)
        self.office = tuple(self.enroller.names.adult(share_of_women=0.75) for _ in OFFICE)
        teachers = [teacher.adult for teacher in self.staff.teachers]
        make_adults(self.place.municipality_id, [*teachers, *self.office])
        make_groups(self.place, self.courses)
        self._give_roles()
        planned = make_timetable(self.rng, self.place, self.classes, blocks)
        self.people = DemoPeople(
            pupil=self.demo_pupil,
            parent=self.demo_pupil.family.guardians[0].adult,
            teacher=self._demo_teacher(planned),
            class_teacher=self.leaders[self.demo_class.name],
            office=self.office,
        )

    def _give_roles(self) -> None:
        year_from_on = self.place.year.from_on
        hired_on = year_from_on.replace(year=year_from_on.year - 1)
        roles: list[tuple[int, str, date, int | None]] = [
            (teacher.person_id, "teacher", hired_on, None) for teacher in self.staff.teachers
        ]
        roles += [
            (leader.person_id, "class_teacher", year_from_on, school_class.class_id)
            for school_class in self.classes
            for leader in [self.leaders[school_class.name]]
        ]
        roles += [
            (adult.person_id, kind, hired_on, None)
            for (kind, _, _), adult in zip(OFFICE, self.office, strict=True)
        ]
        insert_numbered(
            Role,
            [
                {
                    "person": person_id,
                    "kind": kind,
                    "municipality": self.place.municipality_id,
                    "school": self.place.school_id,
                    "school_class": class_id,
                    "from_on": from_on,
                    "until_on": None,
                }
                for person_id, kind, from_on, class_id in roles
            ],
        )

    def _demo_teacher(self, planned: list[Planned]) -> Teacher:
        """Who teaches the demo class without leading it, and has lessons on most days."""
        weekdays: dict[Teacher, set[int]] = defaultdict(set)
        for item in planned:
            weekdays[item.course.teacher].add(item.slot[0])
        hours: dict[Teacher, int] = defaultdict(int)
        for course in self.courses:
            # Marks are what a teacher's sign-in is there to show.
            if self.demo_class in course.classes and course.marking == "five":
                hours[course.teacher] += course.hours
        candidates = [t for t in hours if t is not self.leaders[self.demo_class.name]]

        def fitness(teacher: Teacher) -> tuple[bool, bool, int, int]:
            days = len(weekdays[teacher])
            writes = teacher.specialty not in curriculum.WITHOUT_NOTEBOOKS
            return days >= 4, writes, days, hours[teacher]

        return max(candidates, key=fitness)

    # Lessons

    def _plan_lessons(self) -> None:
        from_on, until_on = lesson_span(self.place, self.last_day, self.weeks)
        self.lessons: list[LessonPlan] = make_school_lessons(
            self.place, self.courses, from_on, until_on
        )
        self.moment = self.when.moment(self.place.plan.time_zone)

    def _change_timetable(self) -> None:
        self.changes = ChangeMaker(
            rng=self.rng,
            place=self.place,
            lessons=self.lessons,
            teachers=self.staff.teachers,
            announced_by=self.office[1].person_id,
            moment=self.moment,
            spared=self.people.teacher,
        )
        self.changes.make(self._weeks_of_changes(), self.demo_class, self.classes)

    def _weeks_of_changes(self) -> list[date]:
        """The Mondays of this week and the next; in holidays, of the first two after them."""
        mondays = {
            lesson.held_on - timedelta(days=lesson.held_on.weekday()) for lesson in self.lessons
        }
        this_monday = self.last_day - timedelta(days=self.last_day.weekday())
        return sorted(monday for monday in mondays if monday >= this_monday)[:2]

    # Registers

    def _fill_registers(self) -> None:
        if not self.lessons:
            return
        writer = RegisterWriter(
            rng=self.rng,
            place=self.place,
            lessons=self.lessons,
            moment=self.moment,
            days_away=self._days_away(),
            leaders=self.leaders,
            demo_pupil=self.demo_pupil,
            exempt_pupil=self.exempt_pupil,
            forgotten=self._forgotten_lesson(),
        )
        writer.fill()
        plan_change_requests(writer, self.people.teacher.person_id, self.office[1].person_id)
        writer.save()
        newest = newest_entries(writer, {x.lesson_id: x.course.group_id for x in self.lessons})
        for group_id, at in self.changes.newest_at.items():
            newest["group", group_id] = max(at, newest.get(("group", group_id), 0))
            school = "school", self.place.school_id
            newest[school] = max(at, newest.get(school, 0))
        self._save_revisions(newest)

    def _tell_and_remark(self) -> None:
        """What families told of absences, and what the deputy head says of journals."""
        if not self.lessons:
            return
        others = self.pupils_of[self.demo_class.name]
        pupils = [self.demo_pupil, *(p for p in others if p is not self.demo_pupil)]
        make_excuses(
            self.place.school_id,
            [
                (pupil.person_id, pupil.family.guardians[0].adult.person_id)
                for pupil in pupils
                if pupil.is_here(self.last_day)
            ],
            self.people.class_teacher.person_id,
            self.last_day,
            self.moment,
        )
        make_remarks(
            self.place.school_id,
            self.people.teacher.person_id,
            self.office[1].person_id,
            self.last_day,
            self.moment,
        )

    def result_plan(self) -> ResultPlan:
        """Whose results tell a story; to be made once regulation and marks are there."""
        people = self.people
        return ResultPlan(
            self.place.school_id, self.place.plan.time_zone, self.demo_class.class_id,
            people.pupil.person_id, people.teacher.person_id, people.parent.person_id,
            self.office[1].person_id, people.class_teacher.person_id,
        )  # fmt: skip

    def _days_away(self) -> dict[int, dict[date, DayAway]]:
        first_day = self.lessons[0].held_on
        days = self.place.year.school_days(first_day, self.last_day, self.place.plan.days_in_week)
        away = {p.person_id: draw_days_away(self.rng, days) for p in self.enroller.pupils}
        away[self.demo_pupil.person_id] = recent_illness(days, self.last_day)
        return away

    def _forgotten_lesson(self) -> LessonPlan | None:
        """The demo teacher's last lesson before today: to be seen as not filled in."""
        candidates = [
            lesson
            for lesson in self.lessons
            if lesson.teacher_id == self.people.teacher.person_id
            and lesson.held_on < self.when.today
            and lesson.ends_at <= self.moment
            and not lesson.is_cancelled
        ]
        return max(candidates, key=lambda lesson: lesson.ends_at, default=None)

    def _save_revisions(self, newest: dict[tuple[str, int], int]) -> None:
        rows = [
            {"scope": scope, "subject": subject_id, "n": 1, "changed_at": at}
            for (scope, subject_id), at in newest.items()
        ]
        bulk_insert(Revision, rows)
