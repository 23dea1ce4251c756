"""The way of a request: its stages, who holds each, what may follow (A1–A4, A8).

Which stages a request passes is data of the regulation: where it knows no class teacher in this
(Регламент СОШ № 19, п. 2), sheets and codes stay at the office.
"""

from collections.abc import Collection
from dataclasses import dataclass

from school.rules.names import alphabetical

# Kinds, as the regulation's [requests] call them.
EDIARY = "ediary"
EXTRACT = "extract"
WRITTEN_INFORMATION = "written_information"
REFUSAL = "refusal_of_electronic_form"
TERMINATION = "termination"
CONSULTATION = "consultation"
KINDS = (EDIARY, EXTRACT, WRITTEN_INFORMATION, REFUSAL, TERMINATION, CONSULTATION)

# Stages. The last five end the way.
CONSENT_AWAITED = "consent_awaited"
CHECKING = "checking"
SENT_BACK = "sent_back"
ACCEPTING = "accepting"
PREPARING = "preparing"
PREPARING_CODE = "preparing_code"
CODE_AT_CLASS_TEACHER = "code_at_class_teacher"
CODE_AT_OFFICE = "code_at_office"
READY = "ready"
DONE = "done"
REFUSED_ACCEPTANCE = "refused_acceptance"
REFUSED = "refused"
NO_CONSENT = "no_consent"
TAKEN_BACK = "taken_back"

OPEN_STAGES = (
    CONSENT_AWAITED, SENT_BACK, CHECKING, ACCEPTING, PREPARING, PREPARING_CODE,
    CODE_AT_CLASS_TEACHER, CODE_AT_OFFICE, READY,
)  # fmt: skip
FINAL_STAGES = (DONE, REFUSED_ACCEPTANCE, REFUSED, NO_CONSENT, TAKEN_BACK)
STAGES = (*OPEN_STAGES, *FINAL_STAGES)
CODE_STAGES = frozenset({PREPARING_CODE, CODE_AT_CLASS_TEACHER, CODE_AT_OFFICE})

# Who has it in hand.
BY_APPLICANT, BY_CLASS_TEACHER, BY_ADMINISTRATOR = "applicant", "class_teacher", "administrator"

_HOLDERS = {
    CHECKING: BY_CLASS_TEACHER,
    SENT_BACK: BY_APPLICANT,
    ACCEPTING: BY_ADMINISTRATOR,
    PREPARING: BY_ADMINISTRATOR,
    PREPARING_CODE: BY_ADMINISTRATOR,
    CODE_AT_CLASS_TEACHER: BY_CLASS_TEACHER,
    CODE_AT_OFFICE: BY_ADMINISTRATOR,
    READY: BY_ADMINISTRATOR,
}

#: What is answered by a numbered paper with a kept copy (D2, D3).
NUMBERED = (EXTRACT, WRITTEN_INFORMATION)

#: The row of the requirements whose term a kind's whole way has; other kinds have none.
TERM_ROWS = {EDIARY: "A8", EXTRACT: "C5", WRITTEN_INFORMATION: "D3"}
#: Stages in which what was promised is there for the applicant: the term is met (A8: «met when
#: the slip is with the class teacher, or ready at the office»).
MEETING = frozenset({CODE_AT_CLASS_TEACHER, CODE_AT_OFFICE, READY, DONE})

#: Where a stage may lead. Every open one may also be taken back by the applicant.
MOVES: dict[str, frozenset[str]] = {
    CONSENT_AWAITED: frozenset({CHECKING, ACCEPTING, NO_CONSENT, REFUSED_ACCEPTANCE, REFUSED}),
    CHECKING: frozenset({ACCEPTING, SENT_BACK, NO_CONSENT}),
    SENT_BACK: frozenset({CHECKING, ACCEPTING, NO_CONSENT, REFUSED_ACCEPTANCE, REFUSED}),
    ACCEPTING: frozenset(
        {PREPARING_CODE, SENT_BACK, DONE, NO_CONSENT, REFUSED_ACCEPTANCE, REFUSED}
    ),
    PREPARING: frozenset({READY, DONE, REFUSED_ACCEPTANCE, REFUSED}),
    PREPARING_CODE: frozenset({CODE_AT_CLASS_TEACHER, CODE_AT_OFFICE, DONE, REFUSED}),
    # A code that was lost or ran out is printed anew.
    CODE_AT_CLASS_TEACHER: frozenset({PREPARING_CODE, CODE_AT_OFFICE, DONE}),
    CODE_AT_OFFICE: frozenset({PREPARING_CODE, CODE_AT_CLASS_TEACHER, DONE}),
    READY: frozenset({DONE}),
}


