"""One voice for page, letter, SMS and paper: dates, plurals, marks and news as sentences.

Nothing here depends on whether a child is a boy or a girl: «отсутствие», not «не был(а)».
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from school.rules.clashes import REMOTE
from school.rules.grading import (
    IMPORTANT,
    PLAIN,
    Average,
    GradingPolicy,
    Term,
    decimal_text,
    number_text,
    round_average,
)
from school.rules.marks import DOT, EXEMPT, LATE
from school.rules.regulation import RegulatedTerm
from school.rules.sheets import held

RUSSIAN = Locale.parse("ru")

# Dates and numbers


@lru_cache(maxsize=1024)
def _formatted(day: date, pattern: str) -> str:
    return format_date(day, pattern, RUSSIAN)


def long_day(day: date) -> str:
    """«понедельник, 16 ноября»."""
    return _formatted(day, "EEEE, d MMMM")


def day_and_month(day: date) -> str:
    """«16 ноября»."""
    return _formatted(day, "d MMMM")


def full_day(day: date) -> str:
    """«16 ноября 2026 года»."""
    return _formatted(day, "d MMMM y 'года'")


def span(from_on: date, until_on: date) -> str:
    """«16–22 ноября 2026 года», «30 ноября — 6 декабря 2026 года»; of one day the day."""
    if from_on == until_on:
        return full_day(from_on)
    if (from_on.year, from_on.month) == (until_on.year, until_on.month):
        return f"{from_on.day}–{full_day(until_on)}"
    if from_on.year == until_on.year:
        return f"{day_and_month(from_on)} — {full_day(until_on)}"
    return f"{full_day(from_on)} — {full_day(until_on)}"


def short_day(day: date) -> str:
    """«16.11.2026», as it is typed."""
    return f"{day:%d.%m.%Y}"


_IN_WEEKDAYS = (
    "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу",
    "в воскресенье",
)  # fmt: skip


def coming_day(day: date, today: date) -> str:
    """«завтра, вторник, 17 ноября», or «в понедельник, 23 ноября» for a day further off."""
    if day == today + timedelta(days=1):
        return f"завтра, {long_day(day)}"
    return f"{_IN_WEEKDAYS[day.weekday()]}, {day_and_month(day)}"


def past_day(day: date, today: date) -> str:
    """«сегодня, воскресенье, 22 ноября», «вчера, …», «пятница, 20 ноября»."""
    near = {today: "сегодня, ", today - timedelta(days=1): "вчера, "}
    return near.get(day, "") + long_day(day)


def clock_time(moment: datetime) -> str:
    """«14:05» of a local moment."""
    return f"{moment:%H:%M}"


def plural(n: int, one: str, few: str, many: str) -> str:
    """«1 отметка», «2 отметки», «5 отметок»."""
    word = {"one": one, "few": few}.get(RUSSIAN.plural_form(n), many)
    return f"{n} {word}"


def capital(text: str) -> str:
    """The first letter upper case, in bold too; the rest as it is."""
    if text.startswith("<b>"):
        return text[:3] + capital(text[3:])
    return text[:1].upper() + text[1:]


def joined(words: Sequence[str]) -> str:
    """«физика, алгебра и химия»."""
    return " и ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


# Works and marks

#: A quoted text in a sentence is cut here; the page it links to has the whole.
LONGEST_TITLE, LONGEST_QUOTE = 120, 300


def mark(value: str) -> str:
    """A mark as it is shown to a family: a «точка» is no mark yet."""
    return "отметка ожидается" if value == DOT else value


def cell(values: str) -> str:
    """What stands in a cell, with its word: «Отметка 5», «Отметки 4 и 5», «Зачёт»."""
    return capital(mark(values) if values == DOT else spoken_marks(values))


def weight(value: str | Fraction) -> str:
    """A weight as people write it: «3», «2,5»."""
    return number_text(Fraction(value))


def accusative(name: str) -> str:
    """«контрольную работу» of «Контрольная работа»: what a mark is given for.

    The adjectives in front and the first noun; what depends on it stays («защиту проекта»).
    """
    words = name.split(" ")
    for place, word in enumerate(words):
        for ending, other in (("ая", "ую"), ("яя", "юю")):
            if word.endswith(ending):
                words[place] = word.removesuffix(ending) + other
                break
        else:
            if word.endswith("а"):
                words[place] = word.removesuffix("а") + "у"
            elif word.endswith("я") and not word.endswith(("мя", "ья")):
                words[place] = word.removesuffix("я") + "ю"
            break
    text = " ".join(words)
    # «ВПР» and «К/р» keep their capitals.
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def work_name(kind: str, title: str) -> str:
    """«контрольная работа «Дроби»», of any kind in the nominative."""
    return f"{kind} {quoted(title)}" if title else kind


def quoted(text: str, letters: int = LONGEST_TITLE) -> str:
    """«Дроби»; quotes inside become „…“; a long text is cut, a full stop at its end left to the
    sentence around it."""
    text = " ".join(text.split())
    if not text.endswith(".."):
        text = text.removesuffix(".")
    if len(text) > letters:
        text = text[:letters].rstrip() + "…"
    return f"«{text.replace('«', '„').replace('»', '“')}»"


def for_work(kind: str, title: str) -> str:
    """«за контрольную работу «Дроби»»: what a mark is for."""
    if title.casefold().startswith(kind.casefold()):
        # «Контрольная работа № 1» of the kind «Контрольная работа».
        return f"за {accusative(kind)}{title[len(kind) :][:LONGEST_TITLE]}"
    return f"за {work_name(accusative(kind), title)}"


def mark_of_work(
    values: str,
    kind: str,
    title: str,
    work_weight: str = "1",
    worked_on: date | None = None,
) -> str:
    """«5 за контрольную работу «Дроби», вес 3»: in a list of a subject's marks."""
    if values == DOT:
        return f"отметка {for_work(kind, title)} ожидается"
    text = f"{_bare(values)} {for_work(kind, title)}"
    if Fraction(work_weight) != 1:
        text += f", вес {weight(work_weight)}"
    if worked_on:
        text += f", выполнено {day_and_month(worked_on)}"
    return text


