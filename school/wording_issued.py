"""How extracts, written information and visits are spoken of."""

from datetime import date, datetime

from school import wording

#: A paper's title before its number.
TITLES = {
    "extract": "Выписка из классного журнала",
    "written_information": "Информация об успеваемости и посещаемости",
}
#: Of what, in lists and registers.
SHORT_TITLES = {"extract": "Выписка", "written_information": "Информация"}
MADE_WORDS = {"extract": "выписку", "written_information": "письменную информацию"}
WAY_WORDS = {"in_person": "лично в руки", "post": "отправлено по почте"}
WAY_CHOICES = {"in_person": "отдаю лично в руки", "post": "отправляю по почте"}
VISIT_STEPS = {
    "arrived": "Пришёл(а)",
    "passed_on": "Передано",
    "begun": "Приём начат",
    "answered": "Ответ дан",
    "left": "Не дождался(ась)",
}


def number_of(kind: str, ordinal: int) -> str:
    """«Выписка № 3»."""
    return f"{SHORT_TITLES[kind]} № {ordinal}"


def issued_title(kind: str, ordinal: int, made_on: date) -> str:
    """«Выписка из классного журнала № 3 от 20.11.2026»."""
    return f"{TITLES[kind]} № {ordinal} от {wording.short_day(made_on)}"


def given_to(kind: str, applicant: str, request: str, pupil: str, days: str) -> tuple[str, ...]:
    """What stands on top of an issued paper, sentence by sentence; `request` is «№ 7 от
    16.11.2026, на личном приёме»."""
    what = "Выписка дана" if kind == "extract" else "Информация дана"
    return (
        f"{what}: {applicant}, по заявлению {request}.",
        f"Обучающийся: {pupil}.",
        f"За время: {days}.",
    )


def waiting(arrived_at: datetime, due_at: datetime, now: datetime) -> str:
    """«ждёт 4 минуты, принять до 10:56» of local moments; «ждёт 20 минут, срок был 10:56»."""
    minutes = max(0, int((now - arrived_at).total_seconds() // 60))
    waits = f"ждёт {wording.plural(minutes, 'минуту', 'минуты', 'минут')}"
    until = wording.clock_time(due_at)
    return f"{waits}, принять до {until}" if now <= due_at else f"{waits}, срок был {until}"


def waited(arrived_at: datetime, begun_at: datetime) -> str:
    """«4 минуты»."""
    minutes = max(0, int((begun_at - arrived_at).total_seconds() // 60))
    return wording.plural(minutes, "минуту", "минуты", "минут")
