"""Each clause with a term, of each of the five regulations: what is done in its last minute is in
time and a minute later is late, by the page that the inspection is shown."""

from datetime import date, timedelta

import pytest

from school.actions import request_decisions as decisions
from school.actions import request_stages as stages
from school.actions.consents import GIVEN, Sheet
from school.actions.history import Act
from school.actions.issued import NewIssued, issue_paper
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.actions.printouts import hand_over_printouts, make_week
from school.actions.request_decisions import Acceptance
from school.actions.requests import NewRequest, register_request
from school.actions.result_orders import set_exam
from school.actions.results import save_results
from school.actions.visits import Arrival, begin_visit, log_arrival
from school.models import SchoolClass, StudyPeriod
from school.queries.printouts import list_printouts
from school.queries.results import find_result_group, list_columns
from school.queries.schools import find_school
from school.regulations import NAMES
from school.rules.requests import EXTRACT, Names
from tests.school.test_timeliness import MINUTE, House
from tests.town import account, person, role

S2, S19, V, S11, NT = NAMES
SEEN = ("application", "consent", "identity", "authority")
WEDNESDAY, FRIDAY, MONDAY = date(2026, 9, 30), date(2026, 9, 4), date(2026, 9, 14)
QUARTER_ENDS, CAME_IN = date(2026, 10, 23), date(2026, 9, 10)
WITH_CLASS_TEACHER = {S2, NT}


class Clauses:
    """A school under one of the five, in which each thing is done twice: at its last minute, and
    a minute later."""

    def __init__(self, key):
        self.key = key
        self.house = House(key)
        municipality = self.house.school.municipality
        self.admin = person(municipality, "Админова")
        self.leader = person(municipality, "Классная")
        account(self.house.deputy)
        role(self.admin, "administrator", self.house.school)
        led = SchoolClass.get(SchoolClass.school == self.house.school)
        role(self.leader, "class_teacher", self.house.school, school_class=led)
        self.requests = 0

    def twice(self, row, day, clock_time):
        """Do what the row is about in the last minute of its term, and in the next."""
        last = self.house.at(day, clock_time)
        for pupil, moment in enumerate((last, last + MINUTE)):
            getattr(self, row.lower())(pupil, moment)

    def act(self, who, at):
        return Act(at, who.id, f"{who.id}-{at.timestamp()}")

    def register(self, pupil, kind, day, channel="visit"):
        self.requests += 1
        new = NewRequest(
            school_id=self.house.school.id, kind=kind, channel=channel, applicant_is="guardian",
            names=Names(f"Мамина{'абвгд'[self.requests]}", "Анна"), relation="mother",
            request_id=f"form-{self.requests}", pupil_id=self.house.pupils[pupil].id,
            basis="свидетельство о рождении", documents_seen=SEEN,
        )  # fmt: skip
        at = self.house.at(day, "12:00")
        return register_request(new, self.act(self.admin, at)).service_request_id

    def receive(self, case_id, day):
        by = self.leader if self.key in WITH_CLASS_TEACHER else self.admin
        sheets = tuple(Sheet(whose, GIVEN, day) for whose in ("applicant", "pupil"))
        act = self.act(by, self.house.at(day, "13:00"))
        decisions.receive_sheets(case_id, sheets, act, request_id=f"sheets-{case_id}")

    def a4(self, pupil, at):
        case_id = self.register(pupil, "ediary", FRIDAY)
        self.receive(case_id, FRIDAY)
        decisions.pass_on(case_id, self.act(self.leader, at))

    def a8(self, pupil, at):
        case_id = self.register(pupil, "ediary", WEDNESDAY)
        self.receive(case_id, WEDNESDAY)
        early = self.house.at(WEDNESDAY, "14:00")
        if self.key in WITH_CLASS_TEACHER:
            decisions.pass_on(case_id, self.act(self.leader, early))
        seen = Acceptance(SEEN, "паспорт гражданина РФ")
        decisions.accept_request(case_id, seen, self.act(self.admin, early))
        if self.key in WITH_CLASS_TEACHER:
            stages.code_given_to_class_teacher(case_id, self.act(self.admin, at))
        else:
            stages.code_ready_at_office(case_id, self.act(self.admin, at))

    def c5(self, pupil, at):
        # At a visit it is given at once.
        case_id = self.register(pupil, EXTRACT, WEDNESDAY, "post")
        new = NewIssued(case_id, WEDNESDAY, WEDNESDAY, f"extract-{case_id}")
        issue_paper(new, self.act(self.admin, at))

    def c6(self, pupil, at):
        if not pupil:
            self.arrived = at - timedelta(minutes=15)
        arrival = Arrival(self.house.school.id, "мама", f"visit-{pupil}")
        visit = log_arrival(arrival, self.act(self.admin, self.arrived))
        begin_visit(visit, self.act(self.leader, at))

    def c1(self, pupil, at):
        if not pupil:
            self.work_lesson = self.house.lesson(number=2)
            self.house.work(self.work_lesson)
        self.house.enter(self.work_lesson, at, **{f"mark_{pupil}": "4"})

    def c3(self, pupil, at):
        if not pupil:
            self.missed = self.house.lesson(number=1)
        self.house.enter(self.missed, at, **{f"attendance_{pupil}": "н"})

    def begin_period(self):
        StudyPeriod.create(
            school=self.house.school, school_year=self.house.group.school_year, kind="quarter",
            ordinal=1, name="1 четверть", from_grade=1, until_grade=9,
            from_on=date(2026, 9, 1), until_on=QUARTER_ENDS,
        )  # fmt: skip
        self.house.lesson(number=3)

    def c2(self, pupil, at):
        if not pupil:
            self.begin_period()
        self.result("period", pupil, at)

    def c4(self, pupil, at):
        if not pupil:
            self.begin_period()
            came_in = self.house.at(CAME_IN, "10:10")
            group = find_result_group(self.house.group.id, came_in)
            set_exam(
                group, "Итоговая работа", CAME_IN - timedelta(days=2), came_in, today=CAME_IN,
                act=self.act(self.house.teacher, came_in),
            )  # fmt: skip
        self.result("exam", pupil, at)

    def c7(self, pupil, at):
        if not pupil:
            begun = self.act(self.admin, self.house.at(date(2026, 9, 1), "12:00"))
            self.ways = [
                begin_paper_way(
                    NewPaperWay(self.house.school.id, one.id, None, "Семья", "no_device", MONDAY),
                    begun,
                )
                for one in self.house.pupils[:2]
            ]
            school = find_school(self.house.school.id)
            make_week(school, MONDAY, self.house.at(date(2026, 9, 19), "12:00"), css="body{}")
        led = SchoolClass.get(SchoolClass.school == self.house.school).id
        printout = list_printouts(self.house.school.id, led, MONDAY)[0]
        hand_over_printouts(printout.printout_id, [self.ways[pupil]], self.act(self.leader, at))

    def result(self, kind, pupil, at):
        group = find_result_group(self.house.group.id, at)
        column = next(column for column in list_columns(group) if column.kind == kind)
        entries = {self.house.pupils[pupil].id: "4"}
        reasons = {self.house.pupils[pupil].id: "по работе"}
        outcome = save_results(
            group, column, entries, reasons, seen=0, today=at.date(),
            act=self.act(self.house.teacher, at),
        )  # fmt: skip
        assert outcome.saved == 1, outcome