_SPOKEN_MARKS = {"зач": "зачёт", "незач": "незачёт", EXEMPT: "освобождение"}


def spoken_marks(values: str) -> str:
    """What stands in a cell, in a sentence: «отметка 5», «отметки 4 и 5», «зачёт»."""
    words = [_SPOKEN_MARKS.get(value, value) for value in values.split("/")]
    if any(value in _SPOKEN_MARKS for value in values.split("/")):
        return joined(words)
    return ("отметки " if len(words) > 1 else "отметка ") + joined(words)


def mark_sentence(
    subject: str,
    held_on: date,
    values: str,
    kind: str,
    title: str,
    work_weight: str = "1",
    *,
    was: str = "",
    worked_on: date | None = None,
    due_on: date | None = None,
) -> str:
    """«Алгебра, 17 ноября: отметка 5 за контрольную работу «Дроби», вес 3».

    `values` is the cell's text («4/5», «.»); `was` what stood there before a correction.
    """
    where = f"{subject}, {day_and_month(held_on)}: "
    if values == DOT:
        until = f" до {day_and_month(due_on)}" if due_on else ""
        return f"{where}отметка {for_work(kind, title)} ожидается{until}"
    text = f"{where}{spoken_marks(values)} {for_work(kind, title)}"
    if Fraction(work_weight) != 1:
        text += f", вес {weight(work_weight)}"
    if worked_on:
        text += f", выполнено {day_and_month(worked_on)}"
    if was:
        text += f" (исправлено: было {_bare(was)}, стало {_bare(values)})"
    return text


