"""An installation that says of itself what is wrong and how to mend it."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from peewee import PeeweeException

from school import printing
from school.database import (
    PROTECTED_TABLES,
    SchemaError,
    ensure_connection,
    fetch_all,
    is_sqlite,
    pending_migrations,
)
from school.delivery import ask_server
from school.models import Account, School
from school.queries.calendars import get_working_days
from school.queries.health import find_worker_silence
from school.queries.regulations import find_regulation
from school.settings import Settings


class State(Enum):
    GOOD = "хорошо"
    NOTE = "заметьте"
    BAD = "плохо"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and what to do."""

    name: str
    state: State
    says: str
    mend: str = ""


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Look at each setting and at what it leads to. Passwords and keys are never repeated."""
    findings = [*_settings(settings)]
    try:
        ensure_connection()
        findings += _database(settings, now)
    except (PeeweeException, SchemaError, OSError) as error:
        findings.append(
            Finding(
                "DATABASE_URL",
                State.BAD,
                f"база не отвечает ({type(error).__name__})",
                "проверьте адрес, имя и пароль; для PostgreSQL — что сервер запущен",
            )
        )
    return findings


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding("HOST, PORT", State.GOOD, f"слушаем {settings.host}:{settings.port}")
    if settings.is_secure or settings.is_local:
        yield Finding("BASE_URL", State.GOOD, settings.base_url)
    else:
        yield Finding(
            "BASE_URL",
            State.BAD,
            f"{settings.base_url}: пароли и отметки идут по сети открыто",
            "поставьте перед программой сервер с сертификатом и напишите BASE_URL=https://…",
        )
    secret = settings.data_dir / "secret-key"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) != 0o600:
        yield Finding(
            "SECRET_KEY", State.BAD, f"{secret} могут читать другие", f"chmod 600 {secret}"
        )
    elif len(settings.secret_key) < 32:
        yield Finding(
            "SECRET_KEY", State.BAD, "слишком короткий", "возьмите 32 случайных знака или больше"
        )
    else:
        yield Finding("SECRET_KEY", State.GOOD, "есть")
    probe = settings.data_dir / ".doctor"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe.write_text("")
        probe.unlink()
        yield Finding("DATA_DIR", State.GOOD, f"{settings.data_dir} доступен для записи")
    except OSError as error:
        yield Finding(
            "DATA_DIR",
            State.BAD,
            f"в {settings.data_dir} нельзя писать ({error.strerror})",
            "дайте программе права на эту папку",
        )
    yield _mail(settings)
    yield _printer()
    if settings.sms_url:
        yield Finding("SMS_URL", State.GOOD, "задан")
    else:
        yield Finding("SMS_URL", State.NOTE, "не задан: SMS остаются в исходящих")
    if settings.demo:
        yield Finding("DEMO", State.NOTE, "на странице входа показаны демонстрационные логины")
    else:
        yield Finding("DEMO", State.GOOD, "выключен")


def _mail(settings: Settings) -> Finding:
    if not settings.smtp_url:
        return Finding(
            "SMTP_URL",
            State.NOTE,
            "не задан: письма остаются в исходящих",
            "SMTP_URL=smtp://имя:пароль@сервер:587",
        )
    wrong = next(ask_server(settings), "")
    if wrong:
        return Finding(
            "SMTP_URL", State.BAD, wrong, "проверьте адрес, порт, имя и пароль почтового сервера"
        )
    return Finding("SMTP_URL", State.GOOD, "сервер отвечает и пускает")


def _printer() -> Finding:
    wrong = next(printing.examine(), "")
    if wrong:
        return Finding(
            "Печать (wkhtmltopdf)",
            State.NOTE,
            f"{wrong}; страницы печатаются из браузера, PDF не делаются",
            "apt-get install wkhtmltopdf fonts-liberation",
        )
    return Finding("Печать (wkhtmltopdf)", State.GOOD, "делает PDF")


def _database(settings: Settings, now: datetime) -> Iterator[Finding]:
    kind = "SQLite" if is_sqlite() else "PostgreSQL"
    yield Finding("DATABASE_URL", State.GOOD, f"{kind} отвечает")
    pending = pending_migrations()
    if pending:
        yield Finding(
            "Схема базы",
            State.BAD,
            f"не хватает: {', '.join(pending)}",
            "flask --app app migrate",
        )
        return
    yield Finding("Схема базы", State.GOOD, "новейшая")
    unprotected = [table for table in PROTECTED_TABLES if not _is_protected(table)]
    if unprotected:
        yield Finding(
            "Защита истории",
            State.BAD,
            f"таблицы без защиты: {', '.join(unprotected)}",
            "flask --app app migrate",
        )
    else:
        yield Finding("Защита истории", State.GOOD, "записанное изменить нельзя")
    silence = find_worker_silence(now)
    if silence is None or silence > 180:
        yield Finding(
            "Фоновые задания",
            State.NOTE,
            "стоят: не отзывались больше трёх минут, письма и бумаги ждут",
            "запустите flask --app app serve (или huey_consumer tasks.huey)",
        )
    else:
        yield Finding("Фоновые задания", State.GOOD, f"идут, отзывались {silence:.0f} с назад")
    schools = School.select().count()
    if schools:
        yield Finding("Школы", State.GOOD, f"в базе: {schools}")
        yield from _promises(now.date())
    else:
        yield Finding(
            "Школы",
            State.NOTE,
            "пока ни одной",
            f"откройте {settings.base_url}/setup, код мастера: {settings.setup_code} "
            "(или flask --app app import ПАПКА, demo)",
        )
    if not settings.is_local and Account.select().where(Account.is_demo).exists():
        yield Finding(
            "Демонстрационные люди",
            State.BAD,
            "в базе есть учётные записи с известным паролем (войти по ним здесь нельзя)",
            "заведите школу мастером на /setup: демонстрационные люди исчезнут",
        )


def _is_protected(table: str) -> bool:
    if is_sqlite():
        sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        wanted = 3
    else:
        sql = "SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ?::regclass"
        wanted = 2
    count: int = fetch_all(sql, (table,))[0][0]
    return count == wanted


#: So far ahead a term in working days may reach.
CALENDAR_AHEAD = timedelta(days=60)


def _promises(today: date) -> Iterator[Finding]:
    """Whether every school has a regulation, and a calendar that somebody compared with the
    government's."""
    schools = list(School.select(School.id, School.name).order_by(School.id))
    silent = [school.name for school in schools if find_regulation(school.id, today) is None]
    if silent:
        yield Finding(
            "Регламент",
            State.BAD,
            f"сегодня его нет: {', '.join(silent)}",
            "flask --app app import ПАПКА с файлами школы заводит её регламент",
        )
    else:
        yield Finding("Регламент", State.GOOD, "есть у каждой школы")
    open_years = {
        year
        for school in schools
        for year in get_working_days(school.id, today).warnings_between(
            today, today + CALENDAR_AHEAD
        )
    }
    years = ", ".join(str(year) for year in sorted(open_years))
    if years:
        yield Finding(
            "Производственный календарь",
            State.NOTE,
            f"переносы выходных не подтверждены: {years}",
            "администратор школы: Кабинет → Календарь",
        )
    else:
        yield Finding("Производственный календарь", State.GOOD, "подтверждён")
