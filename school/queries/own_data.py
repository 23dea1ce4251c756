"""What is kept about a person, for that person: 152-ФЗ, статья 14. Nothing of other people but
the names of one's own children and pupils; no representative learns of another."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school import clock, wording
from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.ties import get_ties
from school.rules.access import ATTENDANCE, COMMENTS, MARKS
from school.wording_codes import PURPOSES
from school.wording_requests import DECISION_WORDS, KIND_TITLES, PURPOSE_WORDS, STAGE_WORDS


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of data: a table of the page, a list of the JSON."""

    key: str
    title: str
    #: Name in the JSON, heading on the page.
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def records(self) -> list[dict[str, str]]:
        """The rows as JSON has them."""
        names = [name for name, _ in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


PERSON = """
SELECT p.surname, p.given_name, p.patronymic, p.birth_on, a.login, a.created_at
FROM person p LEFT JOIN account a ON a.person_id = p.id WHERE p.id = ?
"""
ROLES = """
SELECT r.kind, COALESCE(s.name, m.name), c.grade, c.letter, r.from_on, r.until_on, r.end_reason
FROM role r JOIN municipality m ON m.id = r.municipality_id LEFT JOIN school s ON s.id = r.school_id
LEFT JOIN school_class c ON c.id = r.school_class_id WHERE r.person_id = ? ORDER BY r.from_on, r.id
"""
CHILDREN = """
SELECT p.surname, p.given_name, g.kind, g.basis, g.from_on, g.until_on, g.end_reason
FROM guardianship g JOIN person p ON p.id = g.pupil_id
WHERE g.guardian_id = ? ORDER BY g.from_on, g.id
"""
ENROLMENTS = """
SELECT s.name, c.grade, c.letter, e.from_on, e.until_on, e.ending, e.reason
FROM enrolment e JOIN school s ON s.id = e.school_id
JOIN school_class c ON c.id = e.school_class_id WHERE e.pupil_id = ? ORDER BY e.from_on, e.id
"""
CONTACTS = """
SELECT kind, address, entered_at, confirmed_at FROM contact WHERE person_id = ? ORDER BY id
"""
CODES = """
SELECT i.made_at, s.name, i.purpose, i.ends_at, i.used_at, i.replaced_at
FROM invitation i JOIN school s ON s.id = i.school_id WHERE i.person_id = ? ORDER BY i.id
"""
REQUESTS = """
SELECT ordinal, registered_on, kind, stage FROM service_request
WHERE applicant_id = ? ORDER BY id
"""
CONSENTS = """
SELECT purpose, decision, signed_on, withdrawn_at FROM consent
WHERE signer_id = ? OR subject_id = ? ORDER BY id
"""
SESSIONS = """
SELECT created_at, seen_at, device_name, signed_out_at FROM session
WHERE person_id = ? ORDER BY created_at
"""
QUESTIONS = """
SELECT m.at, s.name, m.is_answer, m.text FROM help_message m
JOIN help_thread t ON t.id = m.thread_id JOIN school s ON s.id = t.school_id
WHERE t.person_id = ? ORDER BY t.id, m.id
"""
LOG = """
SELECT at, event, detail FROM access_log WHERE person_id = ? ORDER BY at DESC, id DESC LIMIT 1000
"""
LOOKS = """
SELECT at, event, detail FROM access_log
WHERE pupil_id = ? AND (person_id IS NULL OR person_id <> ?)
  AND event IN ('diary_read', 'person_read', 'export', 'print')
ORDER BY at DESC, id DESC LIMIT 1000
"""
EXCUSES = """
SELECT asked_at, from_on, until_on, reason, words, decision, word FROM excuse
WHERE asked_by_id = ? ORDER BY id
"""
OF_LESSONS = {
    MARKS: (
        "marks",
        "Отметки",
        ("mark", "Отметка"),
        """
        SELECT l.held_on, j.name, m.value FROM mark m
        JOIN work w ON w.id = m.work_id JOIN lesson l ON l.id = w.lesson_id
        JOIN teaching_group g ON g.id = l.teaching_group_id JOIN subject j ON j.id = g.subject_id
        WHERE m.pupil_id = ? ORDER BY l.held_on, l.lesson_number, m.id
        """,
    ),
    ATTENDANCE: (
        "attendance",
        "Посещаемость",
        ("code", "Отметка о посещаемости"),
        """
        SELECT l.held_on, j.name, a.code FROM attendance a JOIN lesson l ON l.id = a.lesson_id
        JOIN teaching_group g ON g.id = l.teaching_group_id JOIN subject j ON j.id = g.subject_id
        WHERE a.pupil_id = ? ORDER BY l.held_on, l.lesson_number, a.id
        """,
    ),
    COMMENTS: (
        "comments",
        "Комментарии учителей",
        ("comment", "Комментарий"),
        """
        SELECT l.held_on, j.name, c.text FROM lesson_comment c JOIN lesson l ON l.id = c.lesson_id
        JOIN teaching_group g ON g.id = l.teaching_group_id JOIN subject j ON j.id = g.subject_id
        WHERE c.pupil_id = ? ORDER BY l.held_on, l.lesson_number, c.id
        """,
    ),
}


def get_own_data(person_id: int, now: datetime) -> tuple[Section, ...]:
    """Everything kept about a person, in sections; empty ones are left out. Moments are local
    to the person's school. Raises LookupError."""
    people = fetch_all(PERSON, (person_id,))
    if not people:
        raise LookupError(f"no person {person_id}")
    zone = _zone(person_id)

    def at(value: Any) -> str:
        if value is None:
            return ""
        return f"{clock.local(from_milliseconds(value), zone):%d.%m.%Y в %H:%M}"

    surname, given_name, patronymic, birth_on, login, created_at = people[0]
    person = (surname, given_name, patronymic, _day(birth_on), login or "", at(created_at))
    sections = [
        Section(
            "person",
            "Личные данные",
            (("surname", "Фамилия"), ("given_name", "Имя"), ("patronymic", "Отчество"),
             ("birth_on", "Дата рождения"), ("login", "Логин"),
             ("account_created_at", "Учётная запись создана")),
            (person,),
        ),
        Section(
            "roles",
            "Должности",
            (("role", "Должность"), ("place", "Где"), ("class", "Класс"), *_DATES),
            tuple(
                (wording.acting(kind), place, f"{grade or ''}{letter or ''}", _day(a), _day(b), why)
                for kind, place, grade, letter, a, b, why in fetch_all(ROLES, (person_id,))
            ),
        ),
        Section(
            "children",
            "Чей я законный представитель",
            (("surname", "Фамилия"), ("given_name", "Имя"), ("kind", "Кто я"),
             ("basis", "Основание"), *_DATES),
            tuple(
                (a, b, wording.GUARDIAN_KINDS[kind], basis, _day(c), _day(d), why)
                for a, b, kind, basis, c, d, why in fetch_all(CHILDREN, (person_id,))
            ),
        ),
        Section(
            "enrolments",
            "Где я учусь",
            (("school", "Школа"), ("class", "Класс"), *_DATES),
            tuple(
                (school, f"{grade}{letter}", _day(a), _day(b),
                 ": ".join(filter(None, (wording.ENDINGS.get(ending, ""), why))))
                for school, grade, letter, a, b, ending, why in fetch_all(ENROLMENTS, (person_id,))
            ),
        ),
        Section(
            "contacts",
            "Почта и телефон",
            (("kind", "Что"), ("address", "Адрес или номер"), ("entered_at", "Указано"),
             ("confirmed_at", "Подтверждено")),
            tuple((CONTACT_KINDS.get(kind, kind), address, at(a), at(b))
                  for kind, address, a, b in fetch_all(CONTACTS, (person_id,))),
        ),
        Section(
            "codes",
            "Коды доступа, которые мне выписывали",
            (("made_at", "Когда"), ("school", "Школа"), ("purpose", "Для чего"),
             ("ends_at", "Действует до"), ("used_at", "Использован"),
             ("replaced_at", "Заменён")),
            tuple((at(a), school, PURPOSES[purpose], at(b), at(c), at(d))
                  for a, school, purpose, b, c, d in fetch_all(CODES, (person_id,))),
        ),
        Section(
            "requests",
            "Мои заявления",
            (("ordinal", "№"), ("registered_on", "Дата"), ("kind", "О чём"), ("stage", "Этап")),
            tuple(
                (str(a), _day(b), KIND_TITLES[kind], STAGE_WORDS[stage])
                for a, b, kind, stage in fetch_all(REQUESTS, (person_id,))
            ),
        ),
        Section(
            "consents",
            "Мои согласия",
            (("purpose", "Для чего"), ("decision", "Решение"), ("signed_on", "Подписано"),
             ("withdrawn_at", "Отозвано")),
            tuple(
                (PURPOSE_WORDS[purpose], DECISION_WORDS[decision], _day(day), at(gone))
                for purpose, decision, day, gone in fetch_all(CONSENTS, (person_id, person_id))
            ),
        ),
        *_of_lessons(person_id, now),
        Section(
            "questions",
            "Мои вопросы школе и ответы",
            (("at", "Когда"), ("school", "Школа"), ("who", "Кто"), ("text", "Что сказано")),
            tuple((at(a), school, "школа" if answer else "я", text)
                  for a, school, answer, text in fetch_all(QUESTIONS, (person_id,))),
        ),
        Section(
            "excuses",
            "Мои сообщения об отсутствии",
            (("at", "Когда"), ("from_on", "С"), ("until_on", "По"), ("reason", "Причина"),
             ("words", "Мои слова"), ("decision", "Ответ"), ("word", "Слова ответа")),
            tuple((at(a), _day(b), _day(c), wording.EXCUSE_REASONS.get(why, why), words,
                   wording.EXCUSE_STATES.get(decision, decision), word)
                  for a, b, c, why, words, decision, word in fetch_all(EXCUSES, (person_id,))),
        ),
        Section(
            "sessions",
            "Входы, которые ещё хранятся",
            (("created_at", "Вход"), ("seen_at", "Последний раз"), ("device", "Устройство"),
             ("signed_out_at", "Выход")),
            tuple((at(a), at(b), device, at(c))
                  for a, b, device, c in fetch_all(SESSIONS, (person_id,))),
        ),
        Section(
            "log",
            "Что я делал(а), по журналу доступа",
            _LOG,
            tuple((at(a), wording.event(event), wording.log_detail(event, detail))
                  for a, event, detail in fetch_all(LOG, (person_id,))),
        ),
        Section(
            "looks",
            "Кто из сотрудников открывал мои данные",
            _LOG,
            tuple((at(a), wording.event(event), wording.log_detail(event, detail))
                  for a, event, detail in fetch_all(LOOKS, (person_id, person_id))),
        ),
    ]  # fmt: skip
    return tuple(section for section in sections if section.rows)


CONTACT_KINDS = {"email": "почта", "phone": "телефон"}
_DATES = (("from_on", "С"), ("until_on", "По"), ("end_reason", "Почему закончилось"))
_LOG = (("at", "Когда"), ("event", "Что"), ("detail", "Подробности"))
_LESSON = (("held_on", "День"), ("subject", "Предмет"))


def _of_lessons(person_id: int, now: datetime) -> list[Section]:
    """A pupil's own marks and the like, as far as the own diary is open to them."""
    child = get_ties(person_id, now).child(person_id)
    if child is None:
        return []
    return [
        Section(
            key,
            title,
            (*_LESSON, column),
            tuple(
                (_day(day), subject, value) for day, subject, value in fetch_all(sql, (person_id,))
            ),
        )
        for area, (key, title, column, sql) in OF_LESSONS.items()
        if area not in child.hidden
    ]


def _zone(person_id: int) -> str:
    sql = """
    SELECT s.time_zone FROM enrolment e JOIN school s ON s.id = e.school_id
    WHERE e.pupil_id = ? OR e.pupil_id IN
          (SELECT g.pupil_id FROM guardianship g WHERE g.guardian_id = ?)
    UNION ALL
    SELECT s.time_zone FROM role r JOIN school s ON s.municipality_id = r.municipality_id
         AND (r.school_id IS NULL OR r.school_id = s.id)
    WHERE r.person_id = ?
    """
    rows = fetch_all(sql, (person_id,) * 3)
    return str(rows[0][0]) if rows else "UTC"


def _day(value: Any) -> str:
    day: date | None = as_date(value)
    return f"{day:%d.%m.%Y}" if day else ""
