"""The paper way alive: printouts of the last weeks, handed over, waiting and overdue; calls."""

from datetime import date, datetime, timedelta

from school import clock, printing
from school.actions.history import Act
from school.actions.paper_calls import NewCall, log_call
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.actions.printouts import hand_over_printouts, make_week, set_print_size
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.queries.paper_calls import list_owed_calls
from school.queries.printouts import get_schedule, list_newest_printouts, list_owed_printouts
from school.queries.schools import SchoolLine, find_school
from school.rules.access import comes_of_age_on
from school.rules.printouts import WEEK, list_mondays, monday_of
from school.rules.sheets import POINTS

#: Weeks of printouts and of calls that the demo tells.
WEEKS = 3
HOUR = timedelta(hours=1)

CLASS_TEACHERS = """
SELECT r.school_class_id, r.person_id FROM role r
WHERE r.school_id = ? AND r.kind = 'class_teacher' AND r.ended_at IS NULL ORDER BY r.id
"""
WAYS = "SELECT id FROM paper_way WHERE school_id = ? AND ended_at IS NULL ORDER BY id"
OLDEST = """
SELECT p.id, p.surname, p.given_name, p.patronymic, p.birth_on FROM person p
JOIN enrolment e ON e.pupil_id = p.id AND e.school_id = ? AND e.until_on IS NULL
WHERE p.birth_on IS NOT NULL AND NOT EXISTS (SELECT 1 FROM paper_way w WHERE w.pupil_id = p.id)
ORDER BY p.birth_on, p.id LIMIT 1
"""


def make_printouts(school_id: int, moment: int) -> None:
    """Print, hand over and call by the actions that people use, up to a moment."""
    school = find_school(school_id)
    if school is None:
        return
    maker = _Maker(school, from_milliseconds(moment))
    maker.put_adult_on_paper()
    maker.choose_sizes()
    for monday in list_mondays(maker.today - WEEK * WEEKS, maker.today):
        maker.make_week(monday)
    maker.call()


class _Maker:
    def __init__(self, school: SchoolLine, now: datetime) -> None:
        self.school, self.now = school, now
        self.today = clock.local(now, school.time_zone).date()
        self.teachers: dict[int, int] = dict(fetch_all(CLASS_TEACHERS, (school.school_id,)))

    def _act(self, class_id: int, at: datetime) -> Act:
        who = self.teachers.get(class_id) or next(iter(self.teachers.values()), None)
        return Act(min(at, self.now), who)

    def put_adult_on_paper(self) -> None:
        """A pupil of age who decided so, where the school has one."""
        for person_id, *name, birth_on in fetch_all(OLDEST, (self.school.school_id,)):
            from_on = self.today - timedelta(days=10)
            if comes_of_age_on(as_date(birth_on)) > from_on:
                return
            new = NewPaperWay(
                self.school.school_id, person_id, person_id, full_name(*name), "adult_pupil",
                from_on,
            )  # fmt: skip
            at = clock.moment_of(from_on, "12:00", self.school.time_zone)
            begin_paper_way(new, self._act(0, at))

    def choose_sizes(self) -> None:
        """One large, one largest."""
        ways = [way_id for (way_id,) in fetch_all(WAYS, (self.school.school_id,))]
        for way_id, points in zip(ways[1:], POINTS[1:], strict=False):
            set_print_size(way_id, points)

    def make_week(self, monday: date) -> None:
        """Printed on the school's hour; of the last week one has not got theirs, of this week
        every second one has."""
        zone, school_id = self.school.time_zone, self.school.school_id
        at = get_schedule(school_id).moment(monday, zone)
        if at > self.now:
            return
        make_week(self.school, monday, at, css=printing.paper_css())
        owed = list_owed_printouts(school_id, monday, monday, self.now)
        if monday == monday_of(self.today):
            owed = owed[::2]
        elif monday == monday_of(self.today) - WEEK:
            owed = owed[1:]
        for class_id, version in list_newest_printouts(school_id, monday).items():
            ways = [
                line.recipient.paper_way_id for line in owed if line.recipient.class_id == class_id
            ]
            hand_over_printouts(version.printout_id, ways, self._act(class_id, at + HOUR))

    def call(self) -> None:
        """Everybody was called in time, but one of each class."""
        school_id = self.school.school_id
        owed = list_owed_calls(school_id, self.today - WEEK * WEEKS, self.today, self.now)
        late = [call for call in owed if call.due_at <= self.now]
        # The last of each class is overdue; what is still in time waits.
        last = {call.recipient.class_id: call.key for call in late}
        for number, call in enumerate(late):
            if call.key == last[call.recipient.class_id]:
                continue
            new = NewCall((call,), "с родителем", "", f"demo-{school_id}-{number}")
            log_call(new, self._act(call.recipient.class_id, call.due_at - HOUR))
