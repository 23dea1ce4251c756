"""Everybody who may stand at the door: the people of the town and some in special positions."""

from datetime import timedelta

from flask import Flask

from school import clock
from school.actions.history import Act
from school.actions.issued import NewIssued, issue_paper
from school.actions.letters import DEADLINE, NewLetter, put_letter
from school.actions.paper_ways import NewPaperWay, begin_paper_way
from school.actions.requests import NewRequest, register_request
from school.actions.visits import Arrival, log_arrival, name_pupil, pass_on
from school.letters import Text, paragraph
from school.models import (
    ChangeRequest,
    Consent,
    DayChange,
    DestructionAct,
    DiaryLimit,
    Excuse,
    FrozenYear,
    GroupTeacher,
    Guardianship,
    HandOver,
    HelpMessage,
    HelpThread,
    ImportRun,
    Invitation,
    IssuedPaper,
    Letter,
    Paper,
    PaperCall,
    PaperWay,
    Person,
    Printout,
    PrintoutHandOver,
    PrintoutPart,
    RegulationVersion,
    Remark,
    Role,
    School,
    SchoolYear,
    ServiceRequest,
    StudyPeriod,
    TeacherAbsence,
    Visit,
    WorkKind,
)
from school.rules.letters import BY_DUTY
from school.rules.printouts import monday_of
from school.rules.requests import Names
from tests.blueprints.helpers import NOT_THERE
from tests.results import make_period
from tests.town import Town, account, enrol, person, role, today, year_start

#: Person → what they are today; nobody has no session at all.
KINDS: dict[str, frozenset[str]] = {
    name: frozenset(kinds.split())
    for name, kinds in {
        "nobody": "",
        "teacher": "teacher",
        "colleague": "teacher",
        "other_teacher": "teacher",
        "class_teacher": "class_teacher",
        "administrator": "administrator",
        "deputy_head": "deputy_head",
        "head": "head",
        "officer": "officer",
        "mother": "guardian",
        "father": "guardian",
        "pupil": "pupil",
        "classmate": "pupil",
        "other_mother": "guardian",
        "other_pupil": "pupil",
        # Second teacher of the group, and mother of a pupil of the other school.
        "teacher_and_mother": "teacher guardian",
        # Deputy head here, teacher of the group in the other school.
        "two_schools": "deputy_head teacher",
        # All of it, until today; until yesterday; from tomorrow.
        "last_day": "teacher class_teacher administrator deputy_head head guardian",
        "former": "",
        "future": "",
        "without_ties": "",
        # Of age: decides alone who reads the diary; the mother was not allowed to.
        "adult": "pupil",
        "adult_mother": "",
        # Representatives of the pupil: no marks by agreement, nothing by a court's order.
        "limited": "guardian",
        "barred": "",
        "support": "support",
    }.items()
}

#: For whom every address is tried on both databases. Statements are the same for everybody, and
#: these have been let in and refused by all of them: by each role at once, by roles that ended,
#: in two schools, under a limit, of age. The others come on SQLite, and on PostgreSQL in
#: tests/soak/test_census_soak.py.
SOME = ("nobody", "officer", "two_schools", "last_day", "former", "adult", "limited")
OTHERS = tuple(name for name in KINDS if name not in SOME)

