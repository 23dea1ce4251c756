"""The school today over all rows, the list behind each number, and the inspection's report."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from flask import abort, request, url_for
from flask_login import current_user

from blueprints.access import load_answered_school, now, permit
from blueprints.downloads import send_report
from blueprints.oversight.timeliness import read_span
from blueprints.oversight.views import blueprint
from blueprints.papers.documents import Document, ask_for_paper, document_page, flow_document
from blueprints.responses import page
from school import clock, wording
from school.exchange.report import ReportSheet
from school.queries.obligations import KNOWN_ROWS, Wanted, list_obligations
from school.queries.schools import SchoolLine
from school.queries.terms_report import (
    TermsReport,
    find_term,
    get_school_today,
    get_terms_report,
)
from school.rules.access import ADMINISTRATOR, DEPUTY_HEAD, HEAD
from school.rules.flow import Block, Heading, Paragraph, Table
from school.rules.names import by_number
from school.rules.obligations import (
    CLASS_TEACHER,
    HOLDER_WORDS,
    ROWS,
    STATES,
    TEACHER,
    Obligation,
    Standing,
    Tally,
)
from school.rules.register import parse_day
from school.rules.sheets import held
from school.wording_obligations import ROW_TITLES, STATE_TITLES

#: A page shows so many lines of a list, a paper so many late cases; the spreadsheet has all.
SHOWN, PRINTED = 200, 400
LESSON_KINDS = frozenset({"attendance", "marks", "dot", "mark", "absence"})


@blueprint.get("/schools/<id:school_id>/today")
@permit(DEPUTY_HEAD, HEAD)
def today(school_id: int) -> Any:
    """What is owed now, over all rows: by row, by who has it, by class; every number is a list."""
    school = load_answered_school(school_id)
    found = get_school_today(school_id, now())
    return page(
        "oversight/today.html",
        school=school,
        found=found,
        rows=_rows(found.standing, found.regulation),
        holders=_holders(found.standing),
        classes=_classes(found.standing),
        address=lambda **more: url_for("oversight.obligations", school_id=school_id, **more),
    )


@blueprint.get("/schools/<id:school_id>/obligations")
@permit(DEPUTY_HEAD, HEAD)
def obligations(school_id: int) -> Any:
    """The lines behind a number: of a row, a state, a person, a class, and of a span."""
    school = load_answered_school(school_id)
    wanted = _wanted()
    lines = list_obligations(school_id, now(), wanted)
    return page(
        "oversight/obligations.html",
        school=school,
        lines=lines[:SHOWN],
        count=len(lines),
        wanted=wanted,
        titles=_titles(wanted, lines),
        days=None if wanted.from_on == date.min else (wanted.from_on, wanted.until_on),
        address=obligation_address,
        moment=now(),
        local=lambda at: clock.local(at, school.time_zone),
    )


@blueprint.get("/schools/<id:school_id>/terms")
@permit(DEPUTY_HEAD, HEAD)
def terms(school_id: int) -> Any:
    """What was promised on the days of a span and whether it was kept, as it was judged then."""
    school = load_answered_school(school_id)
    from_on, until_on, wrong = read_span(clock.today(school.time_zone))
    found = get_terms_report(school_id, now(), from_on, until_on)
    span = _span(school_id, from_on, until_on)
    return page(
        "oversight/terms.html",
        422 if wrong else 200,
        school=school,
        found=found,
        wrong=wrong,
        typed={name: request.args.get(name, "") for name in ("from", "until")},
        rows=_rows(found.standing, found.regulations[-1] if found.regulations else None),
        holders=_holders(found.standing),
        classes=_classes(found.standing),
        address=lambda **more: url_for("oversight.obligations", **span, **more),
        asked=span,
        line_address=obligation_address,
        most=SHOWN,
        moment=now(),
        today=clock.today(school.time_zone),
        local=lambda at: clock.local(at, school.time_zone),
    )


@blueprint.get("/schools/<id:school_id>/terms.xlsx")
@permit(DEPUTY_HEAD, HEAD)
def terms_sheet(school_id: int) -> Any:
    """The same as a spreadsheet, with every late case and all that is owed."""
    school, found = _load_report(school_id)
    return send_report(
        _sheets(school, found),
        f"terms-{school.short_name}-{found.from_on}-{found.until_on}.xlsx",
        school_id=school_id,
        detail=f"отчёт о сроках, {found.from_on} — {found.until_on}",
    )


@blueprint.route("/schools/<id:school_id>/terms/paper", methods=["GET", "POST"])
@permit(DEPUTY_HEAD, HEAD)
def terms_paper(school_id: int) -> Any:
    """The same for printing; POST makes a PDF of it."""
    school, found = _load_report(school_id)
    document = _document(school, found)
    if request.method == "POST":
        return ask_for_paper(document)
    span = _span(school_id, found.from_on, found.until_on)
    return document_page(
        document,
        back=url_for("oversight.terms", **span),
        back_words="Отчёт о сроках",
        sizes=lambda size: url_for("oversight.terms_paper", **span, points=size),
    )


def _load_report(school_id: int) -> tuple[SchoolLine, TermsReport]:
    school = load_answered_school(school_id)
    from_on, until_on, wrong = read_span(clock.today(school.time_zone))
    if wrong:
        abort(404)
    return school, get_terms_report(school_id, now(), from_on, until_on)


def _span(school_id: int, from_on: date, until_on: date) -> dict[str, Any]:
    return {"school_id": school_id, "from": from_on.isoformat(), "until": until_on.isoformat()}


def _wanted() -> Wanted:
    """What the address asks for; what it does not say well is not asked for."""
    row, state = request.args.get("row", ""), request.args.get("state", "")
    role, _, person = request.args.get("who", "").partition("-")
    try:
        from_on, until_on = (parse_day(request.args[name]) for name in ("from", "until"))
    except (KeyError, ValueError):
        from_on, until_on = date.min, date.max
    return Wanted(
        from_on=from_on,
        until_on=until_on,
        row=row if row in ROWS else "",
        state=state if state in STATES else "",
        holder_role=role if role in HOLDER_WORDS else "",
        holder_id=int(person) if role in HOLDER_WORDS and _is_id(person) else None,
        class_id=request.args.get("class", type=int),
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _titles(wanted: Wanted, lines: Sequence[Obligation]) -> list[str]:
    """What the list is narrowed to, in words."""
    row, state = ROW_TITLES.get(wanted.row, ""), STATE_TITLES.get(wanted.state, "")
    found = [row, state[:1].lower() + state[1:] if row else state]
    if wanted.holder_role:
        names = {person_id: name for line in lines for person_id, name in line.holders}
        found.append(names.get(wanted.holder_id or 0, HOLDER_WORDS[wanted.holder_role]))
    if wanted.class_id:
        found += [line.class_name for line in lines[:1]]
    return [words for words in found if words]


def _rows(standing: Standing, regulation: Any) -> list[tuple[str, str, Any, Tally]]:
    """(row, title, what is promised, how many stand how): every row that has a term, and what is
    owed without one."""
    return [
        (row, ROW_TITLES[row], find_term(regulation, row), standing.row(row))
        for row in ROWS
        if row in KNOWN_ROWS and (row in standing.by_row or find_term(regulation, row) is not None)
    ]


_ROLE_ORDER = {TEACHER: 0, CLASS_TEACHER: 1}
HolderLine = tuple[str, str, str, Tally, list[tuple[str, Tally]]]


def _holders(standing: Standing) -> list[HolderLine]:
    """(who as the address says it, name, as what, in all, by row), who has most overdue first."""
    found = [
        (
            f"{role}-{person_id}", name, HOLDER_WORDS[role], sum(rows.values(), Tally()),
            sorted(rows.items(), key=lambda one: ROWS.index(one[0])),
        )
        for (role, person_id), (name, rows) in standing.by_holder.items()
    ]  # fmt: skip
    return sorted(
        found,
        key=lambda one: (-one[3].overdue, _ROLE_ORDER.get(one[0].partition("-")[0], 2), one[1]),
    )


def _classes(standing: Standing) -> list[tuple[int, str, Tally]]:
    found = [
        (class_id, name, sum(rows.values(), Tally()))
        for class_id, (name, rows) in standing.by_class.items()
    ]
    return sorted(found, key=lambda one: by_number(one[1]))


def obligation_address(line: Obligation) -> str:
    """The page on which an obligation stands, for who may open it; else empty."""
    number, kind = line.subject_id, line.kind
    if kind in LESSON_KINDS:
        return url_for("gradebook.lesson", lesson_id=number)
    addresses: dict[str, Callable[[], str]] = {
        "results": lambda: url_for("gradebook.results", group_id=number, column=line.detail),
        "printout": lambda: url_for("classroom.printouts", class_id=number, week=line.event_on),
        "call": lambda: url_for("classroom.calls", class_id=number),
        "visit": lambda: url_for("visits.visit", visit_id=number),
    }
    addresses["exam"] = addresses["results"]
    if line.school_id in current_user.ties.schools([ADMINISTRATOR]):
        addresses["request"] = lambda: url_for("office.request_case", case_id=number)
        addresses["check"] = addresses["request"]
        addresses["question"] = lambda: url_for("help.question", thread_id=number)
    return addresses[kind]() if kind in addresses else ""


# The report on paper and as a spreadsheet


def _moment(school: SchoolLine, at: Any) -> str:
    return f"{clock.local(at, school.time_zone):%d.%m.%Y %H:%M}" if at else ""


def _case(school: SchoolLine, line: Obligation) -> tuple[str, ...]:
    return (
        line.words + (f" ({line.people})" if line.people else ""),
        line.holder,
        _moment(school, line.due_at),
        _moment(school, line.met_at) or "не сделано",
    )


def _promised(found: TermsReport, row: str) -> str:
    term = find_term(found.regulations[-1] if found.regulations else None, row)
    if term is None:
        return "срок не назван"
    clause = f" ({held(term.clause)})" if term.clause else ""
    return wording.promise_words(term) + clause


def _sheets(school: SchoolLine, found: TermsReport) -> list[ReportSheet]:
    span = f"{school.name}: сроки, {found.from_on:%d.%m.%Y} — {found.until_on:%d.%m.%Y}"
    numbers = ("Сделано", "В срок", "С опозданием", "Доля в срок", "Срок прошёл, не сделано",
               "Ещё в срок", "Отложено или ждёт семью")  # fmt: skip

    def counts(tally: Tally) -> tuple[Any, ...]:
        return (
            tally.done, tally.in_time, tally.late, tally.share, tally.overdue, tally.due,
            tally.put_off,
        )  # fmt: skip

    heads = ("Что", "У кого", "Срок", "Сделано")
    return [
        ReportSheet(
            "Сроки", span, ("Что обещано", "Обещание", *numbers),
            [
                (title, _promised(found, row), *counts(tally))
                for row, title, _, tally in _rows(found.standing, _last(found))
            ],
        ),
        ReportSheet(
            "Сотрудники", span, ("Кто", "Кем", *numbers),
            [(name, role, *counts(tally)) for _, name, role, tally, _ in _holders(found.standing)],
        ),
        ReportSheet(
            "Классы", span, ("Класс", *numbers),
            [(name, *counts(tally)) for _, name, tally in _classes(found.standing)],
        ),
        ReportSheet("С опозданием", span, heads, [_case(school, line) for line in found.late]),
        ReportSheet("Не сделано", span, heads, [_case(school, line) for line in found.overdue]),
        ReportSheet("Замечания", span, _REMARK_HEADS, _remarks(school, found)),
    ]  # fmt: skip


def _last(found: TermsReport) -> Any:
    return found.regulations[-1] if found.regulations else None


_REMARK_HEADS = ("Журнал", "Замечание", "Исправить до", "Что стало")


def _remarks(school: SchoolLine, found: TermsReport) -> list[tuple[str, ...]]:
    today = clock.today(school.time_zone)
    return [
        (line.where, line.text, f"{line.due_on:%d.%m.%Y}", line.words(today))
        for line in found.remarks
    ]


def _document(school: SchoolLine, found: TermsReport) -> Document:
    span = f"{wording.full_day(found.from_on)} — {wording.full_day(found.until_on)}"
    title = f"Отчёт о сроках: {span}"
    signs = [("Директор", ""), ("Заместитель директора по УВР", "")]
    blocks = list(_blocks(school, found))
    return flow_document("terms", school, title, blocks, signs)


def _blocks(school: SchoolLine, found: TermsReport) -> Iterable[Block]:
    for regulation in found.regulations:
        approved = f", {regulation.approved}" if regulation.approved else ""
        yield Paragraph(f"Документ: {regulation.title}{approved}.")
    shared = found.shared
    yield Paragraph(
        f"Отметки и пропуски в срок: {wording.percent(shared.share)} "
        f"({shared.in_time} из {shared.entered}); должно быть {found.percent} %."
    )
    for year in found.unconfirmed:
        yield Paragraph(f"Календарь {year} года с правительственным актом не сверен.")
    yield Table(
        "Что обещано и как исполнено",
        (("Что", 30), ("Обещание", 20), ("Сделано", 10), ("В срок", 15), ("Опоздали", 10),
         ("Не сделано", 15)),
        tuple(
            (
                title, _promised(found, row), str(tally.done),
                f"{tally.in_time} ({wording.percent(tally.share)})" if tally.done else "—",
                str(tally.late), str(tally.overdue),
            )
            for row, title, _, tally in _rows(found.standing, _last(found))
        ),
    )  # fmt: skip
    late_or_owed = [
        (name, role, str(tally.done), str(tally.late), str(tally.overdue))
        for _, name, role, tally, _ in _holders(found.standing)
        if tally.late or tally.overdue
    ]
    whose = "У кого опоздания или не сделано"
    if late_or_owed:
        columns = (("Кто", 35), ("Кем", 25), ("Сделано", 15), ("Опоздали", 15), ("Нет", 10))
        yield Table(whose, columns, tuple(late_or_owed))
    else:
        yield Heading(whose)
        yield Paragraph("Таких нет.")
    yield from _cases(school, "Срок прошёл, не сделано", found.overdue)
    yield from _cases(school, "Сделано с опозданием", found.late)
    remarks = f"Замечания к журналам: {len(found.remarks)}"
    if found.remarks:
        shares = zip(_REMARK_HEADS, (30, 35, 15, 20), strict=True)
        yield Table(remarks, tuple(shares), tuple(_remarks(school, found)))
    else:
        yield Heading(remarks)
        yield Paragraph("Замечаний нет.")


def _cases(school: SchoolLine, title: str, lines: Sequence[Obligation]) -> Iterable[Block]:
    title = f"{title}: {len(lines)}"
    if not lines:
        yield Heading(title)
        yield Paragraph("Такого нет.")
        return
    columns = (("Что", 50), ("У кого", 20), ("Срок", 15), ("Сделано", 15))
    yield Table(title, columns, tuple(_case(school, line) for line in lines[:PRINTED]))
    if len(lines) > PRINTED:
        yield Paragraph(f"Показаны {PRINTED} из {len(lines)}. Остальные — в таблице XLSX.")
