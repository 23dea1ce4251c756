"""Letters: their words, and how words become a MIME message.

A letter is a few blocks, kept as JSON in its row and made into text and HTML by the same
function, so that both say the same. The texts are here and nowhere else; how things are called
in them is wording.py's.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from school import wording
from school.rules.register import without_controls

#: One block of a letter: a paragraph, a list, or words with an address of this program.
Block = tuple[str, str] | tuple[str, tuple[str, ...]] | tuple[str, str, str]

LONGEST_SUBJECT = 150


def paragraph(text: str) -> Block:
    return "p", text


def bullets(lines: Iterable[str]) -> Block:
    return "ul", tuple(lines)


def button(words: str, path: str) -> Block:
    """Words with the address of a page, «/account/…»."""
    return "a", words, path


@dataclass(frozen=True, slots=True)
class Text:
    """What a letter says."""

    subject: str
    blocks: tuple[Block, ...]

    def to_json(self) -> str:
        return json.dumps(self.blocks, ensure_ascii=False)


def read_blocks(body: str) -> tuple[Block, ...]:
    """The blocks of a kept letter; none where the text was secret and is gone."""
    blocks = json.loads(body) if body else ()
    return tuple(("ul", tuple(block[1])) if block[0] == "ul" else tuple(block) for block in blocks)


def one_line(text: str) -> str:
    """A text that can stand in a header: no line breaks, nothing that is not shown."""
    return " ".join(without_controls(text).split())[:LONGEST_SUBJECT]


def greeting(given_name: str, patronymic: str) -> str:
    """«Здравствуйте, Вера Ивановна!»"""
    return f"Здравствуйте, {' '.join(filter(None, (given_name, patronymic)))}!"


def footer(school_name: str) -> str:
    sender = f"Листок, {school_name}" if school_name else "Листок"
    return f"{sender}. Это письмо отправила программа, отвечать на него не нужно."


def as_text(blocks: Sequence[Block], base_url: str) -> str:
    """A letter as plain text."""
    parts = []
    for block in blocks:
        match block:
            case ("ul", lines):
                parts.append("\n".join(f"— {_flat(line)}" for line in lines))
            case ("a", words, path):
                parts.append(f"{_flat(words)}: {base_url}{path}")
            case (_, text):
                parts.append(_flat(str(text)))
    return "\n\n".join(parts) + "\n"


def as_html(blocks: Sequence[Block], base_url: str, title: str) -> str:
    """The same as HTML: as small as can be, in the reader's own fonts and colours."""
    parts = []
    for block in blocks:
        match block:
            case ("ul", lines):
                items = "".join(f"<li>{escape(_flat(line))}</li>" for line in lines)
                parts.append(f"<ul>{items}</ul>")
            case ("a", words, path):
                address = escape(base_url + path)
                parts.append(f'<p>{escape(_flat(words))}: <a href="{address}">{address}</a></p>')
            case (_, text):
                parts.append(f"<p>{escape(_flat(str(text)))}</p>")
    return (
        '<!doctype html>\n<html lang="ru"><head><meta charset="utf-8">'
        f"<title>{escape(one_line(title))}</title></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _flat(text: str) -> str:
    return " ".join(without_controls(text).split())


def _display_name(name: str) -> str:
    """A name beside an address, without what mail programs take for another address."""
    return one_line("".join(" " if letter in '<>@:;,()[]\\"' else letter for letter in name))


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a message needs beside its text."""

    sender_name: str
    sender: str
    to_name: str
    to: str
    message_id: str
    written_at: datetime


def make_message(
    envelope: Envelope, subject: str, blocks: Sequence[Block], base_url: str
) -> EmailMessage:
    """A letter as MIME: text first, then the same as HTML. Raises ValueError for an address that
    is none."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(subject)
    message["From"] = Address(_display_name(envelope.sender_name), addr_spec=envelope.sender)
    message["To"] = Address(_display_name(envelope.to_name), addr_spec=envelope.to)
    message["Date"] = format_datetime(envelope.written_at)
    # The same at every try: a mail program that got it twice shows it once.
    message["Message-ID"] = envelope.message_id
    # Nobody's holiday answer comes back, and no list in between answers it.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = "ru"
    message.set_content(as_text(blocks, base_url), cte="base64")
    message.add_alternative(as_html(blocks, base_url, subject), subtype="html", cte="base64")
    return message


# The letters themselves


def password_changed(at: datetime) -> Text:
    """To the account's person; `at` is local."""
    return Text(
        "Ваш пароль изменён",
        (
            paragraph(
                f"{wording.full_day(at.date())} в {wording.clock_time(at)} пароль вашей учётной "
                "записи изменили. На других устройствах нужно войти заново."
            ),
            paragraph("Если это сделали вы, больше ничего не нужно."),
            paragraph(
                "Если не вы — попросите администратора школы или классного руководителя выдать "
                "временный пароль: прежний тогда перестанет подходить."
            ),
            button("Вход", "/sign-in"),
        ),
    )


def password_issued(at: datetime) -> Text:
    """A one-time password was made for somebody else's account; `at` is local."""
    return Text(
        "Вам выдали временный пароль",
        (
            paragraph(
                f"{wording.full_day(at.date())} в {wording.clock_time(at)} для вашей записи "
                "выдали временный пароль. Прежний больше не подходит, все входы закончены."
            ),
            paragraph("Временный пароль вам передадут лично; в письмах его не бывает."),
            paragraph("Если вы об этом не просили, скажите администратору школы."),
        ),
    )


def login_changed(at: datetime) -> Text:
    """To the account's person; `at` is local. The login itself does not stand in a letter."""
    return Text(
        "Ваш логин изменён",
        (
            paragraph(
                f"{wording.full_day(at.date())} в {wording.clock_time(at)} логин вашей учётной "
                "записи изменили."
            ),
            paragraph("Если это сделали не вы, смените пароль: все остальные входы закончатся."),
            button("Сменить пароль", "/account/password"),
        ),
    )


def password_code(login: str, code: str, ends_at: datetime) -> Text:
    """To a confirmed address, for whoever forgot the password (H16); `ends_at` is local."""
    return Text(
        "Код для нового пароля",
        (
            paragraph(
                "Кто-то, скорее всего вы, попросил новый пароль для входа в дневник и журнал."
            ),
            paragraph(f"Ваш логин: {login}"),
            paragraph(f"Код: {code}"),
            # What stands after the sign # stays in the browser: no server on the way logs it.
            button("Новый пароль", f"/invitation#{code}"),
            paragraph(
                f"Код подходит один раз, до {wording.clock_time(ends_at)} "
                f"{wording.day_and_month(ends_at.date())}. Никому его не сообщайте."
            ),
            paragraph("Если вы об этом не просили, ничего делать не нужно: пароль прежний."),
        ),
    )


def new_device(at: datetime) -> Text:
    """Somebody signed in where this person never did; `at` is local."""
    return Text(
        "Вход с нового устройства",
        (
            paragraph(
                f"{wording.full_day(at.date())} в {wording.clock_time(at)} в вашу учётную запись "
                "вошли с устройства, с которого раньше не входили."
            ),
            paragraph("Если это были вы, ничего делать не нужно."),
            paragraph("Если не вы — смените пароль: все остальные входы тогда закончатся."),
            button("Сменить пароль", "/account/password"),
        ),
    )


def confirm_address(code: str) -> Text:
    """To the address itself, with the code that shows that it is the person's."""
    return Text(
        "Код подтверждения адреса",
        (
            paragraph("Этот адрес указали для писем из школы."),
            paragraph(f"Код: {code}"),
            paragraph("Введите его на странице «Почта»; он подходит один день."),
            button("Почта", "/account/email"),
            paragraph("Если вы адреса не указывали, ничего делать не нужно."),
        ),
    )


def address_changed(at: datetime) -> Text:
    """To the address that held until now."""
    return Text(
        "Адрес для писем изменён",
        (
            paragraph(
                f"{wording.full_day(at.date())} в {wording.clock_time(at)} для вашей записи "
                "указали другой адрес, сюда письма больше не приходят."
            ),
            paragraph("Если это сделали не вы, смените пароль и верните адрес."),
            button("Моя учётная запись", "/account/"),
        ),
    )


def trial_letter(at: datetime) -> Text:
    """An administrator tries whether letters arrive; `at` is local."""
    return Text(
        "Проверка почты",
        (
            paragraph(
                "Это проверочное письмо. Раз вы его читаете, почта из журнала и дневника доходит."
            ),
            paragraph(f"Его попросили {wording.short_day(at.date())} в {wording.clock_time(at)}."),
        ),
    )


def request_news(hello: str, kind: str, ordinal: int, registered_on: date, said: str) -> Text:
    """To an applicant: what became of their request. It names no child."""
    return Text(
        f"Заявление № {ordinal}: {kind[:1].lower()}{kind[1:]}",
        (
            paragraph(hello),
            paragraph(f"Заявление № {ordinal} от {wording.short_day(registered_on)}. {said}"),
            button("Мои заявления", "/account/requests"),
        ),
    )


def help_answer(answer: str, path: str, *, has_account: bool) -> Text:
    """What the school says to a question (A13); `path` is where the thread can be read."""
    where = "Весь разговор и место для нового вопроса" if has_account else "Спросить ещё"
    needs_code = (
        ()
        if has_account
        else (paragraph("Там нужен код вопроса: его показала страница, когда вы спросили."),)
    )
    return Text(
        "Ответ школы на ваш вопрос",
        (
            *(paragraph(part) for part in answer.split("\n") if part.strip()),
            button(where, path),
            *needs_code,
        ),
    )


@dataclass(frozen=True, slots=True)
class RegisterDayLine:
    """What one person wrote in one lesson's register on a day."""

    lesson_id: int
    subject: str
    group_name: str
    held_on: date
    lesson_number: int
    #: Empty where it was the letter's reader.
    who: str
    #: How many entries, by what they are: «mark» …
    counts: tuple[tuple[str, int], ...]
    #: How many of them replaced or took back something.
    corrected: int
    first_at: datetime
    last_at: datetime


_ENTRIES = {
    "mark": "отметки",
    "worked_on": "дни выполнения работ",
    "attendance": "посещаемость",
    "late_minutes": "минуты опозданий",
    "comment": "комментарии",
    "homework": "домашнее задание",
    "topic": "тема",
    "material": "материал",
    "attendance_taken": "посещаемость отмечена",
}


def register_day_line(line: RegisterDayLine) -> str:
    """«Алгебра, 7А, урок 20 ноября, 3-й: отметки — 12, тема — 1, исправлено 2; 10:05–10:41»."""
    counted = [f"{_ENTRIES.get(name, 'прочее')} — {n}" for name, n in line.counts]
    where = (
        f"{line.subject}, {line.group_name}, урок {wording.day_and_month(line.held_on)}, "
        f"{line.lesson_number}-й"
    )
    times = [wording.clock_time(line.first_at), wording.clock_time(line.last_at)]
    text = f"{where}: {', '.join(counted)}"
    text += f"; из них исправлений {line.corrected}" if line.corrected else ""
    text += f"; в {times[0]}" if times[0] == times[1] else f"; с {times[0]} до {times[1]}"
    return text + (f"; записи внёс другой человек: {line.who}" if line.who else "")


#: A letter names so many lessons; the rest is counted.
LONGEST_REGISTER_DAY = 40


def register_day(day: date, lines: Sequence[RegisterDayLine]) -> Text:
    """The nightly letter to a teacher (H12): what was written in their registers on a day, so
    that entries of a stranger are seen the next morning. It names no child and no mark: letters
    lie on other people's servers."""
    shown = [register_day_line(line) for line in lines[:LONGEST_REGISTER_DAY]]
    left = len(lines) - len(shown)
    if left:
        shown.append(f"и ещё {wording.plural(left, 'строка', 'строки', 'строк')}")
    return Text(
        f"Записи в ваших журналах {wording.day_and_month(day)}",
        (
            paragraph(f"{wording.capital(wording.long_day(day))}, в ваших журналах записали:"),
            bullets(shown),
            paragraph("Всё это внесли вы или коллеги, которых вы знаете? Тогда ничего не нужно."),
            paragraph(
                "Если нет — смените пароль и скажите администратору: каждая запись с автором и "
                "прежним значением сохранена в истории урока."
            ),
            button("Уроки этого дня", f"/gradebook/days/{day}"),
            button("Сменить пароль", "/account/password"),
        ),
    )


#: A letter names so many lines of what is owed; the rest is counted.
LONGEST_DEADLINES = 40


def deferral_near(lines: Sequence[str], until_on: date) -> Text:
    """To a teacher: the day to which an order put results off is near (E3). It names no child."""
    day = wording.day_and_month(until_on)
    return Text(
        f"Отсрочка заканчивается {day}",
        (
            paragraph(f"По приказу эти результаты отложены до {day}, их ещё нет:"),
            bullets(lines),
            button("Результаты моих групп", "/gradebook/results"),
        ),
    )


#: Where whoever is reminded finds what they owe.
_OWN_LISTS = {
    "teacher": ("Что ещё внести", "/gradebook/owed"),
    "class_teacher": ("Мой класс", "/class/"),
    "administrator": ("Кабинет", "/office/"),
}


def _shown_lines(lines: Sequence[str]) -> Block:
    shown = list(lines[:LONGEST_DEADLINES])
    left = len(lines) - len(shown)
    if left:
        shown.append(f"и ещё {wording.plural(left, 'строка', 'строки', 'строк')}")
    return bullets(shown)


def deadlines_near(lines: Sequence[str], roles: Sequence[str]) -> Text:
    """To whoever has something in hand whose term ends soon (all rows): lines of
    wording.obligation_line, and as what the person has them in hand. It names no child."""
    return Text(
        f"Скоро срок: {wording.plural(len(lines), 'дело', 'дела', 'дел')}",
        (
            paragraph("Скоро закончится срок, к которому это обещано семьям:"),
            _shown_lines(lines),
            *(button(*_OWN_LISTS[role]) for role in roles if role in _OWN_LISTS),
        ),
    )


def deadlines_passed(lines: Sequence[str], school_id: int) -> Text:
    """To the deputy head, what was not done by the end of its term. It names no child."""
    return Text(
        f"Просрочено: {wording.plural(len(lines), 'дело', 'дела', 'дел')}",
        (
            paragraph("Срок прошёл, а это ещё не сделано:"),
            _shown_lines(lines),
            button("Школа сегодня", f"/oversight/schools/{school_id}/today"),
        ),
    )


def remark_letter(where: str, due_on: date, remark_id: int) -> Text:
    """That the deputy head made a remark on a journal (E7). It names no child: what is to be
    mended stands on the page."""
    return Text(
        f"Замечание к журналу: {where}",
        (
            paragraph(
                f"Заместитель директора сделал(а) замечание к журналу: {where}. "
                f"Исправить нужно до {wording.full_day(due_on)}."
            ),
            button("Что исправить", f"/gradebook/remarks/{remark_id}"),
        ),
    )


#: A letter names so many changes of the timetable; the rest is counted.
LONGEST_TIMETABLE = 40


def timetable_changes(lines: Sequence[str]) -> Text:
    """What changed in a teacher's lessons (B6). It names no child and no reason."""
    shown = list(lines[:LONGEST_TIMETABLE])
    left = len(lines) - len(shown)
    if left:
        shown.append(f"и ещё {wording.plural(left, 'строка', 'строки', 'строк')}")
    return Text(
        "Изменения в ваших уроках",
        (
            paragraph("В расписании изменились ваши уроки:"),
            bullets(shown),
            button("Мои уроки", "/gradebook/"),
        ),
    )