#: Whose rows are asked for, by the name of the address's part.
TARGETS = {
    "pupil_id": ("pupil", "other_pupil", "mother", "not_there"),
    "lesson_id": ("lesson", "other_lesson", "not_there"),
    "school_id": ("school", "other_school", "not_there"),
    "run_id": ("own_run", "other_run", "not_there"),
    "frozen_id": ("own_frozen", "other_frozen", "not_there"),
    "change_id": ("change", "other_change", "not_there"),
    "class_id": ("school_class", "other_class", "not_there"),
    "group_id": ("group", "other_group", "not_there"),
    "act_id": ("act", "other_act", "not_there"),
    "paper_id": ("paper", "other_paper", "not_there"),
    "letter_id": ("letter", "other_letter", "not_there"),
    "guardianship_id": ("tie", "adult_tie", "not_there"),
    "person_id": ("pupil", "other_pupil", "teacher", "mother", "not_there"),
    "invitation_id": ("invitation", "other_invitation", "not_there"),
    "hand_over_id": ("hand_over", "other_hand_over", "not_there"),
    "issued_id": ("issued", "other_issued", "not_there"),
    "visit_id": ("visit", "other_visit", "not_there"),
    "role_id": ("own_role", "other_role", "not_there"),
    "remark_id": ("remark", "other_remark", "not_there"),
    "limit_id": ("own_limit", "other_limit", "not_there"),
    "thread_id": ("thread", "other_thread", "not_there"),
    "case_id": ("own_case", "other_case", "not_there"),
    "consent_id": ("own_consent", "other_consent", "not_there"),
    "way_id": ("own_way", "other_way", "not_there"),
    "printout_id": ("own_printout", "other_printout", "not_there"),
    "handed_id": ("own_handed", "other_handed", "not_there"),
    "call_id": ("own_call", "other_call", "not_there"),
    # Of an act of destruction; a regulation's act is `act_id` too.
    "destroyed_id": ("own_destroyed", "other_destroyed", "not_there"),
}


def add_crowd(town: Town) -> None:
    """Add the people of KINDS that the town lacks, and a request in each school."""
    for name, surname in (
        ("teacher_and_mother", "Дважды"),
        ("two_schools", "Совместителева"),
        ("last_day", "Последнева"),
        ("former", "Бывшева"),
        ("future", "Будущева"),
        ("without_ties", "Никакова"),
        ("adult", "Взрослова"),
        ("adult_mother", "Отпускова"),
        ("limited", "Ограниченова"),
        ("barred", "Судова"),
        ("support", "Технарёва"),
    ):
        town.people[name] = person(town.municipality, surname)
        account(town.people[name], login=name)
    add_letters(town)
    add_papers(town)
    add_codes(town)
    add_cases(town)
    add_absence_and_quarantine(town)
    for school, year in ((town.school, town.year), (town.other_school, town.other_year)):
        make_period(school, year, 1, today() - timedelta(days=40), today())
    both = town.people["teacher_and_mother"]
    role(both, "teacher", town.school)
    own_group(town, both)
    guardian(both, town.people["other_pupil"])
    two = town.people["two_schools"]
    role(two, "deputy_head", town.school)
    role(two, "teacher", town.other_school)
    own_group(town, two, other=True)
    yesterday, tomorrow = today() - timedelta(days=1), today() + timedelta(days=1)
    for school in (town.school, town.other_school):
        ImportRun.create(
            school=school,
            uploaded_by=town.people["administrator"],
            created_at=clock.now(),
            state="done",
            folder=f"crowd-{school.id}",
            request=f"crowd-{school.id}",
        )
    for name, year in (("own_frozen", town.year), ("other_frozen", town.other_year)):
        town.people[name] = FrozenYear.create(
            school=year.school_id, school_year=year, asked_at=clock.now(), due_at=clock.now(),
            request=name,
        )  # fmt: skip
    give_everything(town, town.people["last_day"], {"until_on": today()})
    give_everything(town, town.people["former"], {"until_on": yesterday})
    give_everything(town, town.people["future"], {"from_on": tomorrow})
    adult = town.people["adult"]
    Person.update(birth_on=today().replace(year=today().year - 19)).where(
        Person.id == adult
    ).execute()
    enrol(town.other_class, adult)
    town.people["adult_tie"] = guardian(town.people["adult_mother"], adult)
    town.people["tie"] = Guardianship.get(Guardianship.guardian == town.people["mother"])
    for name, area in (("limited", "marks"), ("barred", "everything")):
        guardian(town.people[name], town.people["pupil"])
        town.people["own_limit"] = limit(town.people[name], town.people["pupil"], area)
    town.people["other_limit"] = limit(
        town.people["other_mother"], town.people["other_pupil"], "marks", until_on=today(),
        from_on=today() - timedelta(days=9), ended_at=clock.now(),
    )  # fmt: skip
    for name, who in (("own_role", "teacher"), ("other_role", "other_teacher")):
        town.people[name] = Role.get(Role.person == town.people[who])
    role(town.people["support"], "support", None)
    for name, lesson, pupil, teacher in (
        ("change", town.lesson, town.pupil, town.teacher),
        ("other_change", town.other_lesson, town.other_pupil, town.other_teacher),
    ):
        asked = ChangeRequest.create(
            school=lesson.school_id,
            lesson=lesson,
            pupil=pupil,
            field="attendance",
            was="н",
            wanted="б",
            reason="справка",
            asked_at=clock.now(),
            asked_by=teacher,
            request=name,
        )
        setattr(town, name, asked)
    for name, school, who in (
        ("thread", town.school, "mother"),
        ("other_thread", town.other_school, "other_mother"),
    ):
        town.people[name] = HelpThread.create(
            school=school, person=town.people[who], way="page", state="open",
            open_since=clock.now(), changed_at=clock.now(),
        )  # fmt: skip
        HelpMessage.create(
            thread=town.people[name], author=town.people[who], at=clock.now(),
            text="Где пароль?", request=name,
        )  # fmt: skip

    for name, pupil, mother in (
        ("excuse", town.pupil, town.mother),
        ("other_excuse", town.other_pupil, town.other_mother),
    ):
        school = town.school if name == "excuse" else town.other_school
        town.people[name] = make_excuse(school, pupil, mother, name)

    for name, group, deputy in (
        ("remark", town.group, town.deputy_head),
        ("other_remark", town.other_group, town.officer),
    ):
        town.people[name] = Remark.create(
            school=group.school_id,
            teaching_group=group,
            text="нет тем",
            due_on=today(),
            made_at=clock.now(),
            made_by=deputy,
            request=name,
        )