def mark_taken_back(subject: str, held_on: date, was: str, kind: str, title: str) -> str:
    """«Алгебра, 17 ноября: отметка 2 за ответ на уроке снята»."""
    what = f"{subject}, {day_and_month(held_on)}: {spoken_marks(was)} {for_work(kind, title)}"
    return f"{what} — запись снята"


def _bare(values: str) -> str:
    return joined([_SPOKEN_MARKS.get(value, mark(value)) for value in values.split("/")])


# People

#: What a person does for a school or the municipality, by the kind of the role.
DUTIES = {
    "teacher": "учитель",
    "class_teacher": "классный руководитель",
    "administrator": "администратор системы",
    "deputy_head": "заместитель директора по УВР",
    "head": "директор",
    "officer": "сотрудник Управления образования",
    "support": "техническая поддержка",
}

#: Everything a person may be on a page.
ACTING = {**DUTIES, "guardian": "законный представитель", "pupil": "ученик"}


def acting(kind: str) -> str:
    """«учитель», «законный представитель»: in which role somebody is here."""
    return ACTING.get(kind, kind)


GUARDIAN_KINDS = {
    "mother": "мать",
    "father": "отец",
    "guardian": "опекун",
    "trustee": "попечитель",
    "other": "иной законный представитель",
}

#: What may be hidden from a reader of a diary.
AREAS = {
    "everything": "весь дневник",
    "marks": "отметки и результаты",
    "attendance": "посещаемость",
    "comments": "комментарии и сообщения учителей",
    "timetable": "расписание: где и когда ребёнок",
}

LIMIT_GROUNDS = {
    "court_order": "решение суда",
    "termination": "заявление о прекращении доступа",
    "agreement": "соглашение представителей",
    "other": "другое основание",
}

ENDINGS = {
    "moved": "перевод в другой класс",
    "transfer": "перевод в другую школу муниципалитета",
    "left": "отчисление, выезд за пределы муниципалитета",
    "graduated": "выпуск",
}

#: What an adult pupil said to a person's reading of the diary.
ADULT_CHOICES = {
    "": "решения ещё нет, доступ закрыт",
    "asked": "просит открыть дневник",
    "allowed": "вы разрешили",
    "refused": "вы отказали",
    "withdrawn": "вы закрыли доступ",
}

#: What the log of who looked tells of.
EVENTS = {
    "sign_in": "вход",
    "sign_in_failed": "неудачный вход",
    "sign_out": "выход",
    "sign_out_everywhere": "выход на всех устройствах",
    "password_changed": "пароль изменён",
    "password_refused": "нынешний пароль не подошёл",
    "password_issued": "выдан временный пароль",
    "codes_printed": "напечатаны памятки с кодами",
    "code_refused": "код не подошёл",
    "code_opened": "введён код",
    "registered": "регистрация по коду",
    "role_added": "код добавлен к учётной записи",
    "password_by_code": "новый пароль по коду",
    "password_asked": "попросили код письмом",
    "login_changed": "логин изменён",
    "hand_overs_read": "открыт реестр передач",
    "diary_read": "открыт дневник",
    "lesson_read": "открыт журнал урока",
    "grid_read": "открыт журнал группы",
    "results_read": "открыты результаты группы",
    "summary_read": "открыта сводная ведомость",
    "person_read": "открыта карточка",
    "export": "выгрузка",
    "frozen_year_asked": "заказан архив учебного года",
    "frozen_year_loaded": "загружен архив учебного года",
    "print": "печать",
    "strips_read": "открыты отметки класса",
    "report_read": "открыт отчёт класса",
    "absences_read": "открыты пропуски класса",
    "paper_read": "открыт бумажный путь класса",
    "printouts_read": "открыты распечатки класса",
    "role_given": "должность назначена",
    "role_ended": "должность прекращена",
    "guardian_added": "представитель записан",
    "guardian_ended": "представительство прекращено",
    "limit_set": "доступ ограничен",
    "limit_lifted": "ограничение снято",
    "adult_choice": "решение совершеннолетнего",
    "enrolment_ended": "обучение в классе закончено",
    "enrolled": "зачисление",
    "request_read": "открыто заявление",
    "requests_read": "открыта книга заявлений",
    "issued_read": "открыта выданная бумага",
    "visits_read": "открыт журнал личного приёма",
    "consent_entered": "записан лист согласия",
    "consent_withdrawn": "согласие отозвано",
    "ediary_ended": "доступ к дневнику прекращён",
    "ediary_opened": "доступ к дневнику открыт снова",
    "account_destroyed": "учётная запись уничтожена",
    "data_destroyed": "данные уничтожены",
    "log_term": "изменён срок хранения этого журнала",
    "log_forgotten": "удалены строки старше срока хранения",
}


