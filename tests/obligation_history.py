"""A school that keeps its terms now and then, at random; and how it stood, computed anew from its
history, the slow way, for tests of the pages of terms."""

import random
from collections import Counter
from datetime import date, timedelta

from school import clock
from school.actions import request_decisions as decisions
from school.actions import verdicts
from school.actions.consents import GIVEN, Sheet
from school.actions.history import Act
from school.actions.issued import NewIssued, issue_paper
from school.actions.questions import NewQuestion, answer_question, ask_question, close_question
from school.actions.register import save_register
from school.actions.requests import NewRequest, register_request
from school.actions.results import save_results
from school.models import (
    Attendance,
    History,
    Lesson,
    Mark,
    RegulationVersion,
    RequestStep,
    SchoolClass,
    SchoolYear,
    ServiceRequest,
    Work,
)
from school.queries.calendars import get_working_days
from school.queries.lessons import find_lesson
from school.queries.obligations import Wanted, get_standing, list_obligations
from school.queries.register import Cell, get_register
from school.queries.results import find_result_group, get_result_sheet, list_columns
from school.rules.obligations import STATES, Tally
from school.rules.requests import Names
from school.rules.terms import Term, Unit, due_at
from tests.results import make_period
from tests.school.test_timeliness import House
from tests.town import person, role

MONDAY = date(2026, 9, 14)
PERIOD_ENDS = date(2026, 9, 25)
BOTH = tuple(Sheet(whose, GIVEN, date(2026, 9, 1)) for whose in ("applicant", "pupil"))
#: The regulation of school-2, with the defaults, read by a person.
TERMS = {
    "A4": Term(1, Unit.WORKING_DAYS), "A8": Term(3, Unit.WORKING_DAYS),
    "C5": Term(7, Unit.WORKING_DAYS), "A13": Term(3, Unit.WORKING_DAYS),
    "C1": Term(3, Unit.DAYS), "C2": Term(2, Unit.DAYS), "C3": Term(24, Unit.HOURS),
}  # fmt: skip


