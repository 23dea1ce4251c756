"""The diary as running text, to be heard: sentences in place of a list of short pieces (H20).

A screen reader stops at every full stop, says «каб.» letter by letter or not at all, and names
the parts of a list («терм описания, три значения»). Here each lesson is a few whole sentences.
What a teacher wrote keeps its words; only signs and abbreviations are written out.
"""

import re
from datetime import date
from typing import Protocol

from school.rules.marks import DOT
from school.wording import capital, day_and_month, for_work, spoken_marks, weight

#: Abbreviation before a number → one, several.
_WRITTEN_OUT = {
    r"упр\.": ("упражнение", "упражнения"),
    r"стр\.": ("страница", "страницы"),
    r"с\.": ("страница", "страницы"),
    r"п\.": ("пункт", "пункты"),
    r"гл\.": ("глава", "главы"),
    r"рис\.": ("рисунок", "рисунки"),
    r"каб\.": ("кабинет", "кабинеты"),
    r"§§?": ("параграф", "параграфы"),
    r"№№?": ("номер", "номера"),
}
_ABBREVIATION = re.compile(
    rf"(?<![\w.])(?<!т\. )({'|'.join(_WRITTEN_OUT)})\s*"
    r"(?=\d+(?:\.\d+)?(\s*[–—-]\s*\d|,\s*\d|\s+и\s+\d)?)",
    re.IGNORECASE,
)
_COUNTED = (
    "параграфы|пункты|страницы|главы|рисунки|номера|упражнения|вопросы|задания|задачи|примеры"
    "|строки|строфы|действия|явления|слайды|неделя"
)
#: «вопросы 1–5»; elsewhere («2–3 раза») a dash is heard as it is.
_RANGE = re.compile(rf"\b({_COUNTED}) (\d+)\s*[–—-]\s*(\d+)(?![\w–—-])", re.IGNORECASE)
_HOURS = re.compile(r"(\d\d:\d\d)\s*[–—-]\s*(\d\d:\d\d)")
#: «А. С. Пушкин», «П.И. Чайковский».
_INITIAL = re.compile(r"\b([А-ЯЁ])\.\s*(?=[А-ЯЁ](?:\.|[а-яё]))")
_ENDS = (".", "!", "?", "…", ":")


def aloud(text: str) -> str:
    """A text as it is read out: «упр. 131, 134» is «упражнения 131, 134», «§ 16–17» «параграфы с
    16 по 17», «А. С. Пушкин» stops nowhere."""

    def write_out(found: re.Match[str]) -> str:
        written, has_more = found[1].lower(), found[2]
        for pattern, words in _WRITTEN_OUT.items():
            if re.fullmatch(pattern, written):
                word = words[bool(has_more)]
                return f"{capital(word) if found[1][0].isupper() else word} "
        return found[0]

    text = " ".join(text.split())
    text = _HOURS.sub(r"с \1 до \2", text)
    text = _ABBREVIATION.sub(write_out, text)
    text = _RANGE.sub(r"\1 с \2 по \3", text)
    return _INITIAL.sub(r"\1 ", text)


def sentence(*parts: str) -> str:
    """Parts as one sentence with its full stop; empty where there is nothing to say."""
    text = aloud("".join(parts)).strip(" ;,")
    if not text:
        return ""
    return capital(text) if text.endswith(_ENDS) else f"{capital(text)}."


_SIGNS = {
    "·": " на ",
    " + ": ", плюс ",
    " : ": "; делить на ",
    " = ": "; равно ",
    " ≈ ": "; примерно ",
}


def sum_aloud(text: str) -> str:
    """«(5·3 + 4·1) : 4 = 4,75» in words: «5 на 3, плюс 4 на 1; делить на 4; равно 4,75.»: a
    screen reader says «точка в центре» for the sign between a mark and its weight."""
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    return sentence(text.replace("(", "").replace(")", ""))


class Work(Protocol):
    """What is told of a work."""

    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> str: ...
    @property
    def marks(self) -> str: ...
    @property
    def worked_on(self) -> date | None: ...


class Lesson(Protocol):
    """What is told of a lesson: school/queries/diary.py, DiaryLesson."""

    @property
    def lesson_number(self) -> int: ...
    @property
    def when_and_where(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def material(self) -> str: ...
    @property
    def homework(self) -> str: ...
    @property
    def own_homework(self) -> str: ...
    @property
    def comment(self) -> str: ...
    @property
    def attendance(self) -> str: ...
    @property
    def is_cancelled(self) -> bool: ...
    @property
    def is_empty(self) -> bool: ...
    @property
    def works(self) -> tuple[Work, ...]: ...
    @property
    def changes(self) -> tuple[str, ...]: ...


def _named(what: str, text: str) -> str:
    return f"{what} {text}" if text.strip() else ""


def lesson_text(lesson: Lesson, school: str = "") -> str:
    """A lesson as a paragraph: what and when, changes, topic, homework, attendance, marks, and
    the teacher's words. `school` is named where it is another one."""
    told = [
        sentence(f"{lesson.lesson_number}-й урок: {lesson.subject}"),
        sentence(lesson.when_and_where, f", {school}" if school else ""),
        *(sentence(change) for change in lesson.changes),
        sentence("Урок отменён" if lesson.is_cancelled and not lesson.changes else ""),
        sentence(_named("Тема:", lesson.topic)),
        sentence(lesson.material),
        sentence(_named("Задано:", lesson.homework)),
        sentence(_named("Личное задание:", lesson.own_homework)),
        sentence(lesson.attendance),
        *(work_text(work) for work in lesson.works),
        sentence(_named("Учитель пишет:", lesson.comment)),
        sentence("Записей пока нет" if lesson.is_empty else ""),
    ]
    return " ".join(filter(None, told))


def work_text(work: Work) -> str:
    """«Отметка 4 за контрольную работу, вес 3.», or what work there was, without a mark yet."""
    more = f", вес {weight(work.weight)}" if work.weight != "1" else ""
    more += f", выполнено {day_and_month(work.worked_on)}" if work.worked_on else ""
    if not work.marks:
        return sentence(f"{work.name}{more}: отметки пока нет")
    if work.marks == DOT:
        return sentence(f"отметка {for_work(work.kind, work.title)}{more} ожидается")
    return sentence(f"{spoken_marks(work.marks)} {for_work(work.kind, work.title)}{more}")


FILTERS = {"aloud": aloud, "sentence": sentence, "lesson_text": lesson_text, "sum_aloud": sum_aloud}
