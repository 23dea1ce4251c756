"""Registers of some days: on paper, as a page, as a spreadsheet (D5, C6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from blueprints.access import log_event
from blueprints.downloads import send_report
from blueprints.papers.documents import Document, ask_for_paper, document_page, flow_document
from school import clock
from school.exchange.report import ReportSheet
from school.queries.schools import SchoolLine, find_year_start
from school.rules.flow import Block, Paragraph, Table
from school.wording import span


def asked_days(school: SchoolLine, since: date | None = None) -> tuple[date, date]:
    """The days that were asked for by `from` and `until`, else those since a day, or the last
    thirty."""
    today = clock.today(school.time_zone)
    found = {"from": since or today - timedelta(days=30), "until": today}
    for name in found:
        try:
            day = date.fromisoformat(request.args.get(name, ""))
        except ValueError:
            continue
        if 1990 <= day.year <= 2100:
            found[name] = day
    return min(found.values()), max(found.values())


@dataclass(frozen=True, slots=True)
class Register:
    """A register of a school over some days, before it is on paper."""

    #: A kind of paper (actions/papers.py), and of what the log of who looked speaks.
    kind: str
    event: str
    school: SchoolLine
    days: tuple[date, date]
    #: «Журнал личного приёма»: the days are added.
    title: str
    #: Sentences above the table: counts, gaps.
    said: tuple[str, ...]
    caption: str
    #: Titles with their shares of the width in percent.
    columns: tuple[tuple[str, int], ...]
    rows: Sequence[tuple[str, ...]]
    #: What stands there instead of an empty table.
    nothing: str
    signs: tuple[tuple[str, str], ...] = (("Ответственный", ""),)

    @property
    def whole_title(self) -> str:
        return f"{self.title}, {span(*self.days)}"


def register_document(register: Register) -> Document:
    """The register on sheets."""
    blocks: list[Block] = [Paragraph(words) for words in register.said]
    if register.rows:
        blocks.append(Table(register.caption, register.columns, tuple(register.rows)))
    else:
        blocks.append(Paragraph(register.nothing))
    return flow_document(
        register.kind, register.school, register.whole_title, blocks, register.signs, is_wide=True
    )


def register_page(
    register: Register, endpoint: str, *, sheet: str, back: str, back_words: str
) -> Any:
    """The register as a page, with the spans beside it, or (POST) its paper; `endpoint` and
    `sheet` take `school_id`, `from` and `until`."""
    document = register_document(register)
    if request.method == "POST":
        return ask_for_paper(document)
    school_id = register.school.school_id
    log_event(register.event, school_id=school_id, detail=register.whole_title)
    begin, end = register.days
    length = end - begin + timedelta(days=1)
    today = clock.today(register.school.time_zone)
    first_day = find_year_start(school_id, today) or today

    def address(first: date, last: date, points: int, to: str = endpoint) -> str:
        values: dict[str, Any] = {"from": first, "until": last, "points": points}
        return url_for(to, school_id=school_id, **values)

    return document_page(
        document,
        back=back,
        back_words=back_words,
        steps=[
            (address(begin - length, end - length, document.points), "← Раньше"),
            (address(begin + length, end + length, document.points), "Позже →"),
            (address(first_day, today, document.points), "Весь учебный год"),
            (address(begin, end, document.points, sheet), "Скачать таблицей (XLSX)"),
        ],
        sizes=lambda points: address(begin, end, points),
    )


def send_register(register: Register, name: str, heads: tuple[str, ...], rows: Any) -> Any:
    """The register as a spreadsheet, a column for each fact; logged like every export."""
    school, days = register.school, register.days
    title = f"{school.full_name}. {register.whole_title}"
    return send_report(
        [ReportSheet(register.caption[:31], title, heads, rows)],
        f"{name}-{school.short_name}-{days[0]}-{days[1]}.xlsx",
        school_id=school.school_id,
        detail=register.whole_title,
    )


def numbers_said(
    ordinals: Sequence[int], missing: Sequence[int], count: Callable[[int], str]
) -> str:
    """«Номера с 3 по 17 подряд: 15 выписок.», or which numbers are missing."""
    if not ordinals:
        return ""
    between = f"№ {ordinals[0]}" if len(ordinals) == 1 else f"№ {min(ordinals)}–{max(ordinals)}"
    if missing:
        lacking = ", ".join(map(str, missing))
        return f"{between}: {count(len(ordinals))}. Не хватает номеров: {lacking}."
    return f"{between} подряд, без пропусков: {count(len(ordinals))}."
