"""The links on top of every page: what this person may open."""

from dataclasses import dataclass

from flask import url_for

from blueprints.access import Viewer
from school.queries.questions import count_open_questions
from school.rules import access


@dataclass(frozen=True, slots=True)
class MenuLink:
    title: str
    address: str


def menu_for(viewer: Viewer | None) -> list[MenuLink]:
    """Staff pages first, then each child's diary; nothing for those who are not signed in."""
    if viewer is None or viewer.person.must_change_password:
        return []
    ties = viewer.ties
    links = []
    if access.TEACHER in ties.kinds:
        links.append(MenuLink("Мои уроки", url_for("gradebook.day")))
    if access.CLASS_TEACHER in ties.kinds:
        links.append(MenuLink("Мой класс", url_for("classroom.own")))
    if ties.kinds & access.ANSWERS_FOR_RECORDS:
        links.append(MenuLink("Школа", url_for("oversight.start")))
    elif access.OFFICER in ties.kinds:
        links.append(MenuLink("Школы", url_for("oversight.start")))
    if access.ADMINISTRATOR in ties.kinds:
        waiting = count_open_questions(ties.schools([access.ADMINISTRATOR]))
        count = sum(of_school.count for of_school in waiting.values())
        title = f"Кабинет, вопросов: {count}" if count else "Кабинет"
        links.append(MenuLink(title, url_for("office.start")))
    if access.SUPPORT in ties.kinds:
        links.append(MenuLink("Установка", url_for("operations.support")))
    for child in ties.children:
        title = "Мой дневник" if child.is_self else f"Дневник: {_name_of(child, ties.children)}"
        links.append(MenuLink(title, url_for("diary.first", pupil_id=child.pupil_id)))
    return links


def _name_of(child: access.Child, children: tuple[access.Child, ...]) -> str:
    """What tells a child from the others: the given name, with the surname or the year of birth
    where two are called the same."""
    alike = [c for c in children if c.given_name == child.given_name and not c.is_self]
    if len(alike) < 2:
        return child.given_name
    if len({c.surname for c in alike}) == len(alike):
        return f"{child.given_name} {child.surname}"
    born = f", {child.birth_on.year} г. р." if child.birth_on else f" ({alike.index(child) + 1})"
    return f"{child.given_name} {child.surname}{born}"