def event(name: str) -> str:
    """A line of the log as words; what a later version named stays readable."""
    return EVENTS.get(name, name)


def log_detail(name: str, detail: str) -> str:
    """What the log calls by a key of ours, as words."""
    words = {
        "diary_read": ACTING,
        "role_given": ACTING,
        "role_ended": ACTING,
        "guardian_added": GUARDIAN_KINDS,
        "guardian_ended": GUARDIAN_KINDS,
        "limit_set": AREAS,
        "limit_lifted": AREAS,
        "enrolment_ended": ENDINGS,
        "adult_choice": LOG_CHOICES,
    }.get(name, {})
    return words.get(detail, detail)


LOG_CHOICES = {
    "asked": "просьба открыть дневник",
    "allowed": "доступ разрешён",
    "refused": "в доступе отказано",
    "withdrawn": "доступ закрыт",
}


# Letters

#: A letter's state, as lists say it.
#: How a question to the school stands, and how somebody without an account wants the answer.
QUESTION_STATES = {"open": "ждёт ответа", "answered": "есть ответ", "closed": "закрыт"}
QUESTION_WAYS = {
    "page": "на странице вопроса и письмом, если адрес подтверждён",
    "email": "письмом",
    "phone": "звонком",
    "visit": "придёт сам(а)",
}

LETTER_STATES = {
    "waiting": "ждёт отправки",
    "sent": "отправлено",
    "given_up": "не доставлено",
    "withdrawn": "снято",
    "no_address": "нет адреса",
}

# Attendance

REASONS = {
    "н": "причина не названа",
    "б": "болезнь",
    "у": "уважительная причина",
    "нп": "без уважительной причины",
}


def reason(code: str) -> str:
    """Why a lesson was missed, as words."""
    return REASONS.get(code, code)


def _minutes(n: int) -> str:
    return plural(n, "минуту", "минуты", "минут")


def attendance(code: str, late_minutes: int | None = None) -> str:
    """An absence or a late arrival as words."""
    if code == LATE:
        return f"опоздание на {_minutes(late_minutes)}" if late_minutes else "опоздание"
    return f"отсутствие: {reason(code)}"


def absence_sentence(
    held_on: date,
    subjects: Sequence[str],
    code: str,
    late_minutes: int | None = None,
    was: str = "",
) -> str:
    """«18 ноября, отсутствие на уроке «Физика»: болезнь»; several lessons in one sentence.

    `was` is the code before a correction.
    """
    lessons = joined([f"«{subject}»" for subject in subjects])
    day = day_and_month(held_on)
    if code == LATE:
        text = f"{day}, опоздание на урок{'и' if len(subjects) > 1 else ''} {lessons}"
        text += f", на {_minutes(late_minutes)}" if late_minutes else ""
    else:
        text = f"{day}, отсутствие на урок{'ах' if len(subjects) > 1 else 'е'} {lessons}"
        text += f": {reason(code)}"
    if was:
        text += f" (исправлено: было «{'опоздание' if was == LATE else reason(was)}»)"
    return text


