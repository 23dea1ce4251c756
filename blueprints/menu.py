"""The links on top of every page: what this person may open."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from school.rules import access


@dataclass(frozen=True, slots=True)
class MenuLink:
    title: str
    address: str


def menu_for(viewer: Any) -> list[MenuLink]:
    """Staff pages first, then each child's diary; nothing for those who are not signed in."""
    if not viewer or not viewer.is_authenticated or viewer.person.must_change_password:
        return []
    ties = viewer.ties
    links = []
    if access.TEACHER in ties.kinds:
        links.append(MenuLink("Мои уроки", url_for("gradebook.day")))
    if access.CLASS_TEACHER in ties.kinds:
        links.append(MenuLink("Мой класс", url_for("classroom.own")))
    if ties.kinds & access.ANSWERS_FOR_RECORDS or access.OFFICER in ties.kinds:
        links.append(MenuLink("Школа", url_for("oversight.start")))
    if access.ADMINISTRATOR in ties.kinds:
        links.append(MenuLink("Кабинет", url_for("office.start")))
    for child in ties.children:
        title = "Мой дневник" if child.is_self else f"Дневник: {child.given_name}"
        links.append(MenuLink(title, url_for("diary.first", pupil_id=child.pupil_id)))
    return links
