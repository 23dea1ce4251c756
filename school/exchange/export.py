"""A school as the rows of its files: what comes in by spreadsheets goes out by the same."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from school.exchange import school_rows as rows
from school.exchange.school_files import (
    BREAK_KINDS,
    DUTIES,
    GROUP_KINDS,
    GUARDIAN_KINDS,
    GUARDIANS,
    MARKINGS,
    PARITIES,
    PERIOD_KINDS,
    WEEKDAYS,
)
from school.exchange.values import fold
from school.models import (
    Account,
    Bell,
    BellSchedule,
    CurriculumLine,
    Enrolment,
    ExternalId,
    GroupMembership,
    GroupTeacher,
    Guardianship,
    LessonPlanTopic,
    Person,
    Role,
    School,
    SchoolBreak,
    SchoolClass,
    SchoolYear,
    StudyPeriod,
    Subject,
    TeachingGroup,
    TimetableEntry,
    WorkKind,
)
from school.rules.marks import EXTRACURRICULAR

#: Stands before the number of a person's record, where a school gave them no code of its own.
OWN_CODE = "id-"
Cells = dict[str, str]


def words_for(words: dict[str, Any]) -> dict[Any, str]:
    """Value → its first spelling."""
    found: dict[Any, str] = {}
    for word, value in words.items():
        found.setdefault(value, word)
    return found


def people_of_school(school_id: int) -> set[int]:
    """Ids of everybody who was ever tied to a school: staff, pupils, their representatives."""
    found: set[int] = set()
    pupils = Enrolment.select(Enrolment.pupil).where(Enrolment.school == school_id)
    for query in (
        Role.select(Role.person).where(Role.school == school_id),
        pupils,
        Guardianship.select(Guardianship.guardian).where(Guardianship.pupil.in_(pupils)),
        GroupTeacher.select(GroupTeacher.teacher).where(GroupTeacher.school == school_id),
        TimetableEntry.select(TimetableEntry.teacher).where(TimetableEntry.school == school_id),
    ):
        found.update(row[0] for row in query.tuples())
    return found


def find_present_year(school_id: int, today: date) -> Any | None:
    """The school year of a day; in summer the one that is ready next, else the last."""
    years = list(
        SchoolYear.select().where(SchoolYear.school == school_id).order_by(SchoolYear.from_on)
    )
    for year in years:
        if year.until_on >= today:
            return year
    return years[-1] if years else None


def export_school(school_id: int, today: date) -> dict[str, list[Cells]]:
    """The rows of each table as cells by heading, for the present school year."""
    school = School.get_by_id(school_id)
    year = find_present_year(school_id, today)
    if year is None:
        return {}
    return _Export(school, year, today).tables()


class _Export:
    def __init__(self, school: Any, year: Any, today: date) -> None:
        self.school = school
        self.year = year
        #: In August what holds from September is the present.
        self.day = min(max(today, year.from_on), year.until_on)
        self.codes = self._codes()
        self.classes = {
            row.id: row
            for row in SchoolClass.select().where(
                SchoolClass.school == school, SchoolClass.school_year == year
            )
        }
        self.subjects = {
            row.id: row.name for row in Subject.select().where(Subject.school == school)
        }
        self.groups = {
            row.id: row
            for row in TeachingGroup.select().where(
                TeachingGroup.school == school, TeachingGroup.school_year == year
            )
        }

    def tables(self) -> dict[str, list[Cells]]:
        return {
            rows.SCHOOL: [self._school()],
            rows.BELLS: self._bells(),
            rows.PERIODS: self._periods(),
            rows.HOLIDAYS: self._breaks(),
            rows.STAFF: self._staff(),
            rows.CLASSES: self._classes(),
            rows.PUPILS: self._pupils(),
            rows.GROUPS: self._groups(),
            rows.TIMETABLE: self._timetable(),
            rows.PLANS: self._plans(),
            rows.SUBJECTS: [{"Предмет": name} for name in sorted(self.subjects.values(), key=fold)],
            rows.WORK_KINDS: self._work_kinds(),
            rows.CURRICULUM: self._curriculum(),
        }

    def _codes(self) -> dict[str, dict[int, str]]:
        """kind → person → the code the school's files have for them."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        for value, person_id in (
            ExternalId.select(ExternalId.value, ExternalId.row)
            .where(
                ExternalId.school == self.school,
                ExternalId.source == "files",
                ExternalId.table_name == "person",
            )
            .order_by(ExternalId.id.desc())
            .tuples()
        ):
            kind, _, code = value.partition(":")
            found[kind][person_id] = code
        return found

    def _code(self, kind: str, person_id: int) -> str:
        return self.codes[kind].get(person_id) or f"{OWN_CODE}{person_id}"

    def _holds(self, row: Any) -> bool:
        return row.until_on is None or row.until_on >= self.day

    def _school(self) -> Cells:
        school, year = self.school, self.year
        return {
            "Короткое имя": school.short_name,
            "Название": school.name,
            "Полное название": school.full_name,
            "Часовой пояс": school.time_zone,
            "Регламент": school.regulation,
            "Дней в неделе": str(school.days_in_week),
            "Учебный год с": _day(year.from_on),
            "Учебный год по": _day(year.until_on),
        }

    def _bells(self) -> list[Cells]:
        query = (
            Bell.select(Bell, BellSchedule)
            .join(BellSchedule)
            .where(Bell.school == self.school)
            .order_by(BellSchedule.id, Bell.lesson_number)
        )
        return [
            {
                "Урок": str(bell.lesson_number),
                "Начало": bell.starts_at,
                "Конец": bell.ends_at,
                "Звонки": bell.bell_schedule.name,
            }
            for bell in query
        ]

    def _periods(self) -> list[Cells]:
        kinds = words_for(PERIOD_KINDS)
        query = (
            StudyPeriod.select()
            .where(StudyPeriod.school == self.school, StudyPeriod.school_year == self.year)
            .order_by(StudyPeriod.from_grade, StudyPeriod.from_on, StudyPeriod.kind)
        )
        return [
            {
                "Вид": kinds[row.kind],
                "Название": row.name,
                "С класса": str(row.from_grade),
                "По класс": str(row.until_grade),
                "Начало": _day(row.from_on),
                "Конец": _day(row.until_on),
            }
            for row in query
        ]

    def _breaks(self) -> list[Cells]:
        kinds = words_for(BREAK_KINDS)
        query = (
            SchoolBreak.select()
            .where(
                SchoolBreak.school == self.school,
                SchoolBreak.from_on.between(self.year.from_on, self.year.until_on),
            )
            .order_by(SchoolBreak.from_on, SchoolBreak.from_grade, SchoolBreak.name)
        )
        return [
            {
                "Название": row.name,
                "Вид": kinds[row.kind],
                "Начало": _day(row.from_on),
                "Конец": _day(row.until_on),
                "Классы": f"{row.from_grade}-{row.until_grade}",
            }
            for row in query
        ]

    def _staff(self) -> list[Cells]:
        duties: dict[int, list[str]] = defaultdict(list)
        words = words_for(DUTIES)
        for role in Role.select().where(Role.school == self.school).order_by(Role.kind, Role.id):
            word = words.get(role.kind)
            if word and self._holds(role) and word not in duties[role.person_id]:
                duties[role.person_id].append(word)
        wanted = duties.keys() | self.codes["staff"].keys()
        logins = dict(
            Account.select(Account.person, Account.login)
            .where(Account.person.in_(list(wanted)))
            .tuples()
        )
        return [
            {
                "Код": self._code("staff", person.id),
                **_names(person),
                "Дата рождения": _day(person.birth_on),
                "Должности": ", ".join(duties[person.id]) or "учитель",
                "Логин": logins.get(person.id, ""),
            }
            for person in _people(wanted)
        ]

    def _classes(self) -> list[Cells]:
        teachers = {
            role.school_class_id: role.person_id
            for role in Role.select().where(
                Role.school == self.school, Role.kind == "class_teacher"
            )
            if self._holds(role)
        }
        return [
            {
                "Класс": _class_name(row),
                "Классный руководитель": (
                    self._code("staff", teachers[row.id]) if row.id in teachers else ""
                ),
            }
            for row in self._ordered_classes()
        ]

    def _ordered_classes(self) -> list[Any]:
        return sorted(self.classes.values(), key=lambda row: (row.grade, row.letter))

    def _pupils(self) -> list[Cells]:
        latest: dict[int, Any] = {}
        for row in (
            Enrolment.select()
            .where(
                Enrolment.school == self.school,
                Enrolment.school_class.in_(list(self.classes) or [0]),
            )
            .order_by(Enrolment.from_on, Enrolment.id)
        ):
            latest[row.pupil_id] = row
        ties: dict[int, list[Any]] = defaultdict(list)
        for tie in (
            Guardianship.select(Guardianship, Person)
            .join(Person, on=(Guardianship.guardian == Person.id))
            .where(
                Guardianship.pupil.in_(
                    Enrolment.select(Enrolment.pupil).where(Enrolment.school == self.school)
                )
            )
            .order_by(Guardianship.id)
        ):
            if self._holds(tie):
                ties[tie.pupil_id].append(tie)
        order = {row.id: n for n, row in enumerate(self._ordered_classes())}
        found = []
        for person in sorted(
            _people(latest), key=lambda p: (order[latest[p.id].school_class_id], _sorted_name(p))
        ):
            place = latest[person.id]
            cells = {
                "Личное дело": self._code("pupil", person.id),
                **_names(person),
                "Дата рождения": _day(person.birth_on),
                "Класс": _class_name(self.classes[place.school_class_id]),
                "Зачислен с": _day(place.from_on),
                "Выбыл": _day(place.until_on),
                "Причина": place.reason,
            }
            for tie, headings in zip(ties[person.id], GUARDIANS, strict=False):
                cells |= self._guardian(tie, headings)
            found.append(cells)
        return found

    def _guardian(self, tie: Any, headings: tuple[str, ...]) -> Cells:
        guardian = tie.guardian
        code = self.codes["guardian"].get(guardian.id) or self.codes["staff"].get(guardian.id)
        values = (
            guardian.surname,
            guardian.given_name,
            guardian.patronymic,
            words_for(GUARDIAN_KINDS)[tie.kind],
            tie.basis,
            code or f"{OWN_CODE}{guardian.id}",
        )
        return dict(zip(headings, values, strict=True))

    def _groups(self) -> list[Cells]:
        kinds, markings = words_for(GROUP_KINDS), words_for(MARKINGS)
        teachers: dict[int, int] = {}
        for tie in (
            GroupTeacher.select()
            .where(GroupTeacher.school == self.school)
            .order_by(GroupTeacher.id)
        ):
            if self._holds(tie):
                teachers.setdefault(tie.teaching_group_id, tie.teacher_id)
        members: dict[int, list[int]] = defaultdict(list)
        for row in GroupMembership.select().where(GroupMembership.school == self.school):
            if self._holds(row):
                members[row.teaching_group_id].append(row.pupil_id)
        found = []
        for group in sorted(self.groups.values(), key=self._group_order):
            listed = members[group.id] if group.kind != "class" else []
            found.append(
                {
                    "Название": group.name,
                    "Предмет": self.subjects[group.subject_id],
                    "Вид": kinds[group.kind],
                    "Класс": (
                        _class_name(self.classes[group.school_class_id])
                        if group.school_class_id in self.classes
                        else ""
                    ),
                    "Учитель": (
                        self._code("staff", teachers[group.id]) if group.id in teachers else ""
                    ),
                    "Отметки": markings[
                        EXTRACURRICULAR if group.is_extracurricular else group.marking
                    ],
                    "Состав": " ".join(sorted({self._code("pupil", p) for p in listed})),
                }
            )
        return found

    def _group_order(self, group: Any) -> tuple[Any, ...]:
        place = self.classes.get(group.school_class_id)
        of_class = (place.grade, place.letter) if place else (99, "")
        return (*of_class, fold(self.subjects[group.subject_id]), group.name)

    def _timetable(self) -> list[Cells]:
        days = words_for(WEEKDAYS)
        parities = {value: word for word, value in PARITIES.items()}
        schedules = {
            row.id: row.name
            for row in BellSchedule.select().where(BellSchedule.school == self.school)
        }
        entries = [
            entry
            for entry in TimetableEntry.select().where(
                TimetableEntry.school == self.school,
                TimetableEntry.teaching_group.in_(list(self.groups) or [0]),
            )
            if self._holds(entry)
        ]
        entries.sort(
            key=lambda e: (
                e.weekday, e.lesson_number, self._group_order(self.groups[e.teaching_group_id]),
                e.week_parity, e.from_on,
            )
        )  # fmt: skip
        year = self.year
        return [
            {
                "День": days[entry.weekday],
                "Урок": str(entry.lesson_number),
                "Предмет": self.subjects[self.groups[entry.teaching_group_id].subject_id],
                "Группа": self.groups[entry.teaching_group_id].name,
                "Учитель": self._code("staff", entry.teacher_id),
                "Кабинет": entry.room,
                "Неделя": parities.get(entry.week_parity, ""),
                "С": "" if entry.from_on == year.from_on else _day(entry.from_on),
                "По": "" if entry.until_on in (None, year.until_on) else _day(entry.until_on),
                "Звонки": schedules[entry.bell_schedule_id],
            }
            for entry in entries
        ]

    def _plans(self) -> list[Cells]:
        found = []
        for topic in (
            LessonPlanTopic.select()
            .where(
                LessonPlanTopic.school == self.school,
                LessonPlanTopic.teaching_group.in_(list(self.groups) or [0]),
            )
            .order_by(LessonPlanTopic.teaching_group, LessonPlanTopic.ordinal)
        ):
            group = self.groups[topic.teaching_group_id]
            found.append(
                {
                    "Предмет": self.subjects[group.subject_id],
                    "Группа": group.name,
                    "Номер": str(topic.ordinal),
                    "Тема": topic.topic,
                    "Материал": topic.material,
                    "Домашнее задание": topic.homework,
                }
            )
        return sorted(
            found, key=lambda row: (fold(row["Предмет"]), row["Группа"], int(row["Номер"]))
        )

    def _work_kinds(self) -> list[Cells]:
        query = WorkKind.select().where(WorkKind.school == self.school)
        return [
            {
                "Вид работы": row.name,
                "Вес": amount(row.weight),
                "Важная": "да" if row.is_important else "нет",
                "Отметка каждому": "да" if row.marks_expected else "нет",
            }
            for row in sorted(query, key=lambda row: fold(row.name))
        ]

    def _curriculum(self) -> list[Cells]:
        query = CurriculumLine.select().where(
            CurriculumLine.school == self.school,
            CurriculumLine.school_class.in_(list(self.classes) or [0]),
        )
        order = {row.id: n for n, row in enumerate(self._ordered_classes())}
        return [
            {
                "Класс": _class_name(self.classes[line.school_class_id]),
                "Предмет": self.subjects[line.subject_id],
                "Часов в неделю": amount(line.hours_in_week),
                "Часов в год": amount(line.hours_in_year),
            }
            for line in sorted(
                query,
                key=lambda line: (
                    order[line.school_class_id],
                    fold(self.subjects[line.subject_id]),
                ),
            )
        ]


def amount(value: Fraction | None) -> str:
    """A weight or hours as a file has them: «2,5»."""
    if value is None:
        return ""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",")


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _names(person: Any) -> Cells:
    return {
        "Фамилия": person.surname,
        "Имя": person.given_name,
        "Отчество": person.patronymic,
    }


def _sorted_name(person: Any) -> tuple[str, int]:
    return fold(f"{person.surname} {person.given_name} {person.patronymic}"), person.id


def _people(ids: Iterable[int]) -> list[Any]:
    wanted = list(ids)
    found: list[Any] = []
    for n in range(0, len(wanted), 500):
        found.extend(Person.select().where(Person.id.in_(wanted[n : n + 500])))
    return sorted(found, key=_sorted_name)


def _class_name(row: Any) -> str:
    return f"{row.grade}{row.letter}"
