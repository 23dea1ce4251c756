"""Guides: one task a page, in plain words, for everybody."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort

from blueprints.access import public
from blueprints.kept import keep_public
from blueprints.responses import page

blueprint = Blueprint("help", __name__, url_prefix="/help")


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of templates/help/guides."""

    name: str
    title: str


#: For whom → what there is for them, the first things first.
GUIDES: tuple[tuple[str, tuple[Guide, ...]], ...] = (
    (
        "Родителям и законным представителям",
        (
            Guide("access", "Получить доступ: заявление, согласие, код"),
            Guide("register", "Зарегистрироваться с кодом"),
            Guide("sign-in", "Войти в дневник"),
            Guide("week", "Прочитать неделю"),
            Guide("marks", "Что значат отметки и «н»"),
            Guide("excuse", "Предупредить об отсутствии"),
            Guide("paper-request", "Попросить выписку или бумагу"),
            Guide("large-letters", "Крупные буквы и экономия трафика"),
            Guide("letters", "Получать письма"),
            Guide("forgotten-password", "Забыли пароль"),
            Guide("no-internet", "Дневник на бумаге вместо электронного"),
            Guide("asking", "Спросить школу: как это сделать"),
            Guide("accessibility", "Доступность: что проверено и что не работает"),
        ),
    ),
    (
        "Ученикам",
        (
            Guide("tomorrow", "Что завтра"),
            Guide("eighteen", "Мне 18: кто видит мой дневник"),
        ),
    ),
    (
        "Учителям",
        (
            Guide("keyboard", "Отметки с клавиатуры"),
            Guide("attendance", "Посещаемость отмечена"),
            Guide("late-marks", "Отметка позже урока"),
            Guide("change-request", "Исправить старую запись"),
            Guide("results", "Отметки за четверть и год"),
        ),
    ),
    (
        "Классным руководителям",
        (
            Guide("absences", "Кого нет и почему"),
            Guide("consent-sheets", "Листы согласия"),
            Guide("class-codes", "Коды: кто с доступом и без"),
            Guide("my-class", "Мой класс и полоски отметок"),
            Guide("paper-people", "Кто на бумаге: распечатки и звонки"),
        ),
    ),
    (
        "Администратору школы",
        (
            Guide("set-up", "Завести школу"),
            Guide("import", "Загрузить таблицы"),
            Guide("requests", "Заявления"),
            Guide("visits", "Личный приём, выписки на бумаге"),
            Guide("office-codes", "Коды и памятки"),
            Guide("answering", "Вопросы родителей и страница школы"),
        ),
    ),
    (
        "Заместителю директора и директору",
        (
            Guide("school-today", "Чего нет в журналах"),
            Guide("substitutions", "Нет учителя: замены"),
            Guide("regulation", "Регламент и сроки"),
        ),
    ),
    ("Управлению образования", (Guide("municipality", "Школы и регламенты"),)),
)
BY_NAME = {guide.name: guide for _, guides in GUIDES for guide in guides}


@blueprint.get("/")
@public()
def index() -> Any:
    """All guides, and the way to ask."""
    return keep_public((), lambda: page("help/index.html", guides=GUIDES))


@blueprint.get("/<name>")
@public()
def guide(name: str) -> Any:
    """One guide."""
    found = BY_NAME.get(name)
    if found is None:
        abort(404)
    return keep_public((), lambda: page(f"help/guides/{name}.html", guide=found))