def absences(counts: Sequence[tuple[str, int]], *, late: int, late_minutes: int) -> str:
    """«Пропущено 12 уроков: болезнь — 8, причина не названа — 4. Опозданий: 2, всего 15 минут.»

    `counts` are codes of absence with lessons, `late_minutes` all the minutes that are known.
    """
    missed = sum(lessons for _, lessons in counts)
    if missed:
        reasons = ", ".join(f"{reason(code)} — {lessons}" for code, lessons in counts)
        number = plural(missed, "урок", "урока", "уроков")
        text = f"{'Пропущен' if number.endswith('урок') else 'Пропущено'} {number}: {reasons}."
    else:
        text = "Пропусков нет."
    if not late:
        return f"{text} Опозданий нет."
    minutes = plural(late_minutes, "минута", "минуты", "минут") if late_minutes else ""
    return f"{text} Опозданий: {late}{', всего ' + minutes if minutes else ''}."


def missed_days(counts: Sequence[tuple[str, int]]) -> str:
    """«Целых дней пропущено — 3: болезнь — 2, уважительная причина — 1.»; a single reason needs
    no second naming; empty without any."""
    days = sum(n for _, n in counts)
    if not days:
        return ""
    if len(counts) == 1:
        return f"Целых дней пропущено — {days}."
    reasons = ", ".join(f"{reason(code)} — {n}" for code, n in counts)
    return f"Целых дней пропущено — {days}: {reasons}."


def absence_taken_back(held_on: date, subjects: Sequence[str], was: str = "") -> str:
    """«18 ноября, урок «Физика»: пометка о посещаемости снята (было «болезнь»)»."""
    lessons = joined([f"«{subject}»" for subject in subjects])
    return (
        f"{day_and_month(held_on)}, урок{'и' if len(subjects) > 1 else ''} {lessons}: "
        "пометка о посещаемости снята"
        + (f" (было «{'опоздание' if was == LATE else reason(was)}»)" if was else "")
    )


# Excuses

EXCUSE_REASONS = {"ill": "болеет", "family": "семейные обстоятельства", "other": "другая причина"}
EXCUSE_STATES = {
    "": "ждёт ответа классного руководителя",
    "accepted": "принято",
    "declined": "не принято",
    "withdrawn": "отозвано",
}


def excuse_span(from_on: date, until_on: date, starts: str = "", ends: str = "") -> str:
    """«16 ноября», «16 ноября, с 10:30 до 12:00», «16–18 ноября 2026 года»."""
    if from_on != until_on:
        return span(from_on, until_on)
    hours = " ".join([*(["с " + starts] if starts else []), *(["до " + ends] if ends else [])])
    return f"{day_and_month(from_on)}, {hours}" if hours else day_and_month(from_on)


def excuse_hint(
    reason: str, from_on: date, until_on: date, starts: str, ends: str, *, is_accepted: bool
) -> str:
    """«предупредили: болеет до 15.09», at a pupil of a lesson: a hint, never a mark."""
    if from_on == until_on:
        hours = " ".join([*(["с " + starts] if starts else []), *(["до " + ends] if ends else [])])
        until = f", {hours}" if hours else ""
    else:
        until = f" до {until_on:%d.%m}"
    words = f"предупредили: {EXCUSE_REASONS.get(reason, reason)}{until}"
    return words if is_accepted else f"{words} (ещё не принято)"


def excuse_why(excuse_id: int, reason: str, from_on: date, until_on: date) -> str:
    """Why an absence got its reason, in history: by which excuse."""
    days = short_day(from_on) + (f"–{short_day(until_on)}" if until_on != from_on else "")
    return f"по сообщению № {excuse_id}: {EXCUSE_REASONS.get(reason, reason)}, {days}"


# Remarks

#: What somebody did to a remark.
REMARK_STEPS = {
    "open": "сделано замечание",
    "fixed": "исправлено",
    "returned": "возвращено",
    "accepted": "принято",
    "withdrawn": "снято",
}


