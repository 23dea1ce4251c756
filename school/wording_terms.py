"""A regulation in words: rows, terms, events and everything else its pages name."""

from collections.abc import Sequence
from datetime import datetime

from school.rules.regulation import RegulatedTerm
from school.rules.sheets import held
from school.rules.terms import Term, Unit
from school.wording import long_day, plural

#: What a row is about, as a heading and at the start of a line.
ROW_TITLES = {
    "A4": "Согласие: проверка классным руководителем",
    "A8": "Код доступа",
    "C1": "Текущие отметки",
    "C2": "Отметки за учебный период",
    "C3": "Пропуски уроков",
    "C4": "Итоговые отметки и экзамены",
    "C5": "Выписка из классного журнала",
    "C6": "Ожидание на личном приёме",
    "C7": "Распечатка для семей без электронного дневника",
    "D3": "Письменный ответ о результатах",
    "changes_lock": "Исправления: сколько можно без разрешения",
    "opened_for": "Разрешённое исправление: сколько клетка открыта",
    "remind_before": "Напоминание сотруднику: за сколько до срока",
    "answer_question": "Ответ на вопрос администратору",
}

#: From when a term is counted.
START_WORDS = {
    "sheet_received": "от получения бланка согласия",
    "registered": "от регистрации заявления",
    "lesson_or_work": "от даты урока или выполнения работы",
    "period_end": "от последнего дня учебного периода",
    "lesson_end": "от конца урока",
    "lesson_date": "от даты урока",
    "results_received": "от получения результатов",
    "arrived": "от прихода",
    "week": "до конца календарной недели",
    "entered": "от первой записи",
    "opened": "от разрешения",
    "due": "до конца срока",
    "asked": "от вопроса",
}

#: In the nominative for 1, 2 and 5; then in the genitive for 1 and for more.
_UNITS = {
    Unit.MINUTES: (("минута", "минуты", "минут"), ("минуты", "минут")),
    Unit.HOURS: (("час", "часа", "часов"), ("часа", "часов")),
    Unit.DAYS: (("день", "дня", "дней"), ("дня", "дней")),
    Unit.WORKING_DAYS: (
        ("рабочий день", "рабочих дня", "рабочих дней"),
        ("рабочего дня", "рабочих дней"),
    ),
    Unit.WEEKS: (("неделя", "недели", "недель"), ("недели", "недель")),
}
#: As the choice beside an amount: «3 | рабочих дней».
UNIT_WORDS = {unit: words[0][2] for unit, words in _UNITS.items()}

HOLDERS = {"school": "школа", "municipality": "муниципалитет"}
#: Who changes it, in the nominative.
CHANGED_BY = {"school": "заместитель директора", "municipality": "Управление образования"}

REQUEST_WORDS = {
    "ediary": "электронный дневник",
    "extract": "выписка из классного журнала",
    "written_information": "письменная информация",
    "refusal_of_electronic_form": "отказ от электронной формы",
    "termination": "прекращение",
    "consultation": "консультация",
}
APPLICANT_WORDS = {
    "guardian": "законный представитель",
    "adult_pupil": "совершеннолетний обучающийся",
    "pupil": "обучающийся",
}
DOCUMENT_WORDS = {
    "application": "заявление",
    "consent": "согласие на обработку персональных данных",
    "identity": "документ, удостоверяющий личность",
    "authority": "документ о полномочиях представителя",
}
GROUND_TITLES = {
    "acceptance": "Отказ в приёме документов",
    "refusal": "Отказ в предоставлении услуги",
    "ending": "Прекращение услуги",
}
FLAG_WORDS = {
    "class_teacher_hands_codes": "Согласие и код идут через классного руководителя",
    "codes_in_person": "Код отдают лично в руки",
    "codes_for_pupils": "Каждый обучающийся получает код",
    "paper_diary_stays": "Бумажный дневник остаётся обязательным",
    "entries_count_as_paper": "Записи признаются как записи в бумажном дневнике",
    "extract_at_visit": "При личном обращении выписку дают сразу",
    "printouts_in_holidays": "Распечатки и в недели каникул",
}
INFORMANT_WORDS = {
    "head": "директор",
    "deputy_head": "заместитель директора",
    "administrator": "администратор",
    "class_teacher": "классный руководитель",
}
BY_DEFAULT = "по умолчанию: регламент об этом молчит"


def term(value: Term) -> str:
    """«3 рабочих дня», «24 часа»."""
    return plural(value.amount, *_UNITS[value.unit][0])


def no_later_than(value: Term) -> str:
    """«не позже 3 дней», «не позже 1 рабочего дня»; a week: «раз в неделю»; none: «в тот же
    день»."""
    if value.unit is Unit.WEEKS:
        return "не реже раза в неделю" if value.amount == 1 else f"не реже раза в {term(value)}"
    if value.amount == 0:
        return "сразу" if value.unit in (Unit.HOURS, Unit.MINUTES) else "в тот же день"
    one, many = _UNITS[value.unit][1]
    # 1, 21, 31 … but not 11.
    word = one if value.amount % 10 == 1 and value.amount % 100 != 11 else many
    return f"не позже {value.amount} {word}"


def promise(regulated: RegulatedTerm) -> str:
    """What was promised, in plain words: «не позже 3 дней от даты урока или выполнения
    работы»."""
    if regulated.term.unit is Unit.WEEKS:
        return no_later_than(regulated.term)
    return f"{no_later_than(regulated.term)} {START_WORDS[regulated.starts]}"


def clause(regulated: RegulatedTerm) -> str:
    """Where it stands: «п. 5.1», or that it is the default."""
    if regulated.is_default:
        return BY_DEFAULT
    return held(regulated.clause) or "пункт не указан"


def minute(local: datetime) -> str:
    """«среда, 6 мая, 23:59» of a local moment."""
    return f"{long_day(local.date())}, {local:%H:%M}"


def several(keys: Sequence[str], words: dict[str, str], between: str = " и ") -> str:
    """«заявление и согласие» of keys, or with another word between; «ничего» of none."""
    named = [words[key] for key in keys]
    return between.join(filter(None, (", ".join(named[:-1]), *named[-1:]))) or "ничего"
