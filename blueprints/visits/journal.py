"""The journal of visits, and the register of what was given out in writing (C6, D5)."""

from typing import Any

from flask import url_for

from blueprints.access import load_run_school, now, permit
from blueprints.papers.registers import (
    Register,
    asked_days,
    numbers_said,
    register_page,
    send_register,
)
from blueprints.visits.views import blueprint
from school import clock, wording_issued
from school.queries.issued import IssuedHead, list_issued
from school.queries.schools import SchoolLine
from school.queries.visits import VisitLine, list_visits
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD
from school.rules.issued import KINDS, gaps
from school.rules.terms import end_of_day, zone_of
from school.wording import clock_time, plural, short_day
from school.wording_requests import CHANNEL_WORDS

COLUMNS = (
    ("Пришёл(а)", 15), ("Кто, о ком", 20), ("Ждал(а)", 15), ("Кто принял", 20),
    ("Вопрос и ответ", 30),
)  # fmt: skip
HEADS = (
    "День", "Пришёл(а)", "Принять до", "Приём начат", "Ждал(а), минут", "В срок", "Кто пришёл",
    "Ребёнок", "Класс", "Кто принял", "Вопрос", "Ответ", "Чем кончилось", "Кончилось",
)  # fmt: skip
ENDINGS = {"": "идёт", "answered": "ответ дан", "left": "ушёл(ла) без ответа"}


def _visits(school: SchoolLine) -> tuple[Register, tuple[VisitLine, ...]]:
    days = asked_days(school)
    zone = school.time_zone
    span = (
        clock.moment_of(days[0], "00:00", zone),
        end_of_day(days[1], zone_of(zone)),
    )
    lines = list_visits([school.school_id], *span)
    late = sum(line.is_late(now()) for line in lines)
    said = (
        f"Посещений: {len(lines)}, из них ждали дольше положенного: {late}.",
        "Сколько можно ждать, говорит регламент школы; срок у каждого записан в минуту прихода.",
    )
    register = Register(
        "visits", "visits_read", school, days, "Журнал личного приёма", said if lines else (),
        "Посещения", COLUMNS, [_cells(line) for line in lines], "За эти дни никто не приходил.",
    )  # fmt: skip
    return register, lines


def _cells(line: VisitLine) -> tuple[str, ...]:
    pupil = f"{line.pupil}{f', {line.class_name}' if line.class_name else ''}"
    end = line.begun_at or line.ended_at
    waited = wording_issued.waited(line.arrived_at, end) if end else "ещё ждёт"
    late = ", не в срок" if end and line.is_late(end) else ""
    told = " ".join(filter(None, (_ended(line.question), line.answer or ENDINGS[line.ending])))
    return (
        f"{short_day(line.arrived_at.date())} в {clock_time(line.arrived_at)}",
        " — ".join(filter(None, (line.visitor, pupil))),
        f"{waited}{late}",
        line.begun_by,
        told,
    )


def _ended(sentence: str) -> str:
    """With a stop after it, where nothing ends it."""
    return sentence if not sentence or sentence[-1] in ".!?…" else f"{sentence}."


