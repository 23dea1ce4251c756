"""Marks and absences as teachers type them.

H1: 2–5 (1 by setting), зач/незач, осв, «точка», two in one cell. What people write is data
below; parsing gives one canonical text per cell, or a sentence that says what to do.
"""

import re
from dataclasses import dataclass

FIVE = "five"
PASS = "pass"  # noqa: S105 - the English for «зачёт»
NONE = "none"
#: Внеурочная деятельность: who was there, and nothing else.
EXTRACURRICULAR = "extracurricular"

DOT = "."

#: Canonical mark → spoken, for every way of marking a group.
NUMBERS = ("2", "3", "4", "5")
LOWEST = "1"
PASSES = ("зач", "незач")
EXEMPT = "осв"

MARKS_OF = {
    FIVE: (*NUMBERS, *PASSES, EXEMPT, DOT),
    PASS: (*PASSES, EXEMPT, DOT),
    NONE: (EXEMPT,),
    EXTRACURRICULAR: (),
}

OTHER_SPELLINGS = {
    "зачет": "зач",
    "зачёт": "зач",
    "зч": "зач",
    "незачет": "незач",
    "незачёт": "незач",
    "нз": "незач",
    "освобожден": "осв",
    "освобождён": "осв",
    "освобождена": "осв",
    "•": DOT,
    "·": DOT,
}


@dataclass(frozen=True, slots=True)
class AttendanceCode:
    code: str
    #: How the register's list names it.
    label: str
    other_spellings: tuple[str, ...]

    @property
    def is_absence(self) -> bool:
        return self.code != LATE


LATE = "о"
NO_REASON = "н"
ATTENDANCE_CODES = (
    AttendanceCode(NO_REASON, "н — нет, причина не названа", ("от",)),
    AttendanceCode("б", "б — болеет", ()),
    AttendanceCode("у", "у — нет, причина уважительная", ("п", "уп")),
    AttendanceCode("нп", "нп — нет, без причины", ()),
    AttendanceCode(LATE, "о — опоздание", ("оп",)),
)
ATTENDANCE_BY_CODE = {code.code: code for code in ATTENDANCE_CODES}
_ATTENDANCE_SPELLINGS = {
    spelling: code.code
    for code in ATTENDANCE_CODES
    for spelling in (code.code, *code.other_spellings)
}

_SEPARATORS = re.compile(r"[\s/,;]+")
_LATIN = re.compile(r"[A-Za-z]")


class MarkError(ValueError):
    """What was typed is no mark; the message says what can be typed."""


@dataclass(frozen=True, slots=True)
class TypedCell:
    """What stands in a mark's field: at most two marks, and an absence typed beside them."""

    marks: tuple[str, ...]
    attendance: str | None

    @property
    def text(self) -> str:
        return "/".join(self.marks)


def parse_attendance(text: str) -> str:
    """The code behind a typed absence, or "" for present. Raises MarkError."""
    typed = text.strip().lower()
    if not typed:
        return ""
    try:
        return _ATTENDANCE_SPELLINGS[typed]
    except KeyError:
        raise MarkError(
            f"«{shorten(text)}» — не пометка о посещаемости. "
            "Подходят: н, б, у, нп, о или пустое поле."
        ) from None


def parse_cell(text: str, marking: str = FIVE, *, ones_allowed: bool = False) -> TypedCell:
    """Read a mark's field: «5», «4/5», «зач», «осв», «.», and «н» among them.

    `marking` is how the group is marked. Raises MarkError with a sentence for the teacher.
    """
    allowed = MARKS_OF[marking] + ((LOWEST,) if ones_allowed and marking == FIVE else ())
    marks: list[str] = []
    attendance: str | None = None
    for typed in filter(None, _SEPARATORS.split(text.strip())):
        token = typed.lower()
        token = OTHER_SPELLINGS.get(token, token)
        if token in allowed:
            marks.append(token)
        elif token in _ATTENDANCE_SPELLINGS and attendance is None:
            attendance = _ATTENDANCE_SPELLINGS[token]
        else:
            raise MarkError(_no_such_mark(typed, allowed))
    if text.strip() and not marks and not attendance:
        raise MarkError(_no_such_mark(text, allowed))  # a stroke alone is no wish to clear
    if len(marks) > 2:
        raise MarkError("В клетке помещаются две отметки. Третью поставьте за другую работу.")
    return TypedCell(tuple(marks), attendance)


def _no_such_mark(typed: str, allowed: tuple[str, ...]) -> str:
    if not allowed:
        return "На внеурочных занятиях отметок не ставят: отметьте только, кто был."
    shown = ", ".join("точка (.)" if mark == DOT else mark for mark in allowed)
    if _LATIN.search(typed):
        return f"«{shorten(typed)}» набрано латинскими буквами. Подходят: {shown}, н."
    return f"Отметки «{shorten(typed)}» нет. Подходят: {shown}; две пишут так: 4/5."


def shorten(text: str, letters: int = 20) -> str:
    """A typed text as it is quoted in a message."""
    text = text.strip()
    return text if len(text) <= letters else text[: letters - 1] + "…"


def grid_cell(marks: str, code: str) -> str:
    """What the grid shows in a lesson's first column, where attendance and mark share a cell as
    they do on paper: «н», «5», «о 4/5»."""
    return f"{code} {marks}" if code and marks else code or marks


def split_grid_cell(text: str) -> tuple[str, str]:
    """The mark's text and the absence's, out of what was typed into such a cell. What is no code
    is left with the marks, whose parsing says what is wrong with it."""
    attendance = ""
    rest: list[str] = []
    for typed in filter(None, _SEPARATORS.split(text.strip())):
        if not attendance and typed.lower() in _ATTENDANCE_SPELLINGS:
            attendance = typed
        else:
            rest.append(typed)
    if not attendance:
        return text, ""
    return "/".join(rest), attendance