def may_move(stage: str, to: str) -> bool:
    """Whether a request may come from a stage to another."""
    if to == TAKEN_BACK:
        return stage in OPEN_STAGES
    return to in MOVES.get(stage, ())


def holder(stage: str, *, class_teacher: bool) -> str:
    """Who has the request in hand: one of BY_…, or empty where it is over. `class_teacher`: by
    the regulation the consent sheet goes through the class teacher."""
    if stage == CONSENT_AWAITED:
        return BY_CLASS_TEACHER if class_teacher else BY_ADMINISTRATOR
    return _HOLDERS.get(stage, "")


# Sheets

APPLICANTS_DATA, PUPILS_DATA = "applicant", "pupil"


def sheets_needed(applicant_is: str) -> tuple[str, ...]:
    """Whose data the e-diary takes a sheet for: the applicant's and the child's (A2); a pupil has
    one of their own, signed by the family or, of age, by themselves."""
    return (APPLICANTS_DATA, PUPILS_DATA) if applicant_is == "guardian" else (PUPILS_DATA,)


def first_stage(
    kind: str, *, class_teacher: bool, sheets: Collection[str] = (), is_electronic: bool = False
) -> str:
    """Where a request begins. `sheets` are the decisions ('given', 'refused') that came with it;
    `is_electronic`: they need nobody's hands."""
    if kind == EDIARY:
        if "refused" in sheets:
            return NO_CONSENT
        if not sheets:
            return CONSENT_AWAITED
        if not class_teacher:
            return ACCEPTING
        # On paper the class teacher says when the sheet came: their term counts from there.
        return CHECKING if is_electronic else CONSENT_AWAITED
    return ACCEPTING if kind in (REFUSAL, TERMINATION) else PREPARING


# Documents

CONSENT = "consent"


def documents_needed(
    documents: Collection[str], kind: str, relation: str = "", channel: str = ""
) -> tuple[str, ...]:
    """The documents of a request that have to be seen: those that the regulation lists, and for
    the e-diary the consent always (A2). Who is signed in was seen already, and a mother or father
    shows no act of guardianship."""
    wanted = [*documents]
    if kind == EDIARY and CONSENT not in wanted:
        wanted.append(CONSENT)
    if channel == "signed_in":
        wanted = [name for name in wanted if name not in ("application", "identity")]
    return tuple(wanted)


@dataclass(frozen=True, slots=True)
class Names:
    """A person as they wrote themselves."""

    surname: str
    given_name: str
    patronymic: str = ""

    @property
    def full(self) -> str:
        return " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))


def folded(name: str) -> str:
    """A name for comparing: «ё» is «е», one kind of hyphen and of apostrophe, no case, single
    blanks. What was typed is kept as it was."""
    for sign in "‐‑‒–—−":
        name = name.replace(sign, "-")
    for sign in "’ʼ`´‘":
        name = name.replace(sign, "'")
    return " ".join(alphabetical(name).split())


def same_name(one: Names, two: Names) -> bool:
    """Whether two write themselves alike; a patronymic that one of them left out says nothing."""
    if (folded(one.surname), folded(one.given_name)) != (
        folded(two.surname),
        folded(two.given_name),
    ):
        return False
    return (
        not one.patronymic or not two.patronymic or folded(one.patronymic) == folded(two.patronymic)
    )


_LETTERS = frozenset("-' .’ʼ‐")


def name_problem(name: str) -> str:
    """What is wrong with a name, in Russian; empty: nothing. Hyphens, apostrophes, blanks and any
    letters are fine."""
    if not any(letter.isalpha() for letter in name):
        return "Здесь нужны буквы."
    if not all(letter.isalpha() or letter in _LETTERS for letter in name):
        return "Уберите знаки, которых в имени нет: цифры, кавычки, скобки."
    return ""