def remark_state(state: str, due_on: date, *, is_overdue: bool) -> str:
    """«исправить до 25 ноября», «просрочено: исправить до …», «исправлено, ждёт проверки»."""
    if state == "open":
        return f"{'просрочено: ' if is_overdue else ''}исправить до {day_and_month(due_on)}"
    return "исправлено, ждёт проверки завуча" if state == "fixed" else REMARK_STEPS[state]


# Late changes


def changes_over(until: datetime) -> str:
    """Why a cell does not let itself be changed; `until` is the last local moment it did."""
    return (
        f"Срок исправлений вышел {short_day(until)} в {clock_time(until)}. "
        "Исправить можно, если завуч откроет эту клетку."
    )


def until_moment(moment: datetime, now: datetime) -> str:
    """«15:40» of today, «15:40 23 ноября» of another day; both local."""
    day = "" if moment.date() == now.date() else f" {day_and_month(moment)}"
    return f"{clock_time(moment)}{day}"


#: What a cell of the register is called in a sentence.
_CELL_NAMES = {
    "mark": "отметка",
    "worked_on": "день выполнения",
    "attendance": "посещаемость",
    "late_minutes": "минуты опоздания",
    "period_result": "отметка за период",
    "year_result": "отметка за год",
    "exam_result": "отметка за экзамен",
    "final_result": "итоговая отметка",
}


def cell_name(field: str) -> str:
    """«отметка», «день выполнения»."""
    return _CELL_NAMES[field]


def cell_value(field: str, text: str) -> str:
    """What stands in a cell, between «было» and «стало»."""
    if not text:
        return "на уроке" if field == "attendance" else "пусто"
    if field == "mark":
        return _bare(text)
    if field == "worked_on":
        return day_and_month(date.fromisoformat(text))
    if field == "attendance":
        return "опоздание" if text == LATE else f"отсутствие, {reason(text)}"
    return text


def correction(
    subjects: Sequence[str],
    held_on: date,
    field: str,
    work: str,
    old: str,
    new: str,
    corrected_on: date,
) -> str:
    """«Алгебра, 17 ноября, контрольная работа «Дроби»: исправлено 25 ноября, было 3, стало 4».

    A day's lessons where the same was corrected alike are one sentence: «Алгебра и Физика, …».
    `work` is the work's name, empty for attendance.
    """
    what = work if field == "mark" else ", ".join(filter(None, (work, cell_name(field))))
    return (
        f"{joined(subjects)}, {day_and_month(held_on)}, {what[:1].lower()}{what[1:]}: исправлено "
        f"{day_and_month(corrected_on)}, было {cell_value(field, old)}, "
        f"стало {cell_value(field, new)}"
    )


# Comments, homework, changes


def comment_sentence(subject: str, held_on: date, text: str) -> str:
    """«Алгебра, 17 ноября, учитель пишет: «Активно работает»»."""
    said = quoted(text, LONGEST_QUOTE)
    return f"{subject}, {day_and_month(held_on)}, учитель пишет: {said}"


def own_homework_sentence(subject: str, held_on: date, text: str) -> str:
    """«Алгебра, 17 ноября, личное задание: «Повторить правило»»."""
    task = quoted(text, LONGEST_QUOTE)
    return f"{subject}, {day_and_month(held_on)}, личное задание: {task}"


def room(name: str) -> str:
    """«каб. 118»; «Спортзал» says itself what it is."""
    return f"каб. {name}" if name[:1].isdigit() else name