def make_excuse(school: School, pupil: Person, asked_by: Person, request: str) -> Excuse:
    """An excuse for tomorrow, undecided."""
    tomorrow = today() + timedelta(days=1)
    return Excuse.create(
        school=school,
        pupil=pupil,
        from_on=tomorrow,
        until_on=tomorrow,
        reason="ill",
        asked_at=clock.now(),
        asked_by=asked_by,
        request=request,
    )


def add_absence_and_quarantine(town: Town) -> None:
    """Of last year, so that no lesson of today is another."""
    deputy, day = town.people["deputy_head"], today() - timedelta(days=300)
    span = {"from_on": day, "until_on": day}
    absence = TeacherAbsence.create(
        school=town.school, teacher=town.people["teacher"], noted_at=clock.now(),
        noted_by=deputy, **span,
    )  # fmt: skip
    quarantine = DayChange.create(
        school=town.school, kind="quarantine", school_class=town.school_class,
        announced_at=clock.now(), announced_by=deputy, request="crowd", **span,
    )  # fmt: skip
    town.absence_id, town.day_change_id = absence.id, quarantine.id


def add_letters(town: Town) -> None:
    """A letter in the outbox of each school."""
    for name, school, to in (
        ("letter", town.school, "teacher"),
        ("other_letter", town.other_school, "other_teacher"),
    ):
        key = f"{name}:{school.id}"
        put_letter(
            NewLetter(
                key=key,
                kind=DEADLINE,
                person_id=town.people[to].id,
                text=Text("Напоминание", (paragraph("Пора отметить."),)),
                grounds=BY_DUTY,
                school_id=school.id,
            ),
            clock.now(),
        )
        town.people[name] = Letter.get(Letter.key == key)


