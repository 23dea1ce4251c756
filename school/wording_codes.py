"""Words for invitation codes, slips and hand-overs."""

from datetime import date

from school.wording import GUARDIAN_KINDS, full_day, plural, short_day

#: How somebody stands with access (rules/invitations.py, STATES): said of a person.
STATES = {
    "waiting": "ждём согласия",
    "owed": "согласие есть, кода ещё нет",
    "at_office": "памятка в кабинете администратора",
    "at_class_teacher": "памятка у классного руководителя",
    "handed": "памятка отдана, регистрации ещё не было",
    "expired": "срок кода вышел",
    "one_time": "выдан временный пароль, своего ещё нет",
    "registered": "вход есть",
}
#: What is to be done about it: by the office, and what the class teacher reads there instead.
_NEXT_STEPS = {
    "waiting": "Без согласия семьи код не печатают: нужно заявление с согласием.",
    "owed": "Напечатайте памятку.",
    "at_office": "Передайте классному руководителю.",
    "at_class_teacher": "Отдаст лично классный руководитель.",
    "handed": "Ничего: регистрироваться никто не обязан.",
    "expired": "Напечатайте новую памятку.",
    "one_time": "Пусть войдёт с временным паролем и придумает свой.",
}
_OF_CLASS_TEACHER = {"at_office": "Заберите у администратора."}
_OF_ADMINISTRATOR = frozenset({"owed", "expired"})


def next_step(state: str, kind: str, *, is_office: bool) -> str:
    """What the reader is to do about somebody's access; empty: nothing."""
    if not is_office:
        if state in _OF_ADMINISTRATOR and kind != "pupil":
            return "Памятку печатает администратор."
        if state in _OF_CLASS_TEACHER:
            return _OF_CLASS_TEACHER[state]
    return _NEXT_STEPS.get(state, "")


STEPS = {
    "waiting": "Без согласия семьи код не печатают: нужно заявление с согласием.",
    "owed": "Напечатайте памятку.",
    "at_office": "Передайте классному руководителю.",
    "at_class_teacher": "Отдайте лично.",
    "handed": "Ничего: регистрироваться никто не обязан.",
    "expired": "Напечатайте новую памятку.",
    "one_time": "Пусть войдёт с временным паролем и придумает свой.",
    "registered": "",
}
STEPS = {
    "to_class_teacher": "классному руководителю",
    "to_person": "получателю",
    "taken_back": "передача отменена",
}
PURPOSES = {"registration": "регистрация", "password": "новый пароль"}


def as_whom(kind: str, relation: str, pupil: str) -> str:
    """«мать, Королёв Фёдор», «ученик», «сотрудник»."""
    if kind == "guardian":
        return f"{GUARDIAN_KINDS.get(relation, 'законный представитель')}, {pupil}"
    return "ученик" if kind == "pupil" else "сотрудник"


def slip_for(kind: str, purpose: str, pupil: str, class_name: str) -> str:
    """What a slip says under the name."""
    if purpose == "password":
        return "Код, чтобы придумать новый пароль."
    if kind == "guardian":
        return f"Код родителя (представителя). Дневник: {pupil}, {class_name}."
    if kind == "pupil":
        return f"Код ученика, {class_name}. Регистрироваться не обязательно."
    return "Код сотрудника."


def slip_for_short(kind: str, purpose: str, pupil: str, class_name: str) -> str:
    """The same for a small slip: «Дневник: Королёв Фёдор, 7А»."""
    if purpose == "password":
        return "Для нового пароля"
    return f"Дневник: {pupil}, {class_name}" if kind == "guardian" else f"Ученик, {class_name}"


def works_until(day: date) -> str:
    """«Подходит один раз, по 22 декабря 2026 года включительно.»"""
    return f"Подходит один раз, по {full_day(day)} включительно."


def works_until_short(day: date) -> str:
    """«По 22.12.2026, один раз.»"""
    return f"По {short_day(day)}, один раз."


def slips(n: int) -> str:
    """«3 памятки»."""
    return plural(n, "памятка", "памятки", "памяток")


def people(n: int) -> str:
    """«3 человека»."""
    return plural(n, "человек", "человека", "человек")
