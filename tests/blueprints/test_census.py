"""The census: every route × every person × own and foreign rows, against one table.

A10: access is strictly individual. A route that nobody wrote into the table fails.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from blueprints.access import SIGNED_IN, permit, public
from school import clock
from school.calendars import CONFIRMED
from school.models import (
    AccessLog,
    Account,
    Enrolment,
    Guardianship,
    Lesson,
    Person,
    Role,
    Session,
)
from tests.blueprints.crowd import (
    KINDS,
    OTHERS,
    SOME,
    TARGETS,
    add_crowd,
    addresses,
    bodies,
    limit,
)
from tests.blueprints.helpers import WRITES, address_of, open_session, register_of, statements
from tests.databases import on_sqlite
from tests.page import problems_of
from tests.town import account, enrol, person, role, today

EVERYBODY = frozenset(KINDS)
WITH_TIES = frozenset(name for name, kinds in KINDS.items() if kinds)

#: Who may have which row. `two_schools` is deputy head of the first school.
DIARY = {
    "pupil": {
        "mother", "father", "pupil", "class_teacher", "administrator", "deputy_head", "head",
        "two_schools", "last_day", "limited",
    },
    "other_pupil": {"other_mother", "other_pupil", "teacher_and_mother"},
}  # fmt: skip
LESSON_READ = {
    "lesson": {
        "teacher", "teacher_and_mother", "class_teacher", "deputy_head", "head", "two_schools",
        "last_day",
    },
    "other_lesson": {"other_teacher", "two_schools"},
}  # fmt: skip
LESSON_WRITE = {
    "lesson": {"teacher", "teacher_and_mother", "last_day"},
    "other_lesson": {"other_teacher", "two_schools"},
}
#: Who teaches a group reads and writes its register; the class teacher and the heads read.
GROUP_READ = {
    "group": LESSON_READ["lesson"],
    "other_group": {"other_teacher", "two_schools"},
}
GROUP_WRITE = {"group": LESSON_WRITE["lesson"], "other_group": LESSON_WRITE["other_lesson"]}
#: A pupil of the first group.
PUPIL_READ = {"pupil": GROUP_READ["group"], "other_pupil": GROUP_READ["other_group"]}
PUPIL_WRITE = {"pupil": GROUP_WRITE["group"], "other_pupil": GROUP_WRITE["other_group"]}
CLASS = {
    "school_class": {
        "class_teacher", "administrator", "deputy_head", "head", "two_schools", "last_day",
    },
}  # fmt: skip

#: Codes of a class: its class teacher's and the administrator's.
GIVES_CODES = {"class_teacher", "administrator"}
CODES = {name: {*GIVES_CODES, "last_day"} for name in ("school_class", "invitation", "hand_over")}

CALENDAR = {"school": {"administrator", "deputy_head", "head", "two_schools", "last_day"}}
OWN_CALENDAR = {"school": {"administrator", "last_day"}}
ACT_READ = {
    "act": {"deputy_head", "head", "administrator", "two_schools", "last_day", "officer"},
    "other_act": {"officer"},
}
#: The officer reads a school's act and changes the municipality's only.
ACT_CHANGE = {
    "act": {"deputy_head", "two_schools", "last_day", "officer"},
    "other_act": {"officer"},
}
NOT_THE_OFFICERS = ((frozenset({"officer"}), 403),)
ACT_READERS = {"deputy_head", "head", "officer", "administrator"}
ACT_CHANGERS = {"deputy_head", "officer"}

SCHOOL_OFFICE = {"school": {"administrator", "last_day"}}
FREEZES = {"administrator", "deputy_head", "head"}
FROZEN = {"own_frozen": {*FREEZES, "two_schools", "last_day"}}
OFFICE_RUN = {"own_run": {"administrator", "last_day"}}
SCHOOL = {"school": {"deputy_head", "head", "two_schools", "last_day"}}

#: Who changes the timetable of a school, and who looks at it too.
RUN, RUN_READ = {"deputy_head", "head"}, {"deputy_head", "head", "administrator"}
RUN_SCHOOL = {"school": SCHOOL["school"] | {"administrator"}}
LESSON_RUN = {"lesson": SCHOOL["school"]}

#: The outbox of a school is its administrator's.
LETTER = {"letter": {"administrator", "last_day"}}
ADULT_TIE = {"adult_tie": {"adult"}}
ASK = {"adult_tie": {"adult_mother"}}
#: What the administrators of the first school keep.
OFFICE = {
    name: {"administrator", "last_day"}
    for name in ("pupil", "teacher", "mother", "own_role", "tie", "own_limit", "school_class")
}
OFFICE_PUPIL = {"pupil": {"administrator", "last_day"}}
#: Marks are hidden from this one.
NO_MARKS = ((frozenset({"limited"}), 403),)

#: A paper is its asker's alone.
PAPER = {"paper": {"teacher"}, "other_paper": {"other_teacher"}}
CHANGE = {"change": SCHOOL["school"]}
#: A question is its asker's, and of the administrators of its school.
OWN_QUESTION = {"thread": {"mother"}, "other_thread": {"other_mother"}}
ASKED = {"thread": {"administrator", "last_day"}}

#: Absences are told of by representatives, and decided on by the class teacher alone.
EXCUSE = {
    "pupil": {"mother", "father", "pupil", "last_day", "limited"},
    "other_pupil": {"other_mother", "other_pupil", "teacher_and_mother"},
}
OWN_EXCUSE = {"pupil": {"mother", "pupil"}, "other_pupil": {"other_mother", "other_pupil"}}
MINORS = ((frozenset({"pupil", "other_pupil"}), 403),)
LED_CLASS = {"school_class": {"class_teacher", "last_day"}}

OWN_SCHOOL = {"school": {"deputy_head", "two_schools", "last_day"}}
REMARK = {"remark": {"deputy_head", "head", "two_schools", "last_day"}}
OWN_REMARK = {"remark": {"deputy_head", "two_schools", "last_day"}}
REMARK_ANSWER = {
    "remark": {"teacher", "teacher_and_mother", "last_day"},
    "other_remark": {"other_teacher", "two_schools"},
}
#: An extract is theirs who inform for the school, and the class teacher's; a visit is theirs too,
#: and whomever it was passed on to.
ISSUED = {"issued": {"class_teacher", "administrator", "deputy_head", "head", "two_schools",
                     "last_day"}}  # fmt: skip
VISIT = {"visit": ISSUED["issued"] | {"colleague"}}
OFFICE_CASE = {"own_case": {"administrator", "last_day"}}
CLASS_CASE = {"own_case": {"class_teacher", "last_day"}}
OWN_CASE = {"own_case": {"mother"}, "other_case": {"other_mother"}}
OFFICE_CONSENT = {"own_consent": {"administrator", "last_day"}}
OWN_CONSENT = {"own_consent": {"mother"}, "other_consent": {"other_mother"}}
OFFICE_WAY = {"own_way": {"administrator", "last_day"}}
OFFICE_DESTROYED = {"own_destroyed": {"administrator", "last_day"}}
#: Who is, or was, a pupil or a representative of one may ask a school for something.
ASKS = frozenset(name for name, kinds in KINDS.items() if kinds & {"guardian", "pupil"}) | {
    "former", "future", "adult_mother", "barred",
}  # fmt: skip
#: The summary sheet is the class teacher's, and theirs who answer for the records.
RECORDS = {"class_teacher", "deputy_head", "head"}
CLASS_RECORDS = {"school_class": {*CLASS["school_class"]} - {"administrator"}}
CLASS_CLOSES = {"school_class": CLASS_RECORDS["school_class"] - {"class_teacher"}}
#: Only the family says that it has read.
READ_BY = {
    "pupil": {"mother", "father", "pupil", "limited", "last_day"},
    "other_pupil": {"other_mother", "other_pupil", "teacher_and_mother"},
}

#: The paper way of a class: its class teacher's, and theirs who inform in their place.
OF_CLASS = dict.fromkeys(
    ("own_way", "own_printout", "own_handed", "own_call"), CLASS["school_class"]
)

FAMILY = {"guardian", "pupil"}
INFORM = {"class_teacher", "administrator", "deputy_head", "head"}
INFORMED_SCHOOL = {"school": ISSUED["issued"]}


@dataclass(frozen=True)
class Door:
    """What an address answers: 303 to nobody, 403 to another role, 404 to a stranger."""

    status: int
    #: Roles that may come at all; None: everybody, also unsigned; (): whoever is signed in.
    kinds: frozenset[str] | None = None
    rows: dict[str, set[str]] | None = None
    #: Where one and the same person is answered otherwise.
    instead: tuple[tuple[frozenset[str], int], ...] = ()

    def answer(self, who, target):
        if self.kinds is not None:
            if who == "nobody":
                return 303
            if self.kinds and not self.kinds & KINDS[who]:
                return 403
        if self.rows is not None and who not in self.rows.get(target, ()):
            return 404
        for people, status in self.instead:
            if who in people:
                return status
        return self.status


def door(status, kinds=None, rows=None, instead=()):
    return Door(status, None if kinds is None else frozenset(kinds), rows, instead)


PAGE_EDITORS = {"administrator", "deputy_head", "head"}
READ_LESSON = {"teacher", "class_teacher", "deputy_head", "head"}
TABLE = {
    ("static", "GET"): door(404),
    ("operations.healthz", "GET"): door(503),
    ("auth.sign_in", "GET"): door(200, instead=((EVERYBODY - {"nobody"}, 303),)),
    ("auth.sign_in", "POST"): door(422),
    ("auth.sign_out", "GET"): door(200),
    ("auth.sign_out", "POST"): door(303),
    ("auth.invitation", "GET"): door(200),
    ("auth.invitation", "POST"): door(422),
    # Without a code that was typed: back to where it is typed.
    ("auth.registration", "GET"): door(303),
    ("auth.registration", "POST"): door(303),
    ("auth.forgotten", "GET"): door(200),
    ("auth.forgotten", "POST"): door(422),
    ("auth.login", "GET"): door(200, ()),
    ("auth.login", "POST"): door(422, ()),
    ("auth.phone", "GET"): door(200, ()),
    ("auth.phone", "POST"): door(303, ()),
    ("classroom.paper_people", "GET"): door(200, INFORM, CLASS),
    ("classroom.new_paper_person", "GET"): door(200, INFORM, CLASS),
    ("classroom.new_paper_person", "POST"): door(422, INFORM, CLASS),
    ("classroom.paper_person", "GET"): door(200, INFORM, OF_CLASS),
    ("classroom.paper_size", "POST"): door(422, INFORM, OF_CLASS),
    ("classroom.end_paper_person", "POST"): door(422, INFORM, OF_CLASS),
    ("classroom.printouts", "GET"): door(200, INFORM, CLASS),
    ("classroom.make_printouts", "POST"): door(303, INFORM, CLASS),
    ("classroom.printout", "GET"): door(200, INFORM, OF_CLASS),
    # There is no file: back to the week.
    ("classroom.printout_file", "GET"): door(303, INFORM, OF_CLASS),
    ("classroom.printout_again", "POST"): door(303, INFORM, OF_CLASS),
    ("classroom.hand_printouts", "POST"): door(422, INFORM, OF_CLASS),
    ("classroom.undo_printout", "GET"): door(200, INFORM, OF_CLASS),
    ("classroom.undo_printout", "POST"): door(422, INFORM, OF_CLASS),
    ("classroom.calls", "GET"): door(200, INFORM, CLASS),
    ("classroom.calls", "POST"): door(422, INFORM, CLASS),
    ("classroom.undo_paper_call", "GET"): door(200, INFORM, OF_CLASS),
    ("classroom.undo_paper_call", "POST"): door(422, INFORM, OF_CLASS),
    ("oversight.printouts", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.printouts", "POST"): door(422, {"deputy_head", "head"}, SCHOOL),
    ("classroom.codes", "GET"): door(200, GIVES_CODES, CODES),
    ("classroom.print_codes", "GET"): door(200, GIVES_CODES, CODES),
    ("classroom.print_codes", "POST"): door(422, GIVES_CODES, CODES),
    ("classroom.codes_pdf", "POST"): door(422, GIVES_CODES, CODES),
    ("classroom.hand_over", "POST"): door(303, GIVES_CODES, CODES),
    ("classroom.undo_hand_over", "GET"): door(200, GIVES_CODES, CODES),
    ("classroom.undo_hand_over", "POST"): door(422, GIVES_CODES, CODES),
    ("office.codes", "GET"): door(200, {"administrator"}),
    ("office.print_codes", "POST"): door(303, {"administrator"}, SCHOOL_OFFICE),
    ("office.codes_pdf", "POST"): door(422, {"administrator"}, SCHOOL_OFFICE),
    ("office.codes_to_class_teachers", "POST"): door(303, {"administrator"}, SCHOOL_OFFICE),
    ("office.hand_overs", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.hand_overs", "POST"): door(303, {"administrator"}, SCHOOL_OFFICE),
    ("office.hand_overs_sheet", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.people", "GET"): door(200, {"administrator"}),
    ("office.arrivals", "GET"): door(200, {"administrator"}),
    ("office.access_log", "GET"): door(200, {"administrator"}),
    ("office.access_log_export", "GET"): door(200, {"administrator"}),
    ("office.person", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.person_data", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.new_staff", "GET"): door(200, {"administrator"}),
    ("office.new_staff", "POST"): door(422, {"administrator"}),
    ("office.new_role", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.new_role", "POST"): door(422, {"administrator"}, OFFICE),
    ("office.role", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.role", "POST"): door(422, {"administrator"}, OFFICE),
    ("office.issue_password", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.issue_password", "POST"): door(422, {"administrator"}, OFFICE),
    ("office.guardianship", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.guardianship", "POST"): door(422, {"administrator"}, OFFICE),
    ("office.limit", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.limit", "POST"): door(422, {"administrator"}, OFFICE),
    ("office.graduation", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.graduation", "POST"): door(422, {"administrator"}, OFFICE),
    ("office.new_representative", "GET"): door(200, {"administrator"}, OFFICE_PUPIL),
    ("office.new_representative", "POST"): door(422, {"administrator"}, OFFICE_PUPIL),
    ("office.new_limit", "GET"): door(200, {"administrator"}, OFFICE_PUPIL),
    ("office.new_limit", "POST"): door(422, {"administrator"}, OFFICE_PUPIL),
    ("office.leave", "GET"): door(200, {"administrator"}, OFFICE_PUPIL),
    ("office.leave", "POST"): door(422, {"administrator"}, OFFICE_PUPIL),
    ("office.enrolment", "GET"): door(200, {"administrator"}, OFFICE_PUPIL),
    ("office.enrolment", "POST"): door(422, {"administrator"}, OFFICE_PUPIL),
    ("oversight.log_term", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.log_term", "POST"): door(422, {"deputy_head", "head"}, SCHOOL),
    ("operations.support", "GET"): door(200, {"support"}),
    ("office.requests", "GET"): door(200, {"administrator"}),
    ("office.new_request_for", "GET"): door(200, {"administrator"}),
    ("office.new_request", "GET"): door(200, {"administrator"}, OFFICE_PUPIL),
    ("office.new_request", "POST"): door(422, {"administrator"}, OFFICE_PUPIL),
    ("office.request_case", "GET"): door(200, {"administrator"}, OFFICE_CASE),
    ("office.act_on_request", "POST"): door(422, {"administrator"}, OFFICE_CASE),
    ("office.request_notice", "GET"): door(200, {"administrator"}, OFFICE_CASE),
    ("office.request_notice", "POST"): door(303, {"administrator"}, OFFICE_CASE),
    ("office.filled_form", "GET"): door(200, {"administrator"}, OFFICE_CASE),
    ("office.filled_form", "POST"): door(303, {"administrator"}, OFFICE_CASE),
    ("office.request_register_paper", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.request_register_paper", "POST"): door(303, {"administrator"}, SCHOOL_OFFICE),
    ("office.request_register_sheet", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.request_paper", "GET"): door(404, {"administrator"}, OFFICE_CASE),
    ("office.request_paper", "POST"): door(404, {"administrator"}, OFFICE_CASE),
    ("office.person_consents", "GET"): door(200, {"administrator"}, OFFICE),
    ("office.withdraw_sheet", "GET"): door(200, {"administrator"}, OFFICE_CONSENT),
    ("office.withdraw_sheet", "POST"): door(422, {"administrator"}, OFFICE_CONSENT),
    ("office.destruction_acts", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.destruction_act", "GET"): door(200, {"administrator"}, OFFICE_DESTROYED),
    ("office.destruction_act", "POST"): door(303, {"administrator"}, OFFICE_DESTROYED),
    ("office.paper_ways", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.new_paper_way", "GET"): door(200, {"administrator"}, OFFICE_PUPIL),
    ("office.new_paper_way", "POST"): door(422, {"administrator"}, OFFICE_PUPIL),
    ("office.end_way", "GET"): door(200, {"administrator"}, OFFICE_WAY),
    ("office.end_way", "POST"): door(422, {"administrator"}, OFFICE_WAY),
    ("office.forms", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.blank_form", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.blank_form", "POST"): door(303, {"administrator"}, SCHOOL_OFFICE),
    ("office.form_text", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    # Empty: the text of before is back.
    ("office.form_text", "POST"): door(303, {"administrator"}, SCHOOL_OFFICE),
    ("classroom.requests", "GET"): door(200, {"class_teacher"}),
    ("classroom.request_case", "GET"): door(200, {"class_teacher"}, CLASS_CASE),
    ("classroom.act_on_request", "POST"): door(422, {"class_teacher"}, CLASS_CASE),
    ("auth.requests", "GET"): door(200, ()),
    ("auth.new_own_request", "GET"): door(404, (), instead=((ASKS, 200),)),
    ("auth.new_own_request", "POST"): door(404, (), instead=((ASKS, 422),)),
    ("auth.own_request", "GET"): door(200, (), OWN_CASE),
    ("auth.act_on_own_request", "POST"): door(422, (), OWN_CASE),
    ("auth.withdraw_own_consent", "GET"): door(200, (), OWN_CONSENT),
    ("auth.withdraw_own_consent", "POST"): door(303, (), OWN_CONSENT),
    ("auth.new_own_consent", "GET"): door(200, ()),
    ("auth.new_own_consent", "POST"): door(422, ()),
    ("auth.account", "GET"): door(200, ()),
    ("auth.confirm", "GET"): door(200, ()),
    ("auth.confirm", "POST"): door(422, ()),
    ("auth.sessions_page", "GET"): door(200, ()),
    ("auth.end_session", "POST"): door(303, ()),
    ("auth.sign_out_everywhere", "POST"): door(303, ()),
    ("auth.own_data", "GET"): door(200, ()),
    ("auth.own_data_file", "GET"): door(200, ()),
    ("auth.readers", "GET"): door(404, {"pupil"}, instead=((frozenset({"adult"}), 200),)),
    ("auth.decide", "POST"): door(303, {"pupil"}, ADULT_TIE),
    ("auth.ask", "GET"): door(200, (), ASK),
    ("auth.ask", "POST"): door(303, (), ASK),
    ("auth.password", "GET"): door(200, ()),
    ("auth.password", "POST"): door(422, ()),
    ("look.choose", "GET"): door(200),
    # What a form leaves out is ordinary.
    ("look.choose", "POST"): door(303),
    ("auth.email", "GET"): door(200, ()),
    ("auth.email", "POST"): door(422, ()),
    ("auth.confirm_email", "POST"): door(422, ()),
    ("auth.remove_email", "POST"): door(303, ()),
    ("auth.letters", "GET"): door(200, ()),
    # Only while there is no school.
    ("public.setup", "GET"): door(404),
    ("public.setup_people", "GET"): door(404),
    ("public.setup_people", "POST"): door(404),
    ("public.front", "GET"): door(200, (), instead=((WITH_TIES, 303),)),
    ("diary.first", "GET"): door(303, FAMILY | INFORM, DIARY),
    ("diary.news", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.tomorrow", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.week", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.day", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.subjects", "GET"): door(200, FAMILY | INFORM, DIARY, NO_MARKS),
    ("diary.subject", "GET"): door(200, FAMILY | INFORM, DIARY, NO_MARKS),
    ("diary.timetable", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.teachers", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.attendance", "GET"): door(200, FAMILY | INFORM, DIARY),
    ("diary.excuse", "GET"): door(200, FAMILY, EXCUSE, MINORS),
    ("diary.report", "POST"): door(422, FAMILY, EXCUSE, MINORS),
    ("diary.withdraw", "GET"): door(200, FAMILY, OWN_EXCUSE, MINORS),
    ("diary.withdraw", "POST"): door(303, FAMILY, OWN_EXCUSE, MINORS),
    ("diary.results", "GET"): door(200, FAMILY | INFORM, DIARY, NO_MARKS),
    # There is nothing yet to have read.
    ("diary.acknowledge", "GET"): door(404, FAMILY, READ_BY, NO_MARKS),
    ("diary.acknowledge", "POST"): door(404, FAMILY, READ_BY, NO_MARKS),
    ("diary.acknowledge_week_of", "GET"): door(200, FAMILY, READ_BY),
    ("diary.acknowledge_week_of", "POST"): door(303, FAMILY, READ_BY),
    ("gradebook.own_results", "GET"): door(200, {"teacher"}),
    ("gradebook.results_of_group", "GET"): door(303, READ_LESSON, GROUP_READ),
    ("gradebook.results", "GET"): door(200, READ_LESSON, GROUP_READ),
    ("gradebook.result_history", "GET"): door(200, READ_LESSON, GROUP_READ),
    ("gradebook.save_column", "POST"): door(303, {"teacher"}, GROUP_WRITE),
    ("gradebook.accept", "POST"): door(303, {"teacher"}, GROUP_WRITE),
    ("gradebook.exam", "GET"): door(200, {"teacher"}, GROUP_WRITE),
    ("gradebook.exam", "POST"): door(422, {"teacher"}, GROUP_WRITE),
    # Without a pupil there is nothing to retake, and nothing to ask.
    ("gradebook.retake", "GET"): door(404, {"teacher"}, GROUP_WRITE),
    ("gradebook.retake", "POST"): door(404, {"teacher"}, GROUP_WRITE),
    ("gradebook.result_change", "GET"): door(404, {"teacher"}, GROUP_WRITE),
    ("gradebook.result_change", "POST"): door(404, {"teacher"}, GROUP_WRITE),
    ("classroom.summary", "GET"): door(200, RECORDS, CLASS_RECORDS),
    ("classroom.summary_file", "GET"): door(200, RECORDS, CLASS_RECORDS),
    ("classroom.summary_paper", "GET"): door(200, RECORDS, CLASS_RECORDS),
    ("classroom.summary_paper", "POST"): door(303, RECORDS, CLASS_RECORDS),
    ("classroom.acknowledged", "GET"): door(200, RECORDS, CLASS_RECORDS),
    ("classroom.deferrals", "GET"): door(200, RECORDS, CLASS_RECORDS),
    ("classroom.deferrals", "POST"): door(422, RECORDS, CLASS_RECORDS),
    ("classroom.end_deferral_of", "POST"): door(404, RECORDS, CLASS_RECORDS),
    ("oversight.results", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.class_results", "GET"): door(200, {"deputy_head", "head"}, CLASS_CLOSES),
    ("oversight.close_results", "POST"): door(422, {"deputy_head", "head"}, CLASS_CLOSES),
    ("oversight.council", "GET"): door(200, {"deputy_head", "head"}, CLASS_CLOSES),
    ("oversight.council", "POST"): door(422, {"deputy_head", "head"}, CLASS_CLOSES),
    ("gradebook.day", "GET"): door(200, {"teacher"}),
    ("gradebook.owed", "GET"): door(200, {"teacher"}),
    ("gradebook.lesson", "GET"): door(200, READ_LESSON, LESSON_READ),
    ("gradebook.history", "GET"): door(200, READ_LESSON, LESSON_READ),
    ("gradebook.save", "POST"): door(303, {"teacher"}, LESSON_WRITE),
    ("gradebook.undo_attendance", "POST"): door(303, {"teacher"}, LESSON_WRITE),
    ("gradebook.throw_draft_away", "POST"): door(303, {"teacher"}, LESSON_WRITE),
    ("gradebook.works", "GET"): door(200, {"teacher"}, LESSON_WRITE),
    ("gradebook.works", "POST"): door(422, {"teacher"}, LESSON_WRITE),
    ("gradebook.planned_topic", "POST"): door(303, {"teacher"}, LESSON_WRITE),
    ("gradebook.copy", "GET"): door(200, {"teacher"}, LESSON_WRITE),
    ("gradebook.copy", "POST"): door(422, {"teacher"}, LESSON_WRITE),
    ("gradebook.change", "GET"): door(200, {"teacher"}, LESSON_WRITE),
    # Without a cell there is nothing to ask.
    ("gradebook.ask_change", "POST"): door(404, {"teacher"}, LESSON_WRITE),
    ("classroom.own", "GET"): door(200, {"class_teacher"}),
    ("classroom.absences", "GET"): door(200, {"class_teacher"}, LED_CLASS),
    ("classroom.save_reasons", "POST"): door(303, {"class_teacher"}, LED_CLASS),
    ("classroom.excuses", "GET"): door(200, {"class_teacher"}, LED_CLASS),
    ("classroom.decide_excuse", "GET"): door(200, {"class_teacher"}, LED_CLASS),
    ("classroom.decide_excuse", "POST"): door(422, {"class_teacher"}, LED_CLASS),
    ("gradebook.grid", "GET"): door(200, READ_LESSON, GROUP_READ),
    ("gradebook.second_look", "GET"): door(200, READ_LESSON, GROUP_READ),
    ("gradebook.save_grid", "POST"): door(303, {"teacher"}, GROUP_WRITE),
    ("gradebook.group_work", "GET"): door(200, {"teacher"}, GROUP_WRITE),
    ("gradebook.group_work", "POST"): door(422, {"teacher"}, GROUP_WRITE),
    ("gradebook.throw_grid_draft_away", "POST"): door(303, {"teacher"}, GROUP_WRITE),
    ("gradebook.grid_pupil", "GET"): door(200, READ_LESSON, PUPIL_READ),
    ("gradebook.save_grid_pupil", "POST"): door(303, {"teacher"}, PUPIL_WRITE),
    ("auth.lock", "POST"): door(303, ()),
    # Nobody's screen is locked.
    ("auth.locked", "GET"): door(303),
    ("auth.locked", "POST"): door(303),
    ("classroom.pupils", "GET"): door(200, INFORM, CLASS),
    ("office.start", "GET"): door(200, {"administrator"}),
    ("classroom.strips", "GET"): door(200, INFORM, CLASS),
    ("classroom.report", "GET"): door(200, INFORM, CLASS),
    ("classroom.report", "POST"): door(303, INFORM, CLASS),
    ("classroom.strips", "POST"): door(303, INFORM, CLASS),
    ("gradebook.paper", "GET"): door(200, READ_LESSON, LESSON_READ),
    ("gradebook.paper", "POST"): door(303, READ_LESSON, LESSON_READ),
    ("gradebook.register_paper", "GET"): door(200, READ_LESSON, GROUP_READ),
    ("gradebook.register_paper", "POST"): door(303, READ_LESSON, GROUP_READ),
    ("office.passwords", "GET"): door(200, {"administrator"}),
    ("office.passwords", "POST"): door(422, {"administrator"}),
    ("papers.own", "GET"): door(200, ()),
    ("papers.paper", "GET"): door(200, (), PAPER),
    # Not made yet.
    ("papers.file", "GET"): door(303, (), PAPER),
    ("papers.again", "POST"): door(303, (), PAPER),
    ("office.letters", "GET"): door(200, {"administrator"}),
    ("office.letter", "GET"): door(200, {"administrator"}, LETTER),
    ("office.letter_again", "POST"): door(303, {"administrator"}, LETTER),
    ("office.letters_again", "POST"): door(303, {"administrator"}),
    ("office.letters_test", "GET"): door(200, {"administrator"}),
    ("office.letters_test", "POST"): door(422, {"administrator"}),
    ("office.imports", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.imports", "POST"): door(422, {"administrator"}, SCHOOL_OFFICE),
    ("office.blank_files", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.export_workbook", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.export_csv", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.doubles", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.doubles", "POST"): door(422, {"administrator"}, SCHOOL_OFFICE),
    ("office.new_year", "GET"): door(200, {"administrator"}, SCHOOL_OFFICE),
    ("office.new_year", "POST"): door(422, {"administrator"}, SCHOOL_OFFICE),
    ("office.doctor", "GET"): door(200, {"administrator"}),
    ("office.import_run", "GET"): door(200, {"administrator"}, OFFICE_RUN),
    ("office.act_on_import", "POST"): door(303, {"administrator"}, OFFICE_RUN),
    ("office.import_progress", "GET"): door(303, {"administrator"}, OFFICE_RUN),
    ("office.import_rows", "GET"): door(200, {"administrator"}, OFFICE_RUN),
    ("office.import_passwords", "GET"): door(303, {"administrator"}, OFFICE_RUN),
    ("oversight.start", "GET"): door(200, {"deputy_head", "head", "officer"}),
    ("office.frozen_years", "GET"): door(200, FREEZES, CALENDAR),
    ("office.freeze_year", "POST"): door(303, FREEZES, CALENDAR),
    ("office.frozen_year_progress", "GET"): door(303, FREEZES, FROZEN),
    ("office.frozen_year_file", "GET"): door(303, FREEZES, FROZEN),
    ("office.calendar", "GET"): door(200, {"administrator", "deputy_head", "head"}, CALENDAR),
    ("office.correct_calendar", "POST"): door(422, {"administrator"}, OWN_CALENDAR),
    ("office.confirm_calendar", "POST"): door(
        303 if today().year in CONFIRMED else 422, {"administrator"}, OWN_CALENDAR
    ),
    ("office.take_calendar_back", "POST"): door(303, {"administrator"}, OWN_CALENDAR),
    ("oversight.regulations", "GET"): door(
        303, ACT_READERS, instead=((frozenset({"officer"}), 200),)
    ),
    ("oversight.regulation", "GET"): door(200, ACT_READERS, ACT_READ),
    ("oversight.regulation_version", "GET"): door(200, ACT_READERS, ACT_READ),
    ("oversight.regulation_terms", "GET"): door(200, ACT_CHANGERS, ACT_CHANGE, NOT_THE_OFFICERS),
    ("oversight.regulation_terms", "POST"): door(422, ACT_CHANGERS, ACT_CHANGE, NOT_THE_OFFICERS),
    ("oversight.regulation_text", "GET"): door(200, ACT_CHANGERS, ACT_CHANGE, NOT_THE_OFFICERS),
    ("oversight.regulation_text", "POST"): door(422, ACT_CHANGERS, ACT_CHANGE, NOT_THE_OFFICERS),
    ("oversight.regulation_unsent", "GET"): door(303, ACT_CHANGERS, ACT_CHANGE, NOT_THE_OFFICERS),
    ("oversight.regulation_add", "POST"): door(422, ACT_CHANGERS, ACT_CHANGE, NOT_THE_OFFICERS),
    ("oversight.timetable", "GET"): door(200, RUN, SCHOOL),
    ("oversight.absent", "GET"): door(200, RUN, SCHOOL),
    # Without a teacher there is nothing to save.
    ("oversight.absent", "POST"): door(404, RUN, SCHOOL),
    ("oversight.absence_end", "POST"): door(303, RUN, SCHOOL),
    ("oversight.lesson_timetable", "GET"): door(200, RUN, LESSON_RUN),
    ("oversight.lesson_timetable", "POST"): door(422, RUN, LESSON_RUN),
    ("oversight.extra_lesson", "GET"): door(200, RUN, SCHOOL),
    ("oversight.extra_lesson", "POST"): door(422, RUN, SCHOOL),
    ("oversight.moved_day", "GET"): door(200, RUN, SCHOOL),
    ("oversight.moved_day", "POST"): door(422, RUN, SCHOOL),
    ("oversight.quarantine", "GET"): door(200, RUN, SCHOOL),
    ("oversight.quarantine", "POST"): door(422, RUN, SCHOOL),
    ("oversight.day_change_undo", "POST"): door(303, RUN, SCHOOL),
    ("oversight.changes_sheet", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("oversight.changes_sheet", "POST"): door(303, RUN_READ, RUN_SCHOOL),
    ("oversight.changes_table", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("oversight.substitutions", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("oversight.substitutions_table", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("oversight.substitutions_paper", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("oversight.substitutions_paper", "POST"): door(303, RUN_READ, RUN_SCHOOL),
    ("oversight.extracurricular", "GET"): door(200, RUN, SCHOOL),
    # What a form leaves out is off.
    ("oversight.extracurricular", "POST"): door(303, RUN, SCHOOL),
    ("oversight.whereabouts", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("oversight.today", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.obligations", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.terms", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.terms_sheet", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.terms_paper", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.terms_paper", "POST"): door(303, {"deputy_head", "head"}, SCHOOL),
    ("oversight.timeliness", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.timeliness_sheet", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.statistics", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.statistics_sheet", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.statistics_paper", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.statistics_paper", "POST"): door(303, {"deputy_head", "head"}, SCHOOL),
    ("oversight.standings", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.curriculum", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.curriculum_sheet", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.changes", "GET"): door(200, {"deputy_head", "head"}),
    ("oversight.decide", "POST"): door(422, {"deputy_head", "head"}, CHANGE),
    ("oversight.remarks", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.remarks_sheet", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.remarks_paper", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.remarks_paper", "POST"): door(303, {"deputy_head", "head"}, SCHOOL),
    # The head reads; remarks are the deputy head's.
    ("oversight.new_remark", "GET"): door(200, {"deputy_head"}, OWN_SCHOOL),
    ("oversight.new_remark", "POST"): door(422, {"deputy_head"}, OWN_SCHOOL),
    ("oversight.remark", "GET"): door(200, {"deputy_head", "head"}, REMARK),
    ("oversight.decide_remark", "POST"): door(422, {"deputy_head"}, OWN_REMARK),
    ("gradebook.remarks", "GET"): door(200, {"teacher"}),
    ("gradebook.remark", "GET"): door(200, {"teacher"}, REMARK_ANSWER),
    ("gradebook.answer_remark", "POST"): door(422, {"teacher"}, REMARK_ANSWER),
    ("oversight.grading", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.marking", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.result_policy", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.result_policy", "POST"): door(422, {"deputy_head", "head"}, SCHOOL),
    ("oversight.new_work_kind", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.new_work_kind", "POST"): door(422, {"deputy_head", "head"}, SCHOOL),
    ("oversight.work_kind", "GET"): door(200, {"deputy_head", "head"}, SCHOOL),
    ("oversight.work_kind", "POST"): door(422, {"deputy_head", "head"}, SCHOOL),
    # What a form leaves out stays as it is.
    ("oversight.grading", "POST"): door(303, {"deputy_head", "head"}, SCHOOL),
    ("help.index", "GET"): door(200),
    ("help.guide", "GET"): door(404),
    ("help.ask", "GET"): door(200),
    ("help.ask", "POST"): door(422),
    ("help.questions", "GET"): door(200),
    ("help.questions", "POST"): door(422),
    ("help.question", "GET"): door(200, rows=OWN_QUESTION),
    ("help.question", "POST"): door(422, rows=OWN_QUESTION),
    ("office.questions", "GET"): door(200, {"administrator"}),
    ("office.question", "GET"): door(200, {"administrator"}, ASKED),
    ("office.question", "POST"): door(422, {"administrator"}, ASKED),
    ("office.question_state", "POST"): door(303, {"administrator"}, ASKED),
    ("office.school_page", "GET"): door(200, PAGE_EDITORS, CALENDAR),
    # Emptied fields are a page without words.
    ("office.school_page", "POST"): door(303, PAGE_EDITORS, CALENDAR),
    ("oversight.municipality", "GET"): door(200, {"officer"}),
    ("oversight.municipality_sheet", "GET"): door(200, {"officer"}),
    ("oversight.municipal_page", "GET"): door(200, {"officer"}),
    ("oversight.municipal_page", "POST"): door(303, {"officer"}),
    ("papers.issued", "GET"): door(200, INFORM, ISSUED),
    ("papers.print_issued", "POST"): door(303, INFORM, ISSUED),
    # The page was posted to before: its PDF is there.
    ("papers.issued_file", "GET"): door(200, INFORM, ISSUED),
    ("papers.hand_over", "POST"): door(422, INFORM, ISSUED),
    ("visits.present", "GET"): door(200, {"teacher", *INFORM}),
    ("visits.arrive", "POST"): door(422, INFORM, INFORMED_SCHOOL),
    ("visits.visit", "GET"): door(200, {"teacher", *INFORM}, VISIT),
    ("visits.visit", "POST"): door(422, {"teacher", *INFORM}, VISIT),
    ("visits.act_on_visit", "POST"): door(422, {"teacher", *INFORM}, VISIT),
    # The visit has no request yet.
    ("visits.issue", "GET"): door(404, INFORM),
    ("visits.issue", "POST"): door(404, INFORM),
    ("visits.journal", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("visits.journal", "POST"): door(303, RUN_READ, RUN_SCHOOL),
    ("visits.journal_sheet", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("visits.issued_register", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("visits.issued_register", "POST"): door(303, RUN_READ, RUN_SCHOOL),
    ("visits.issued_sheet", "GET"): door(200, RUN_READ, RUN_SCHOOL),
    ("public.robots", "GET"): door(200),
    ("public.blank_form", "GET"): door(200),
    ("public.blank_form_file", "GET"): door(200),
    ("public.schools", "GET"): door(200),
    ("public.school", "GET"): door(200),
    ("public.school_regulation", "GET"): door(303),
    ("public.school_regulation_version", "GET"): door(200),
}

#: After it every page asks for the password.
LOCKS = {("auth.lock", "POST")}
ENDS_SESSION = {("auth.sign_out", "POST"), ("auth.sign_out_everywhere", "POST")}

pytestmark = pytest.mark.requirement("A10")


@pytest.fixture
def crowd(town):
    add_crowd(town)
    return town


def come_in(app, town, who, visit):
    return visit() if who == "nobody" else open_session(app, getattr(town, who))


def test_every_route_is_in_the_table(app):
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes - TABLE.keys() == set(), "say in TABLE who may come here"
    assert TABLE.keys() - routes == set(), "no such route any more"


def test_every_view_says_who_may_come(app):
    assert [name for name, view in app.view_functions.items() if not hasattr(view, "access")] == []


@pytest.mark.parametrize("who", SOME)
def test_whoever_comes_gets_what_is_theirs(app, crowd, visit, who):
    check_what_everybody_gets(app, crowd, visit, who)


@on_sqlite
@pytest.mark.parametrize("who", OTHERS)
def test_so_does_everybody_else(app, crowd, visit, who):
    check_what_everybody_gets(app, crowd, visit, who)


def check_what_everybody_gets(app, crowd, visit, who):
    """Every address by every method: the status that TABLE says, and a good page."""
    visitor = come_in(app, crowd, who, visit)
    token = visitor.get("/sign-out").fields()["csrf_token"]
    found, checked = [], set()
    by_address: dict[str, dict[str, tuple[str, str]]] = {}
    for endpoint, methods, target, address in addresses(app, crowd):
        for method in methods:
            by_address.setdefault(address, {})[method] = (endpoint, target)
    for address, doors in by_address.items():
        for method in ("GET", "POST"):
            if method in doors:
                endpoint, target = doors[method]
                wanted = TABLE[endpoint, method].answer(who, target)
            else:
                endpoint, wanted = "", 405
            answer = visitor.client.open(
                address,
                method=method,
                data={"csrf_token": token} if method == "POST" else None,
            )
            if (endpoint, method) in ENDS_SESSION | LOCKS:
                visitor = come_in(app, crowd, who, visit)
                token = visitor.get("/sign-out").fields()["csrf_token"]
            if answer.status_code != wanted:
                found.append(f"{method} {address} ({endpoint}): {answer.status_code}, not {wanted}")
            signs_in = "/sign-in" in answer.headers.get("Location", "")
            is_open = wanted != 405 and TABLE[endpoint, method].kinds is None
            if signs_in != (
                wanted == 303
                and ((who == "nobody" and not is_open) or (endpoint, method) in ENDS_SESSION)
            ) and ((endpoint, who) != ("auth.sign_in", "nobody")):
                found.append(f"{method} {address}: goes to {answer.headers.get('Location')}")
            seen = (endpoint, method, answer.status_code)
            if answer.mimetype == "text/html" and answer.status_code != 303 and seen not in checked:
                checked.add(seen)
                found += [
                    f"{method} {address}: {p}"
                    for p in problems_of(answer.get_data(as_text=True), address)
                ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", SOME)
def test_a_refused_write_writes_nothing(app, crowd, visit, who):
    check_refused_writes(app, crowd, visit, who)


@on_sqlite
@pytest.mark.parametrize("who", OTHERS)
def test_nor_does_one_of_anybody_else(app, crowd, visit, who):
    check_refused_writes(app, crowd, visit, who)


def check_refused_writes(app, crowd, visit, who):
    """Every write, with a form that is good but for who sends it."""
    visitor = come_in(app, crowd, who, visit)
    token = visitor.get("/sign-out").fields()["csrf_token"]
    forms = bodies(crowd)
    refused, found = 0, []
    for endpoint, methods, target, address in addresses(app, crowd):
        if "POST" not in methods:
            continue
        wanted = TABLE[endpoint, "POST"].answer(who, target)
        shut_to_nobody = who == "nobody" and TABLE[endpoint, "POST"].kinds is not None
        if wanted not in (403, 404) and not shut_to_nobody:
            continue
        refused += 1
        with statements() as seen:
            answer = visitor.client.post(
                address, data={**forms.get(endpoint, {}), "csrf_token": token}
            )
        if answer.status_code != wanted:
            found.append(f"POST {address} ({endpoint}): {answer.status_code}, not {wanted}")
        found += [f"POST {address}: {sql}" for sql in seen if sql.lstrip().startswith(WRITES)]
    assert not found, "\n".join(found)
    assert refused > 20


def test_the_good_forms_are_of_routes_that_are_there(app, crowd):
    assert bodies(crowd).keys() <= {rule.endpoint for rule in app.url_map.iter_rules()}


def shut(model, where, **values):
    """A change of rows, given the town."""
    return lambda town: model.update(**values).where(where(town)).execute()


YESTERDAY = today() - timedelta(days=1)


def of_person(model, who, name="person"):
    return lambda town: getattr(model, name) == getattr(town, who)


def order(who):
    return lambda town: limit(getattr(town, who), town.pupil, "everything")


#: What ends the access of somebody who is signed in: person, change.
ENDS = {
    **{
        f"{who}: {how}": (who, shut(Role, of_person(Role, who), **values), 403)
        for who in ("teacher", "class_teacher", "administrator", "deputy_head", "head", "officer",
                    "support")
        for how, values in (("last day", {"until_on": YESTERDAY}),
                            ("this minute", {"ended_at": clock.now()}))
    },
    **{
        f"mother: {how}": (
            "mother", shut(Guardianship, of_person(Guardianship, "mother", "guardian"), **values),
            403,
        )
        for how, values in (("last day", {"until_on": YESTERDAY}),
                            ("this minute", {"ended_at": clock.now()}))
    },
    "mother: a court's order": ("mother", order("mother"), 403),
    "pupil: terminated on request": ("pupil", order("pupil"), 403),
    **{
        f"{who}: the pupil left": (
            who, shut(Enrolment, of_person(Enrolment, "pupil", "pupil"), until_on=YESTERDAY), 403,
        )
        for who in ("mother", "father", "pupil")
    },
    "father: of age": (
        "father",
        lambda town: Person.update(birth_on=today() - timedelta(days=18 * 366))
        .where(Person.id == town.pupil).execute(),
        403,
    ),
    **{
        f"{who}: {how}": (who, shut(model, of_person(model, who), **values), 303)
        for who in ("mother", "head")
        for how, model, values in (
            ("signed out", Session, {"signed_out_at": clock.now()}),
            ("account disabled", Account, {"disabled_at": clock.now()}),
        )
    },
}  # fmt: skip


@pytest.mark.requirement("A11")
@pytest.mark.requirement("H10")
@pytest.mark.parametrize("end", ENDS)
def test_before_during_and_after_on_every_route(app, crowd, visit, end):
    """Whatever was open to a person is shut with the next request of the session that is open:
    every page, and every write, which changes nothing any more."""
    who, change, status = ENDS[end]
    visitor = come_in(app, crowd, who, visit)
    token = visitor.get("/sign-out").fields()["csrf_token"]
    forms = bodies(crowd)
    mine = [
        (endpoint, method, address)
        for endpoint, methods, target, address in addresses(app, crowd)
        for method in sorted(methods)
        if (door := TABLE.get((endpoint, method))) and door.kinds
        and door.answer(who, target) not in (403, 404)
    ]  # fmt: skip
    assert mine
    reads = [(e, a) for e, method, a in mine if method == "GET"]
    for endpoint, address in reads:
        assert visitor.client.get(address).status_code in (200, 303), (endpoint, address)
    change(crowd)
    found = []
    for endpoint, method, address in mine:
        data = {**forms.get(endpoint, {}), "csrf_token": token} if method == "POST" else None
        with statements() as seen:
            answer = visitor.client.open(address, method=method, data=data)
        if answer.status_code != status:
            found.append(f"{method} {address} ({endpoint}): {answer.status_code}, not {status}")
        # What staff typed is kept as a draft, and nothing else is written.
        found += [
            f"{method} {address}: {sql}"
            for sql in seen
            if sql.lstrip().startswith(WRITES) and '"draft"' not in sql
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", ["teacher", "mother", "head"])
def test_nothing_of_a_foreign_row_is_in_the_answer(app, crowd, visit, who):
    visitor = come_in(app, crowd, who, visit)
    Lesson.update(topic="Чужая тайна").where(Lesson.id == crowd.other_lesson).execute()
    for _, methods, target, address in addresses(app, crowd):
        if target.startswith("other_") and "GET" in methods:
            answer = visitor.client.get(address).get_data(as_text=True)
            for secret in ("Чужаков", "Тимур", "Чужая тайна", "Химия", "СОШ № 19"):
                assert secret not in answer, address


def test_the_same_404_for_a_foreign_row_and_for_none(app, crowd, visit):
    visitor = come_in(app, crowd, "teacher", visit)
    foreign = visitor.get(address_of(crowd.other_lesson), status=404)
    none = visitor.get("/gradebook/lessons/2000000000", status=404)
    assert foreign.html == none.html


# A view that says nothing


def test_a_view_that_says_nothing_is_shut_to_all(other_app, crowd):
    planted = other_app()
    planted.add_url_rule("/planted", "planted", lambda: "secret", methods=["GET", "POST"])
    for who in ("teacher", "head", "officer", "mother"):
        visitor = open_session(planted, getattr(crowd, who))
        assert "secret" not in visitor.get("/planted", status=403).html
        visitor.post("/planted", {}, status=403)
    assert planted.test_client().get("/planted").status_code == 403
    assert planted.test_client().get("/planted", headers={"HX-Request": "true"}).status_code == 403


def test_what_permit_and_public_say_is_what_holds(other_app, crowd):
    planted = other_app()
    for address, mark in (
        ("/all", public()),
        ("/signed-in", permit(SIGNED_IN)),
        ("/heads", permit("head", "deputy_head")),
    ):
        planted.add_url_rule(address, address[1:], mark(lambda: "<p>here</p>"))

    def opens(client):
        return [
            address
            for address in ("/all", "/signed-in", "/heads")
            if client.get(address).status_code == 200
        ]

    assert opens(planted.test_client()) == ["/all"]
    assert opens(open_session(planted, crowd.mother).client) == ["/all", "/signed-in"]
    assert opens(open_session(planted, crowd.head).client) == ["/all", "/signed-in", "/heads"]
    with pytest.raises(ValueError, match="name the roles"):
        permit()


# Dates


def in_days(**days):
    """Dates so many days from today, which may be another day than when tests were collected."""
    return {name: today() + timedelta(days=count) for name, count in days.items()}


@pytest.mark.requirement("A11")
@pytest.mark.parametrize(
    ("days", "holds"),
    [
        ({"until_on": -1}, False),
        ({"until_on": 0}, True),
        ({"from_on": 0}, True),
        ({"from_on": 1}, False),
    ],
    ids=["ended", "last day", "first day", "not yet begun"],
)
@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("teacher", "/gradebook/lessons/{lesson}"),
        ("class_teacher", "/class/{school_class}"),
        ("administrator", "/office/"),
        ("deputy_head", "/oversight/"),
        ("head", "/diary/{pupil}/week/2026-09-15"),
        ("officer", "/oversight/"),
        ("mother", "/diary/{pupil}/week/2026-09-15"),
    ],
)
def test_a_role_opens_on_its_days_alone(app, town, who, address, days, holds):
    address = address.format(
        lesson=town.lesson.id, school_class=town.school_class.id, pupil=town.pupil.id
    )
    visitor = open_session(app, getattr(town, who))
    assert visitor.client.get(address).status_code == 200
    dates = in_days(**days)
    Role.update(**dates).where(Role.person == getattr(town, who)).execute()
    Guardianship.update(**dates).where(Guardianship.guardian == getattr(town, who)).execute()
    # The session goes on; the next request already knows.
    assert visitor.client.get(address).status_code == (200 if holds else 403)


@pytest.mark.requirement("A11")
def test_a_mother_of_two_keeps_the_other_child_when_one_tie_ends(app, town):
    Guardianship.create(
        guardian=town.mother,
        pupil=town.other_pupil,
        kind="mother",
        basis="свидетельство о рождении",
        from_on=today(),
    )
    visitor = open_session(app, town.mother)
    first, second = (f"/diary/{p.id}/week/{today()}" for p in (town.pupil, town.other_pupil))
    visitor.get(first)
    visitor.get(second)
    Guardianship.update(until_on=today() - timedelta(days=1)).where(
        Guardianship.guardian == town.mother, Guardianship.pupil == town.pupil
    ).execute()
    visitor.get(first, status=404)
    visitor.get(second)


@pytest.mark.requirement("A11")
@pytest.mark.parametrize(
    ("days", "reason", "school", "family"),
    [
        ({"until_on": -1}, "переезд", False, False),
        ({"until_on": 0}, "переезд", True, True),
        ({"from_on": 1}, "", False, True),
    ],
    ids=["left", "last day", "not yet come"],
)
def test_school_and_family_see_a_pupil_only_while_enrolled(app, town, days, reason, school, family):
    """The family already before the first day, the school from that day on."""
    changes = {**in_days(**days), "reason": reason}
    Enrolment.update(**changes).where(Enrolment.pupil == town.pupil).execute()
    week = f"/diary/{town.pupil.id}/week/{today()}"
    for who in ("class_teacher", "administrator", "deputy_head", "head"):
        open_session(app, getattr(town, who)).get(week, status=200 if school else 404)
    assert AccessLog.select().where(AccessLog.event == "diary_read").count() == 4 * school
    for who in ("mother", "father", "pupil"):
        open_session(app, getattr(town, who)).get(week, status=200 if family else 403)


def test_after_a_transfer_the_new_school_sees_the_diary_and_the_old_does_not(app, town):
    Enrolment.update(until_on=today() - timedelta(days=1), reason="перевод").where(
        Enrolment.pupil == town.pupil
    ).execute()
    enrol(town.other_class, town.pupil, from_on=today())
    head = person(town.municipality, "Новодиректорова")
    account(head)
    role(head, "head", town.other_school)
    week = f"/diary/{town.pupil.id}/week/{today()}"
    open_session(app, head).get(week)
    open_session(app, town.head).get(week, status=404)
    open_session(app, town.mother).get(week)


def test_a_substitute_has_that_lesson_and_no_other(app, town):
    Lesson.update(teacher=town.colleague).where(Lesson.id == town.lesson).execute()
    visitor = open_session(app, town.colleague)
    register_of(visitor, town.lesson)
    visitor.get(address_of(town.yesterday), status=404)
    register_of(open_session(app, town.teacher), town.lesson)


# Who looked


@pytest.mark.requirement("H14")
@pytest.mark.parametrize(
    ("who", "capacity"),
    [
        ("class_teacher", "class_teacher"),
        ("administrator", "administrator"),
        ("deputy_head", "deputy_head"),
        ("head", "head"),
        ("two_schools", "deputy_head"),
        ("mother", None),
        ("father", None),
        ("pupil", None),
    ],
)
def test_staff_who_read_a_diary_leave_one_line_and_a_family_none(app, crowd, who, capacity):
    visitor = open_session(app, getattr(crowd, who))
    before = clock.now()
    visitor.get(f"/diary/{crowd.pupil.id}/week/{today()}")
    rows = list(AccessLog.select())
    assert len(rows) == (1 if capacity else 0)
    for row in rows:
        assert (row.event, row.detail) == ("diary_read", capacity)
        assert row.person_id == getattr(crowd, who).id
        assert row.pupil_id == crowd.pupil.id
        assert row.school_id == crowd.school.id
        assert row.at >= before
        assert row.request
    visitor.get(f"/diary/{crowd.pupil.id}/week/{today()}")
    assert AccessLog.select().count() == 2 * len(rows)


@pytest.mark.requirement("H14")
def test_one_look_by_the_link_of_the_class_page_is_one_line(app, town):
    visitor = open_session(app, town.class_teacher)
    answer = visitor.get(f"/diary/{town.pupil.id}/", status=303)
    visitor.follow(answer)
    assert AccessLog.select().count() == 1


@pytest.mark.requirement("H14")
def test_a_refused_look_leaves_no_line_of_a_look(app, crowd):
    for who in ("other_teacher", "other_mother", "officer", "former", "classmate"):
        open_session(app, getattr(crowd, who)).client.get(f"/diary/{crowd.pupil.id}/week/{today()}")
    assert AccessLog.select().count() == 0


def test_a_subject_that_is_not_the_pupils_is_not_in_their_diary(app, town):
    visitor = open_session(app, town.mother)
    foreign = visitor.get(
        f"/diary/{town.pupil.id}/subjects/{town.other_group.subject_id}", status=404
    )
    assert "Химия" not in foreign.words


def test_the_targets_are_own_foreign_and_missing():
    assert all(len(targets) >= 3 for targets in TARGETS.values())