def _row(line: VisitLine) -> tuple[Any, ...]:
    end = line.begun_at or line.ended_at
    minutes = int((end - line.arrived_at).total_seconds() // 60) if end else None
    return (
        short_day(line.arrived_at.date()), clock_time(line.arrived_at), clock_time(line.due_at),
        clock_time(line.begun_at) if line.begun_at else "", minutes,
        "" if end is None else ("нет" if line.is_late(end) else "да"), line.visitor, line.pupil,
        line.class_name, line.begun_by, line.question, line.answer, ENDINGS[line.ending],
        clock_time(line.ended_at) if line.ended_at else "",
    )  # fmt: skip


@blueprint.route("/journal/<id:school_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def journal(school_id: int) -> Any:
    """Who came, how long they waited, what was answered: to read, to print."""
    register, _ = _visits(load_run_school(school_id, to_change=False))
    return register_page(
        register,
        "visits.journal",
        sheet="visits.journal_sheet",
        back=url_for("visits.present"),
        back_words="Личный приём",
    )


@blueprint.get("/journal/<id:school_id>.xlsx")
@permit(ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def journal_sheet(school_id: int) -> Any:
    """The same as a spreadsheet."""
    register, lines = _visits(load_run_school(school_id, to_change=False))
    return send_register(register, "visits", HEADS, [_row(line) for line in lines])


# What was given out in writing


ISSUED_COLUMNS = (
    ("Бумага", 20), ("Ребёнок", 20), ("По заявлению", 20), ("За какие дни", 15),
    ("Кому отдано", 25),
)  # fmt: skip
ISSUED_HEADS = (
    "Бумага", "№", "Сделана", "Учебный год", "Ребёнок", "Класс", "С", "По", "Заявление №",
    "Заявление от", "Поступило", "Заявитель", "Составил(а)", "Как отдана", "Когда отдана", "Кому",
    "Отдал(а)", "Примечание",
)  # fmt: skip


def _issued(school: SchoolLine) -> tuple[Register, tuple[IssuedHead, ...]]:
    days = asked_days(school)
    heads = list_issued(school.school_id, *days)
    said = []
    for kind in KINDS:
        for year in dict.fromkeys(head.year for head in heads if head.kind == kind):
            numbers = [h.ordinal for h in heads if (h.kind, h.year) == (kind, year)]
            words = numbers_said(numbers, gaps(numbers), _count)
            said.append(f"{wording_issued.TITLES[kind]}, {year}: {words}")
    waiting = sum(not head.way and not head.newer_ordinal for head in heads)
    if waiting:
        said.append(f"Ещё не отдано: {waiting}.")
    register = Register(
        "issued_register", "issued_read", school, days, "Реестр выписок и письменной информации",
        tuple(said), "Бумаги по порядку номеров", ISSUED_COLUMNS, [_issued_cells(h) for h in heads],
        "За эти дни выписок и письменной информации не делали.",
    )  # fmt: skip
    return register, heads


def _count(n: int) -> str:
    return plural(n, "бумага", "бумаги", "бумаг")


def _issued_cells(head: IssuedHead) -> tuple[str, ...]:
    if head.left_at is not None:
        how = wording_issued.WAY_WORDS[head.way]
        left = f"{short_day(head.left_at.date())} {how}: {head.taker}; отдал(а) {head.giver}"
    elif head.newer_ordinal:
        left = f"не отдана, вместо неё № {head.newer_ordinal}"
    else:
        left = "ещё не отдана"
    return (
        f"{wording_issued.number_of(head.kind, head.ordinal)} от {short_day(head.made_on)}",
        f"{head.pupil}{f', {head.class_name}' if head.class_name else ''}",
        f"№ {head.request_ordinal} от {short_day(head.request_on)}, "
        f"{CHANNEL_WORDS[head.request_channel]}: {head.applicant}",
        f"{short_day(head.from_on)} — {short_day(head.until_on)}",
        left,
    )


def _issued_row(head: IssuedHead) -> tuple[Any, ...]:
    return (
        wording_issued.SHORT_TITLES[head.kind], head.ordinal, short_day(head.made_on), head.year,
        head.pupil, head.class_name, short_day(head.from_on), short_day(head.until_on),
        head.request_ordinal, short_day(head.request_on), CHANNEL_WORDS[head.request_channel],
        head.applicant, head.made_by, wording_issued.WAY_WORDS.get(head.way, "не отдана"),
        f"{short_day(head.left_at.date())} в {clock_time(head.left_at)}" if head.left_at else "",
        head.taker, head.giver, head.note,
    )  # fmt: skip


@blueprint.route("/issued/<id:school_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def issued_register(school_id: int) -> Any:
    """The register of extracts and written information with their hand-overs, gapless."""
    register, _ = _issued(load_run_school(school_id, to_change=False))
    return register_page(
        register,
        "visits.issued_register",
        sheet="visits.issued_sheet",
        back=url_for("visits.present"),
        back_words="Личный приём",
    )


@blueprint.get("/issued/<id:school_id>.xlsx")
@permit(ADMINISTRATOR, DEPUTY_HEAD, HEAD)
def issued_sheet(school_id: int) -> Any:
    """The same as a spreadsheet."""
    register, heads = _issued(load_run_school(school_id, to_change=False))
    return send_register(register, "issued", ISSUED_HEADS, [_issued_row(head) for head in heads])
