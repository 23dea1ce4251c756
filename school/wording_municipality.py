"""What a municipality is told of its schools, in words: shares, counts, and that they are few."""

from school.rules.disclosure import FEWEST, Few, Kept
from school.wording import percent
from school.wording_requests import CHANNEL_WORDS, KIND_TITLES
from school.wording_terms import ROW_TITLES as TERM_TITLES

#: Lines of the report, by the names of queries/municipality.py.
LINE_TITLES = TERM_TITLES | {
    "C10": "Отметки и пропуски вместе",
    "attendance": "Посещаемость урока отмечена",
    "A4": "Проверка листов согласия",
    "A8": "Коды доступа по заявлениям",
    "C2": "Отметки за учебный период и год",
    "C5": "Выписки из классного журнала",
    "C7": "Распечатки для семей на бумажном пути",
    "D3": "Письменные ответы",
}
DIVISION_TITLES = {
    "kind": "Заявления по видам",
    "channel": "Заявления по способу подачи",
    "end": "Чем кончились",
    "ground": "Основания отказа",
}
END_WORDS = {
    "done": "исполнено",
    "refused_acceptance": "отказано в приёме документов",
    "refused": "отказано в услуге",
    "no_consent": "несогласие: бумажный путь",
    "taken_back": "отозвано заявителем",
}
GROUND_WORDS = {
    "incomplete": "неполный пакет документов",
    "not_about_progress": "запрошено не об успеваемости",
    "details_missing": "не указаны нужные сведения",
    "not_representative": "заявитель не законный представитель",
}
PART_WORDS = {
    "kind": KIND_TITLES,
    "channel": CHANNEL_WORDS,
    "end": END_WORDS,
    "ground": GROUND_WORDS,
}
#: Under five, or left out so that others cannot be found.
HIDDEN = "скрыто"


def few_words(few: Few) -> str:
    """«12», «12 и скрытое», «скрыто»."""
    if not few.and_more:
        return str(few.known)
    return f"{few.known} и скрытое" if few.known else HIDDEN


def all_words(kept: Kept) -> str:
    """How many terms ran out: «120», «120 и скрытое»."""
    return few_words(Few(kept.all, kept.has_hidden))


def share_words(kept: Kept) -> str:
    """«97 %», «от 96 до 99 %»; a dash where nothing is told."""
    if kept.shares is None:
        return "—"
    low, high = kept.shares
    if percent(low) == percent(high):
        return percent(low)
    bare = percent(low).removesuffix("\u00a0%")
    return f"от {bare} до {percent(high)}"


def late_words(kept: Kept) -> str:
    """How many were not in time: «12», «меньше 5», «от 6 до 9»."""
    if not kept.all:
        return "—"
    low, high = kept.late
    if low == high:
        return str(low)
    return f"меньше {FEWEST}" if high < FEWEST else f"от {low} до {high}"


def owed_words(kept: Kept) -> str:
    """How many of those are still not done, in whole fives: «0», «меньше 5», «10 или больше»."""
    if not kept.all:
        return "—"
    if not kept.late[1]:
        return "0"
    return f"{kept.owed} или больше" if kept.owed else f"меньше {FEWEST}"