def add_cases(town: Town) -> None:
    """A request with its sheet in each school, somebody on the paper way, an act of destruction."""
    for name, pupil, applicant, school in (
        ("own", town.pupil, town.mother, town.school),
        ("other", town.other_pupil, town.other_mother, town.other_school),
    ):
        act = Act(clock.now(), applicant.id)
        new = NewRequest(
            school.id, "ediary", "signed_in", "guardian", Names(applicant.surname, "Анна"),
            f"crowd-{name}", applicant_id=applicant.id, pupil_id=pupil.id, relation="mother",
        )  # fmt: skip
        case = register_request(new, act).service_request_id
        town.people[f"{name}_case"] = ServiceRequest.get_by_id(case)
        town.people[f"{name}_consent"] = Consent.create(
            school=school, purpose="email", whose="applicant", subject=applicant, signer=applicant,
            decision="given", basis="лист", signed_on=today(), entered_at=act.at,
            entered_by=applicant, accepted_at=act.at, accepted_by=applicant, request=f"c-{name}",
        )  # fmt: skip
        way = begin_paper_way(
            NewPaperWay(school.id, pupil.id, None, "Бабушка", "no_device", today()), act
        )
        town.people[f"{name}_way"] = PaperWay.get_by_id(way)
        add_printout(town, name, school, way, act)
        add_answer(town, name, school, pupil, applicant)
        town.people[f"{name}_destroyed"] = DestructionAct.create(
            school=school, school_year=SchoolYear.get(SchoolYear.school == school), ordinal=1,
            made_on=today(), at=act.at, person=applicant, purpose="ediary", ended="[]",
            destroyed="[]", kept="[]", log_extract="[]",
        )  # fmt: skip


def add_printout(town: Town, name: str, school: School, way: int, act: Act) -> None:
    """A printout that was handed over, and a call, of somebody on the paper way."""
    school_class = town.school_class if name == "own" else town.other_class
    monday = monday_of(today())
    made = Printout.create(
        school=school, school_class=school_class, monday=monday, ordinal=1, title="Неделя",
        source="<!--body--><!--/body-->", digest="", vector="", asked_at=act.at, due_at=act.at,
        state="done", file_name="нет.pdf",
    )  # fmt: skip
    town.people[f"{name}_printout"] = made
    PrintoutPart.create(printout=made, paper_way=way, first_page=1, pages=1)
    town.people[f"{name}_handed"] = PrintoutHandOver.create(
        school=school, paper_way=way, monday=monday, printout=made, at=act.at, by=act.actor_id
    )
    town.people[f"{name}_call"] = PaperCall.create(
        school=school, paper_way=way, what="absence", about=today().isoformat(), at=act.at,
        by=act.actor_id, spoke_with="с бабушкой", request=f"{name}-call",
    )  # fmt: skip


def add_answer(town: Town, name: str, school: School, pupil: Person, applicant: Person) -> None:
    """An extract that is ready, and somebody who waits, passed on to a colleague."""
    act, prefix = Act(clock.now(), applicant.id), "" if name == "own" else "other_"
    new = NewRequest(
        school.id, "extract", "post", "guardian", Names(applicant.surname, "Анна"),
        f"crowd-x-{name}", applicant_id=applicant.id, pupil_id=pupil.id, relation="mother",
    )  # fmt: skip
    case = register_request(new, act).service_request_id
    made = issue_paper(NewIssued(case, today(), today(), f"crowd-i-{name}"), act)
    town.people[f"{prefix}issued"] = IssuedPaper.get_by_id(made.issued_paper_id)
    visit = log_arrival(Arrival(school.id, "мама", f"crowd-v-{name}"), act)
    if name == "own":
        pass_on(visit, town.people["colleague"].id, "", act)
    name_pupil(visit, pupil.id, act)
    town.people[f"{prefix}visit"] = Visit.get_by_id(visit)


def add_papers(town: Town) -> None:
    """A paper that a teacher of each school asked for; too late for it to be made now."""
    for name, school, asker in (
        ("paper", town.school, "teacher"),
        ("other_paper", town.other_school, "other_teacher"),
    ):
        at = clock.now()
        town.people[name] = Paper.create(
            key=f"{name}:{school.id}",
            kind="strips",
            school=school,
            asked_by=town.people[asker],
            title="Полоски",
            source="<!--body--><p>Полоска</p><!--/body-->",
            points=12,
            asked_at=at,
            due_at=at + timedelta(hours=1),
        )