class TermsSchool(House):
    """Four weeks of a school in which everybody is late now and then."""

    def __init__(self, seed: int, key: str = "school-2", *, busy: int = 1) -> None:
        super().__init__(key)
        self.rng = random.Random(seed)
        town = self.school.municipality
        year = SchoolYear.get(SchoolYear.school == self.school)
        school_class = SchoolClass.get(SchoolClass.school == self.school)
        self.leader, self.clerk = (person(town, name) for name in ("Классная", "Кабинетова"))
        role(self.leader, "class_teacher", self.school, school_class=school_class)
        role(self.clerk, "administrator", self.school)
        make_period(self.school, year, 1, date(2026, 9, 1), PERIOD_ENDS)
        for _ in range(busy):
            self._teach(10)
            self._ask_for_papers(5)
            self._ask_questions(5)
        self._decide()

    def moment(self, *, hours: float = 24.0 * 20):
        begin = clock.moment_of(MONDAY, "09:00", self.zone)
        return begin + timedelta(seconds=self.rng.randrange(int(hours * 3600)))

    def later(self, at, *hours):
        return at + timedelta(hours=self.rng.choice(hours), seconds=self.rng.randrange(3000))

    def _teach(self, count):
        taken = {
            (row.held_on, row.lesson_number)
            for row in Lesson.select().where(Lesson.school == self.school)
        }
        places = [
            (MONDAY + timedelta(days=n), number) for n in range(14) for number in range(1, 6)
        ]  # fmt: skip
        free = [place for place in places if place not in taken]
        acts = []
        for day, number in self.rng.sample(free, count):
            lesson = self.lesson(day, number)
            if self.rng.random() < 0.6:
                self.work(lesson, due_on=self.rng.choice([None, day + timedelta(days=6)]))
            for _ in range(4):
                acts.append((self.later(lesson.ends_at, 0, 3, 23, 25, 70, 100), lesson))
        for at, lesson in sorted(acts, key=lambda act: act[0]):
            n = self.rng.randrange(3)
            typed = self.rng.choice(
                [
                    {f"mark_{n}": self.rng.choice("5432")}, {f"mark_{n}": ""}, {"taken": "1"},
                    {f"mark_{n}": "."}, {f"attendance_{n}": self.rng.choice("нбо")},
                ]
            )  # fmt: skip
            head = find_lesson(lesson.id)
            entries = {
                Cell("attendance_taken")
                if name == "taken"
                else Cell(name.rsplit("_", 1)[0], self.pupils[int(name[-1])].id): text
                for name, text in typed.items()
            }
            save_register(
                head, entries, seen=get_register(head).seen, today=at.date(),
                act=Act(at, self.teacher.id, f"{at.timestamp()}"),
            )  # fmt: skip

    def _decide(self):
        group = find_result_group(self.group.id, self.at(PERIOD_ENDS, "12:00"))
        column = list_columns(group)[0]
        for pupil in self.pupils[: self.rng.randrange(4)]:
            for value in self.rng.sample("5432", self.rng.randrange(1, 3)):
                at = self.later(self.at(PERIOD_ENDS + timedelta(days=1), "10:00"), 1, 40, 62, 90)
                today = clock.local(at, self.zone).date()
                sheet = get_result_sheet(group, column, today)
                save_results(
                    group, column, {pupil.id: value}, {pupil.id: "так решили"}, seen=sheet.seen,
                    today=today, act=Act(at, self.teacher.id, f"{at.timestamp()}"),
                )  # fmt: skip

    def _ask_for_papers(self, count):
        for _ in range(count):
            ordinal = ServiceRequest.select().count()
            at = self.moment()
            kind = self.rng.choice(["ediary", "ediary", "extract"])
            new = NewRequest(
                school_id=self.school.id, kind=kind, channel="post", applicant_is="guardian",
                names=Names("Королёва" + "абвгдежзик"[ordinal % 10] * (1 + ordinal // 10), "Мария"),
                request_id=f"form-{ordinal}", pupil_id=self.pupils[0].id, relation="mother",
                basis="свидетельство",
            )  # fmt: skip
            case = register_request(new, Act(at, self.clerk.id, f"r{ordinal}")).service_request_id
            self._go_on(case, kind, at, ordinal)

    def _go_on(self, case, kind, at, ordinal):
        def act(who, *hours):
            nonlocal at
            at = self.later(at, *hours)
            return Act(at, who.id, f"r{ordinal}-{at.timestamp()}")

        steps = self.rng.randrange(5)
        if kind == "extract":
            if steps == 1:
                decisions.take_back(case, act(self.clerk, 5, 200))
            elif steps > 1:
                made = act(self.clerk, 5, 100, 300)
                day = made.at.date() - timedelta(days=2)
                issue_paper(NewIssued(case, day, day, f"i{ordinal}"), made)
            return
        if steps > 0:
            leader = act(self.leader, 2, 30)
            decisions.receive_sheets(case, BOTH, leader, request_id=f"s{ordinal}")
        if steps == 2:
            decisions.send_back(case, "нет подписи", act(self.leader, 3, 50))
            again = act(self.leader, 3, 50)
            decisions.receive_sheets(case, BOTH, again, request_id=f"t{ordinal}")
        if steps > 2:
            decisions.pass_on(case, act(self.leader, 3, 50))
        if steps > 3:
            words = act(self.clerk, 3, 60)
            decisions.refuse_service(case, ["incomplete"], "", words)

    def _ask_questions(self, count):
        for n in range(count):
            key = f"{len(History.select())}-{n}"
            at = self.moment()
            asker = person(self.school.municipality, "Мамина")
            new = NewQuestion(self.school.id, "Как?", "page", asker.id)
            thread = ask_question(
                new, request_id=f"q{key}", throttle=f"t{key}", act=Act(at, asker.id, f"q{key}")
            )
            done = Act(self.later(at, 2, 60, 100, 150), self.clerk.id, f"d{key}")
            match self.rng.randrange(3):
                case 0:
                    answer_question(thread, "Так.", request_id=f"w{key}", act=done)
                case 1:
                    close_question(thread, act=done)


# How it stood, the slow way


def recompute(school: TermsSchool, now, from_on: date, until_on: date):
    """(row, state) → how many, of what was promised on the days of a span."""
    found = Counter()
    for row, event_on, due, met in _all(school, now):
        if not from_on <= event_on <= until_on:
            continue
        if met is not None:
            found[row, "in_time" if due is None or met <= due else "late"] += 1
        elif due == "family":
            found[row, "put_off"] += 1
        else:
            found[row, "overdue" if now > due else "due"] += 1
    return found


def _all(school, now):
    yield from _lessons(school, now)
    yield from _results(school, now)
    yield from _requests(school)
    yield from _questions(school)


def _due(school, row, event):
    def works(day):
        return get_working_days(school.school.id, day)(day)

    return due_at(TERMS[row], event, school.zone, works)


def _lessons(school, now):
    row_of = {"mark": "C1", "absence": "C3", "attendance": "C3"}
    for row in verdicts._judge_again(school.school.id):
        yield row_of[row["what"]], row["event_on"], row["due_at"], row["entered_at"]
    for lesson in Lesson.select().where(Lesson.school == school.school, Lesson.ends_at <= now):
        absent = {
            row.pupil_id
            for row in Attendance.select().where(Attendance.lesson == lesson)
            if row.code != "о"
        }
        if lesson.attendance_taken_at is None and not absent:
            yield "C3", lesson.held_on, _due(school, "C3", lesson.ends_at), None
        for work in Work.select().where(Work.lesson == lesson):
            marks = {row.pupil_id: row.value for row in Mark.select().where(Mark.work == work)}
            for value in marks.values():
                if value == ".":
                    due = _due(school, "C1", lesson.held_on)
                    if work.due_on:
                        due = max(due, _end(school, work.due_on))
                    yield "C1", lesson.held_on, due, None
            missing = [p for p in school.pupils if p.id not in absent and p.id not in marks]
            if work.marks_expected and missing:
                yield "C1", lesson.held_on, _due(school, "C1", lesson.held_on), None


def _end(school, day):
    return due_at(Term(0, Unit.DAYS), day, school.zone, lambda _: True)


def _results(school, now):
    if now.astimezone().date() <= PERIOD_ENDS:
        return
    first, there = {}, {}
    facts = History.select().where(
        History.school == school.school, History.table_name == "period_result"
    )
    for fact in facts.order_by(History.id):
        if fact.field == "period_result" and fact.new:
            first.setdefault(fact.pupil_id, fact.at)
        there[fact.pupil_id] = bool(fact.new)
    due = _due(school, "C2", PERIOD_ENDS)
    for at in first.values():
        yield "C2", PERIOD_ENDS, due, at
    # Of a group and a column all that is missing is one line.
    if any(pupil.id not in first for pupil in school.pupils):
        yield "C2", PERIOD_ENDS, due, None


def _requests(school):
    for case in ServiceRequest.select().where(ServiceRequest.school == school.school):
        assert RegulationVersion.get_by_id(case.regulation_version_id)
        steps = list(
            RequestStep.select().where(RequestStep.service_request == case).order_by(RequestStep.id)
        )
        row = "A8" if case.kind == "ediary" else "C5"
        met = next((s.at for s in steps if s.stage in ("ready", "done", "refused")), None)
        last = steps[-1].stage
        due = _due(school, row, steps[0].at)
        if last != "taken_back":
            waits = met is None and last in ("sent_back", "consent_awaited")
            yield row, case.registered_on, "family" if waits else due, met
        for n, step in enumerate(steps):
            if step.stage == "checking" and (n == 0 or steps[n - 1].stage != "checking"):
                left = next((s.at for s in steps[n:] if s.stage != "checking"), None)
                day = clock.local(step.at, school.zone).date()
                yield "A4", day, _due(school, "A4", step.at), left


def _questions(school):
    since = {}
    facts = History.select().where(
        History.school == school.school, History.table_name == "help_thread"
    )
    for fact in facts.order_by(History.id):
        if fact.new == "open":
            since[fact.row] = fact.at
        else:
            at = since.pop(fact.row)
            yield "A13", clock.local(at, school.zone).date(), _due(school, "A13", at), fact.at
    for at in since.values():
        yield "A13", clock.local(at, school.zone).date(), _due(school, "A13", at), None


def check_random_spans(school: TermsSchool, *, spans: int) -> None:
    """The pages' numbers and the lists behind them are those of the slow way."""
    now = clock.moment_of(MONDAY + timedelta(days=school.rng.randrange(14, 40)), "15:00", "UTC")
    for _ in range(spans):
        from_on = MONDAY + timedelta(days=school.rng.randrange(-2, 20))
        until_on = from_on + timedelta(days=school.rng.randrange(20))
        slow = recompute(school, now, from_on, until_on)
        quick = get_standing(school.school.id, now, from_on, until_on)
        seen = {
            (row, state): getattr(tally, state)
            for row, tally in quick.by_row.items()
            for state in STATES
            if getattr(tally, state)
        }
        assert seen == dict(slow)
        for (row, state), count in seen.items():
            wanted = Wanted(from_on, until_on, row=row, state=state)
            assert len(list_obligations(school.school.id, now, wanted)) == count
        people = sum((sum(r.values(), Tally()) for _, r in quick.by_holder.values()), Tally())
        assert people == quick.total
