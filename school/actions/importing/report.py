"""What an import did, for the person who ran it."""

from dataclasses import dataclass, field

#: Kinds of rows in the order of the report, as people call them.
KINDS = {
    "school": "школа",
    "school_year": "учебный год",
    "bell": "звонки",
    "study_period": "учебные периоды",
    "school_break": "каникулы и выходные",
    "staff": "сотрудники",
    "role": "должности",
    "school_class": "классы",
    "pupil": "ученики",
    "guardian": "законные представители",
    "guardianship": "связи с представителями",
    "enrolment": "зачисления",
    "teaching_group": "учебные группы",
    "group_teacher": "учителя групп",
    "group_membership": "состав групп",
    "timetable_entry": "расписание",
    "lesson_plan_topic": "темы планов",
    "lesson": "уроки",
    "account": "учётные записи",
    "subject": "предметы",
    "work_kind": "виды работ",
    "curriculum_line": "учебный план",
}


@dataclass(slots=True)
class Counts:
    """Rows of one kind: made, changed (ended and removed ones too), found equal."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def words(self) -> list[str]:
        """What there is, in words; of what there is none of, nothing is said."""
        said = (("новых", self.new), ("изменено", self.changed), ("без изменений", self.same))
        return [f"{words} {number}" for words, number in said if number]


@dataclass(frozen=True, slots=True)
class IssuedPassword:
    """A one-time password to hand out; it is kept nowhere else."""

    name: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Event:
    """What a row of the files did to a row of the database: «new», or «changed» with what."""

    kind: str
    what: str
    detail: str = ""


@dataclass(slots=True)
class ImportReport:
    """Counts by kind (the keys of `KINDS`), sentences about what was left as it is, and the
    one-time passwords of new accounts."""

    school_id: int = 0
    counts: dict[str, Counts] = field(default_factory=lambda: {kind: Counts() for kind in KINDS})
    notes: list[str] = field(default_factory=list)
    passwords: list[IssuedPassword] = field(default_factory=list)
    #: (file, line) → what that row did.
    events: dict[tuple[str, int], list[Event]] = field(default_factory=dict)
    #: What could be taken back (`school/actions/changes.py`), as text.
    changes: str = ""

    @property
    def changed_anything(self) -> bool:
        return any(counts.new or counts.changed for counts in self.counts.values())

    def lines(self) -> list[str]:
        """The report as lines of text: counts, then notes. Without the passwords."""
        counted = [
            f"{KINDS[kind]}: {', '.join(said)}"
            for kind, counts in self.counts.items()
            if (said := counts.words())
        ]
        return counted + self.notes