def add_codes(town: Town) -> None:
    """A code of a pupil of each school, which its person has."""
    for name, school, pupil in (
        ("", town.school, "pupil"),
        ("other_", town.other_school, "other_pupil"),
    ):
        at, child = clock.now(), town.people[pupil]
        code = Invitation.create(
            school=school,
            person=child,
            kind="pupil",
            pupil=child,
            purpose="password",
            way="slip",
            code_hash=pupil,
            made_at=at,
            ends_at=at + timedelta(days=1),
            request=pupil,
        )
        town.people[f"{name}invitation"] = code
        town.people[f"{name}hand_over"] = HandOver.create(
            school=school,
            invitation=code,
            at=at,
            step="to_person",
            giver=child,
            taker=child,
            in_person=True,
            request=pupil,
        )


def give_everything(town: Town, somebody: Person, dates: dict) -> None:
    for kind in ("teacher", "administrator", "deputy_head", "head"):
        role(somebody, kind, town.school, **dates)
    role(somebody, "class_teacher", town.school, school_class=town.school_class, **dates)
    if dates != {"until_on": today()}:
        role(somebody, "officer", None, **dates)
    own_group(town, somebody)
    guardian(somebody, town.people["pupil"], **dates)


def own_group(town: Town, teacher: Person, *, other: bool = False) -> None:
    GroupTeacher.create(
        school=town.other_school if other else town.school,
        teaching_group=town.other_group if other else town.group,
        teacher=teacher,
        from_on=year_start(),
    )


def limit(somebody: Person, child: Person, area: str, **values) -> DiaryLimit:
    return DiaryLimit.create(
        person=somebody,
        pupil=child,
        area=area,
        ground="court_order",
        basis="решение суда",
        **{"from_on": today(), **values},
    )


def guardian(somebody: Person, child: Person, **dates) -> Guardianship:
    return Guardianship.create(
        guardian=somebody,
        pupil=child,
        kind="mother",
        basis="свидетельство о рождении",
        **{"from_on": year_start(), **dates},
    )


def addresses(app: Flask, town: Town):
    """(endpoint, methods, target, address) for every rule and every row it can be asked for."""
    adapter = app.url_map.bind("")
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule)):
        # Of a pupil in a group the pupil is the row.
        named = sorted((part for part in rule.arguments if part in TARGETS), reverse=True)
        for target in TARGETS[named[0]] if named else ("",):
            values = {"day": today(), "name": "nothing.css", "short_name": town.school.short_name}
            values |= {"what": "sheets", "form": "consent", "step": "pass"}
            values = {part: values[part] for part in rule.arguments if part in values}
            if named:
                values[named[0]] = id_of(town, target)
            for part in ("absence_id", "day_change_id"):
                if part in rule.arguments:
                    values[part] = getattr(town, part)
            if "subject_id" in rule.arguments:
                group = town.other_group if target == "other_pupil" else town.group
                values["subject_id"] = group.subject_id
            if "group_id" in rule.arguments and named[0] != "group_id":
                group = town.other_group if target == "other_pupil" else town.group
                values["group_id"] = group.id
            if "kind_id" in rule.arguments:
                values["kind_id"] = WorkKind.get(WorkKind.school == town.school).id
            if "version_id" in rule.arguments:
                act = town.other_act if target == "other_act" else town.act
                values["version_id"] = RegulationVersion.get(RegulationVersion.act == act).id
            if "excuse_id" in rule.arguments:
                name = "other_excuse" if target.startswith("other_") else "excuse"
                values["excuse_id"] = getattr(town, name).id
            if "column" in rule.arguments:
                school = town.other_school if target == "other_group" else town.school
                period = StudyPeriod.get(StudyPeriod.school == school)
                values["column"] = f"period-{period.id}"
            missing = rule.arguments - values.keys()
            assert not missing, f"{rule}: say in crowd.py what {missing} is filled with"
            address = adapter.build(rule.endpoint, values, force_external=False)
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found.append((rule.endpoint, methods, target, address))
    return found


