"""Questions to a school in every state, and what it says on its public page (A13, A14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from school.actions.history import Act, Fact, record
from school.demo.places import Place
from school.models import HelpMessage, HelpThread, Municipality, PublicPage
from school.models.fields import from_milliseconds
from school.rules.questions import (
    ANSWERED,
    BY_EMAIL,
    BY_PAGE,
    BY_PHONE,
    BY_VISIT,
    CLOSED,
    OPEN,
    code_of,
    hash_codes,
)

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question: how long before the demo's moment it was asked, and what came of it."""

    hours_ago: int
    text: str
    answer: str = ""
    state: str = OPEN
    #: Without an account: name, way and address.
    name: str = ""
    way: str = BY_PAGE
    address: str = ""


ASKED = (
    _Asked(
        52,
        "Здравствуйте! Во вторник стоит «н», а ребёнок был на олимпиаде. Кому сказать?",
    ),
    _Asked(
        200,
        "Как сделать буквы крупнее? С телефона плохо видно.",
        "Вверху любой страницы есть ссылка «Версия для слабовидящих»: выберите размер и нажмите "
        "«Показать так». Этот телефон запомнит.",
        ANSWERED,
    ),
    _Asked(
        171,
        "Бабушка забирает ребёнка из школы. Можно ей тоже видеть расписание?",
        name="Мария Петровна",
        way=BY_PHONE,
        address="+7 (000) 000-55-55",
    ),
    _Asked(
        310,
        "Что нужно принести, чтобы получить код?",
        "Заявление и согласие на обработку персональных данных: бланки есть на странице школы. "
        "Паспорт возьмите с собой.",
        ANSWERED,
        name="Ольга Сергеевна",
        way=BY_EMAIL,
        address="olga@example.ru",
    ),
    _Asked(
        400,
        "Проверка",
        state=CLOSED,
        name="Без имени",
        way=BY_VISIT,
    ),
)
SCHOOL_WORDS = """Электронный дневник заведён для всех классов.

За кодом с собой возьмите:
- паспорт;
- документ о полномочиях, если вы опекун или попечитель.

Родительское собрание о дневнике проходит в сентябре."""
MUNICIPAL_WORDS = """Информацию о текущей успеваемости школы округа предоставляют бесплатно, \
всем родителям и законным представителям.

С вопросом о своём ребёнке обращайтесь в школу: Управление образования данных детей не видит."""


def make_questions(
    place: Place, moment: int, *, parent_id: int, other_parent_id: int, administrator_id: int
) -> None:
    """A question in each state to a school; `moment` is the demo's, as stored."""
    now = from_milliseconds(moment)
    askers = iter((parent_id, other_parent_id))
    for number, asked in enumerate(ASKED):
        person_id = None if asked.name else next(askers)
        _ask(place, number, asked, person_id, administrator_id, now)


def _ask(
    place: Place,
    number: int,
    asked: _Asked,
    person_id: int | None,
    administrator_id: int,
    now: datetime,
) -> None:
    key = f"{place.plan.short_name}:{number}"
    asked_at = now - asked.hours_ago * HOUR
    answered_at = min(asked_at + 20 * HOUR, now)
    thread = HelpThread.create(
        school=place.school_id,
        person=person_id,
        name=asked.name,
        way=asked.way,
        address=asked.address,
        code_hash=None if person_id else hash_codes(code_of("demo", key))[0],
        state=asked.state,
        open_since=asked_at if asked.state == OPEN else None,
        changed_at=asked_at if asked.state == OPEN else answered_at,
    )
    facts = [(asked_at, person_id, "", OPEN)]
    if asked.state != OPEN:
        facts.append((answered_at, administrator_id, OPEN, asked.state))
    for at, actor_id, old, new in facts:
        act = Act(at, actor_id)
        record(act, place.school_id, [Fact("help_thread", thread.id, "state", old, new)])
    HelpMessage.create(
        thread=thread, author=person_id, at=asked_at, text=asked.text, request=f"demo:{key}"
    )
    if asked.answer:
        HelpMessage.create(
            thread=thread,
            is_answer=True,
            author=administrator_id,
            at=answered_at,
            text=asked.answer,
            request=f"demo:{key}:answer",
        )


def make_school_page(place: Place, moment: int, administrator_id: int) -> None:
    """What the administrator wrote on the school's page a month ago."""
    act = Act(from_milliseconds(moment) - timedelta(days=30), administrator_id)
    words = {
        "text": SCHOOL_WORDS,
        "whom": "администратор дневника, кабинет 12",
        "phone": place.plan.phone[:-1] + "2",
        "hours": "по рабочим дням с 14:00 до 16:00",
    }
    _make_page(act, place.municipality_id, place.school_id, words)


def make_municipal_page(municipality: Municipality, moment: int, officer_id: int) -> None:
    """What the officer wrote on the municipality's page."""
    act = Act(from_milliseconds(moment) - timedelta(days=40), officer_id)
    words = {
        "text": MUNICIPAL_WORDS,
        "whom": "отдел общего образования",
        "phone": "+7 (000) 000-00-02",
        "hours": "по рабочим дням с 9:00 до 17:00",
    }
    _make_page(act, municipality.id, None, words)


def _make_page(
    act: Act, municipality_id: int, school_id: int | None, words: dict[str, str]
) -> None:
    """As the action does, but for the revision, which tells of the newest entry."""
    made = PublicPage.create(
        municipality=municipality_id,
        school=school_id,
        changed_at=act.at,
        changed_by=act.actor_id,
        **words,
    )
    record(act, school_id, [Fact("public_page", made.id, name, "", x) for name, x in words.items()])