def lesson_change(
    kind: str,
    reason: str = "",
    *,
    teacher_was: str = "",
    teacher_is: str = "",
    held_on_was: date | None = None,
    number_was: int | None = None,
    room_was: str = "",
    room_is: str = "",
    is_undoing: bool = False,
    is_joint: bool = False,
) -> str:
    """A change of the timetable, said of the lesson as it is now (B6)."""
    if is_undoing:
        kind = f"{kind} undone"
    match kind:
        case "substitution undone":
            text = f"Замены нет: ведёт {teacher_is}"
        case "cancellation undone":
            text = "Урок состоится, отмена снята"
        case "move undone":
            text = "Перенос снят, урок на своём месте"
        case "room undone":
            text = "Снова обычный кабинет" + (f": {room_is}" if room_is else "")
        case "room" if room_is == REMOTE:
            text = "Урок проходит дистанционно"
        case "substitution":
            text = f"Замена: ведёт {teacher_is}" if teacher_is else "Замена"
            text += f", обычно {teacher_was}" if teacher_was else ""
            text += "; группы объединены" if is_joint else ""
        case "cancellation":
            text = "Урок отменён"
        case "move":
            text = "Урок перенесён"
            text += f" с {day_and_month(held_on_was)}" if held_on_was else ""
            text += f", раньше был {number_was}-м" if number_was is not None else ""
        case "extra":
            text = "Дополнительный урок"
        case _:
            text = f"Другой кабинет: {room_is}" if room_is else "Другой кабинет"
            text += f", обычно {room_was}" if room_was else ""
    return f"{text} ({reason[:1].lower()}{reason[1:]})" if reason else text


def moved_away(held_on: date, number: int, reason: str = "") -> str:
    """«Урок перенесён на 18 ноября, 3-й урок», said on the day that it left."""
    text = f"Урок перенесён на {day_and_month(held_on)}, {number}-й урок"
    return f"{text} ({reason[:1].lower()}{reason[1:]})" if reason else text


def change_sentence(subject: str, held_on: date, number: int, change: str) -> str:
    """«Физика, 24 ноября, 3-й урок. Замена: ведёт …»."""
    return f"{subject}, {day_and_month(held_on)}, {number}-й урок. {change}"


def coming_lessons(
    day: date,
    today: date,
    lessons: int,
    starts: str,
    homework: Iterable[str],
    tests: Iterable[str],
) -> str:
    """A school day ahead in a line: how many lessons, from when, what is to be done for it.

    `homework` are the subjects with some, `tests` works with their subjects.
    """
    when = capital(coming_day(day, today))
    text = f"{when}: {plural(lessons, 'урок', 'урока', 'уроков')}, первый в {starts}."
    tasks, announced = list(dict.fromkeys(homework)), list(dict.fromkeys(tests))
    text += f" Задано: {joined(tasks)}." if tasks else " На этот день ничего не задано."
    return f"{text} Работы: {'; '.join(announced)}." if announced else text


# Averages

#: A longer sum is gathered: equal marks of equal weight become one term.
LONGEST_SUM = 20


def average_sum(average: Average, policy: GradingPolicy) -> str:
    """«(5·3 + 4·1 + 4·1) : 5 = 4,60»; in a long sum «5·3·12» stands for twelve such marks."""
    with_weights = any(term.weight != 1 for term in average.terms)
    if len(average.terms) > LONGEST_SUM:
        gathered = Counter(average.terms)
        ordered = sorted(gathered, key=lambda term: (-term.mark, -term.weight))
        terms = [_term(term, with_weights, gathered[term]) for term in ordered]
    else:
        terms = [_term(term, with_weights) for term in average.terms]
    shown = decimal_text(average.value, policy.thresholds)
    sign = "=" if Fraction(shown.replace(",", ".")) == average.value else "≈"
    total = f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]
    return f"{total} : {number_text(average.weights)} {sign} {shown}"


def _term(term: Term, with_weights: bool, times: int = 1) -> str:
    factors = [str(term.mark)]
    factors += [number_text(term.weight)] if with_weights else []
    factors += [str(times)] if times > 1 else []
    return "·".join(factors)