def id_of(town: Town, target: str) -> int:
    if target.endswith("_run"):
        school = town.school if target == "own_run" else town.other_school
        return ImportRun.get(ImportRun.school == school).id
    return NOT_THERE if target == "not_there" else getattr(town, target).id


def bodies(town: Town) -> dict[str, dict[str, str]]:
    """Endpoint → what a good form of it holds: a refused write is refused for who sends it, not
    for what is wrong with it."""
    day, who = today().isoformat(), {"surname": "Новая", "given_name": "Анна"}
    pupil = town.people["pupil"].id
    return {
        "gradebook.save": {"topic": "Чужая запись", f"mark-{pupil}": "2", "attendance-taken": "1"},
        "gradebook.save_grid": {f"cell-{pupil}-{town.lesson.id}": "2"},
        "gradebook.save_grid_pupil": {f"cell-{pupil}-{town.lesson.id}": "2"},
        "gradebook.group_work": {"lesson": str(town.lesson.id), "kind": "1", "title": "Чужая"},
        "gradebook.works": {"kind": "1", "title": "Чужая работа"},
        "office.freeze_year": {"year": str(town.year.id)},
        "auth.decide": {"allow": "yes"},
        "auth.end_session": {"session": "0" * 16},
        "office.new_staff": {
            **who, "kind": "head", "school": str(town.school.id), "school_class": "0",
            "from_on": day,
        },
        "office.new_role": {
            "kind": "head", "school": str(town.school.id), "school_class": "0", "from_on": day,
        },
        "office.role": {"at_once": "y", "last_day": day, "reason": "приказ"},
        "office.issue_password": {"login": "stolen"},
        "office.new_representative": {**who, "kind": "mother", "basis": "паспорт", "from_on": day},
        "office.guardianship": {"at_once": "y", "last_day": day, "reason": "приказ"},
        "office.new_limit": {
            "person": str(town.people["father"].id), "area": "everything", "basis": "решение",
            "ground": "court_order", "from_on": day,
        },
        "office.limit": {"reason": "определение"},
        "office.leave": {"last_day": day, "ending": "left", "moves_to": "0", "reason": "приказ"},
        "office.enrolment": {
            "school_class": str(town.school_class.id), "from_on": day, "reason": "приказ",
        },
        "office.graduation": {"last_day": day, "reason": "приказ"},
        "help.question": {"text": "Чужое слово", "request": "0" * 32},
        "office.question": {"text": "Чужой ответ", "request": "1" * 32},
        "office.question_state": {"state": "closed"},
        "office.school_page": {"text": "Чужой текст"},
        "oversight.municipal_page": {"text": "Чужой текст"},
        "gradebook.save_column": {f"result-{pupil}": "5"},
        "gradebook.exam": {"title": "ОГЭ", "held_on": day},
        "classroom.deferrals": {
            "pupil": str(pupil), "column": "year", "subject": "0", "until_on": "31.12.2199",
            "reason": "болезнь", "order_name": "1", "order_on": day,
        },
        "oversight.close_results": {"column": "year"},
        "oversight.council": {
            f"decision-{pupil}": "repeats", "minutes_name": "1", "minutes_on": day,
        },
        "classroom.new_paper_person": {"person": f"{pupil}-{pupil}", "why": "no_device"},
        "classroom.paper_size": {"points": "24"},
        "classroom.end_paper_person": {"reason": "чужое слово"},
        "classroom.undo_printout": {"word": "чужое слово"},
        "classroom.undo_paper_call": {"word": "чужое слово"},
        "oversight.printouts": {"weekday": "0", "hour": "3"},
        "oversight.log_term": {"days": "365"},
        "oversight.grading": {"average": "plain", "threshold": "1/2"},
        "oversight.result_policy": {
            "least_marks": "5", "most_missed": "50", "year_threshold": "3/5", "confirm": "1",
        },
    }  # fmt: skip