@pytest.mark.requirement("C8")
@pytest.mark.requirement("C9")
@pytest.mark.parametrize(
    ("key", "terms"),
    [
        pytest.param(
            S2,
            {
                "A4": ("п. 2.2", date(2026, 9, 7), "23:59"),
                "A8": ("п. 2.1", date(2026, 10, 5), "23:59"),
                "C1": ("п. 5.1", date(2026, 9, 20), "23:59"),
                "C2": ("п. 5.2", date(2026, 10, 25), "23:59"),
                "C3": ("п. 5.3", date(2026, 9, 18), "09:10"),
                "C6": ("п. 3.4", MONDAY, "12:15"),
            },
            marks=pytest.mark.clause(
                "S2 2.1", "S2 2.2", "S2 3.4", "S2 5.1", "S2 5.2", "S2 5.3",
            ),
        ),
        pytest.param(
            S19,
            {
                "A8": ("п. 2", date(2026, 10, 7), "23:59"),
                "C1": ("п. 5", date(2026, 9, 20), "23:59"),
                "C2": ("п. 6", date(2026, 10, 25), "23:59"),
                "C3": ("п. 7", date(2026, 9, 18), "09:10"),
                "C7": ("п. 4", date(2026, 9, 20), "23:59"),
            },
            marks=pytest.mark.clause(
                "S19 2", "S19 4", "S19 5", "S19 6", "S19 7",
            ),
        ),
        pytest.param(
            V,
            {"C4": ("п. 6", date(2026, 9, 13), "23:59")},
            marks=pytest.mark.clause("V 6"),
        ),
        pytest.param(
            S11,
            {"C4": ("п. 2.6", date(2026, 9, 11), "10:10")},
            marks=pytest.mark.clause("S11 2.6"),
        ),
        pytest.param(
            NT,
            {
                "A8": ("«Сроки предоставления услуги»", date(2026, 10, 14), "23:59"),
                "C1": ("«Сроки предоставления услуги»", date(2026, 9, 22), "23:59"),
                "C2": ("«Сроки предоставления услуги»", date(2026, 10, 25), "23:59"),
                "C5": ("«Сроки предоставления услуги»", date(2026, 10, 9), "23:59"),
            },
            marks=pytest.mark.clause(
                "NT сроки, код", "NT сроки, отметки", "NT сроки, аттестация", "NT сроки, выписка",
            ),
        ),
    ],
    ids=NAMES,
)  # fmt: skip
def test_the_last_minute_is_in_time_and_the_next_is_late(db, visit, key, terms):
    school = Clauses(key)
    for row, (_, day, clock_time) in terms.items():
        school.twice(row, day, clock_time)
    base = f"/oversight/schools/{school.house.school.id}"
    span = "from=2026-09-01&until=2026-10-31"
    deputy = visit(school.house.deputy)
    page = deputy.get(f"{base}/terms?{span}")
    for row, (number, day, _) in terms.items():
        (cells,) = [
            cells
            for cells in page.root.xpath("//table[1]//tbody/tr")
            if f"row={row}&" in "".join(cells.xpath(".//a/@href")) + "&"
        ]
        told = " ".join(cells[0].itertext()).replace("\N{NO-BREAK SPACE}", " ")
        assert number in told, row
        late = [a for a in cells.xpath(".//a/@href") if "state=late" in a and f"row={row}" in a]
        listed = deputy.get(late[0]).words
        assert "Всего: 1." in listed, row
        assert f"{day.day} {'сентября' if day.month == 9 else 'октября'}" in listed, row
        kept = [a for a in cells.xpath(".//a/@href") if "state=in_time" in a]
        assert kept, row