def average_value(average: Average, policy: GradingPolicy) -> str:
    """«4,60»."""
    return decimal_text(average.value, policy.thresholds)


def average_way(policy: GradingPolicy) -> str:
    """Which marks count and how, in the school's setting."""
    if policy.way == PLAIN:
        text = "Все отметки от 2 до 5 считаются одинаково."
    elif policy.way == IMPORTANT:
        text = "Считаются отметки от 2 до 5 за важные работы, все одинаково."
    else:
        text = "Отметки от 2 до 5 умножаются на вес работы, сумма делится на сумму весов."
    return f"{text} Зачёты, освобождения и ожидаемые отметки не считаются."


def average_result(average: Average, policy: GradingPolicy) -> str:
    """«По порогам школы 4,60 — это 5: пятёрка от 4,5, четвёрка от 3,5, тройка от 2,5»."""
    three, four, five = (number_text(threshold) for threshold in policy.thresholds)
    return (
        f"По порогам школы {average_value(average, policy)} — это "
        f"{round_average(average.value, policy.thresholds)}: "
        f"пятёрка от {five}, четвёрка от {four}, тройка от {three}."
    )


def term_end(local_due: datetime) -> str:
    """Until when, as people say it: «до конца 21 ноября», «до 10:05 21 ноября»."""
    day = day_and_month(local_due.date())
    if (local_due.hour, local_due.minute) == (23, 59):
        return f"до конца {day}"
    return f"до {clock_time(local_due)} {day}"


def owed_what(what: str, work_name: str = "", pupils: int = 0) -> str:
    """What has to be entered: «посещаемость», «Контрольная работа: нет отметок у 3 учеников»."""
    if what == "attendance":
        return "посещаемость"
    if what == "dot":
        return f"{work_name}: точка ждёт отметки"
    return f"{work_name}: нет отметок у {plural(pupils, 'ученика', 'учеников', 'учеников')}"


_LATER_THAN = {
    "minutes": ("минуты", "минут", "минут"),
    "hours": ("часа", "часов", "часов"),
    "days": ("дня", "дней", "дней"),
    "working_days": ("рабочего дня", "рабочих дней", "рабочих дней"),
    "weeks": ("недели", "недель", "недель"),
}


def not_later(amount: int, unit: str) -> str:
    """A promise: «не позже 3 дней», «не позже 24 часов»; `unit` as in a regulation's file."""
    return f"не позже {plural(amount, *_LATER_THAN[unit])}"


def percent(share: Fraction | None) -> str:
    """«98,4 %» in one piece, «100 %» only where nothing is missing, «—» where there was nothing."""
    if share is None:
        return "—"
    tenths = share * 1000
    shown = int(tenths) if share < 1 else 1000  # never rounded up to a promise kept
    whole, rest = divmod(shown, 10)
    return f"{whole},{rest}\u00a0%" if rest else f"{whole}\u00a0%"


def promise_words(promise: RegulatedTerm) -> str:
    """What a regulation promises of a row: «не позже 3 дней»."""
    return not_later(promise.term.amount, promise.term.unit.value)


def moment_words(moment: datetime, time_zone: str) -> str:
    """«22.11.2026 в 14:05» in a school's time."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%d.%m.%Y в %H:%M}"


FILTERS = {
    "held": held,
    "promise_words": promise_words,
    "percent": percent,
    "term_end": term_end,
    "moment_words": moment_words,
    "long_day": long_day,
    "full_day": full_day,
    "day_and_month": day_and_month,
    "short_day": short_day,
    "past_day": past_day,
    "coming_day": coming_day,
    "clock_time": clock_time,
    "capital": capital,
    "quoted": quoted,
    "room_words": room,
    "mark_words": mark,
    "cell_words": cell,
    "weight_words": weight,
    "attendance_words": attendance,
    "reason_words": reason,
    "acting_words": acting,
    "cell_name_words": cell_name,
    "cell_value_words": cell_value,
}
