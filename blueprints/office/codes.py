"""The office's codes: who waits for a slip, slips for all whose consent is there, handing them to
the class teachers, the register of hand-overs (A5, A8, D5)."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import flash, g, request, url_for

from blueprints.access import log_event, new_act, now, own_schools, permit
from blueprints.downloads import send_report
from blueprints.forms import Form
from blueprints.office.loading import load_school
from blueprints.office.views import blueprint
from blueprints.papers.codes import print_slips, slips_as_pdf, were_printed
from blueprints.papers.documents import (
    Document,
    ask_for_paper,
    document_page,
    flow_document,
    sizes_offered,
)
from blueprints.papers.registers import asked_days
from blueprints.responses import page, see_other
from school import clock
from school.actions.invitations import (
    Wanted,
    goes_through_class_teacher,
    hand_to_class_teacher,
)
from school.exchange.report import ReportSheet
from school.queries.invitations import (
    CodeLine,
    HandOverLine,
    list_class_teachers,
    list_hand_overs,
    list_school_codes,
    list_slips,
)
from school.queries.schools import SchoolLine, find_school, list_classes
from school.rules.access import ADMINISTRATOR
from school.rules.flow import Block, Paragraph, Table
from school.rules.invitations import AT_OFFICE, EXPIRED, OWED, STATES
from school.wording import clock_time, short_day, span
from school.wording_codes import PURPOSES, STEPS, as_whom
from school.wording_codes import STATES as STATE_WORDS


def _owed(lines: Iterable[CodeLine]) -> list[Wanted]:
    """Everybody whose consent is there and who has no code that works."""
    found = {
        line.person_id: Wanted(line.person_id, line.kind, line.pupil_id)
        for line in lines
        if line.state in (OWED, EXPIRED)
    }
    return list(found.values())


@blueprint.get("/codes")
@permit(ADMINISTRATOR)
def codes() -> Any:
    """Which classes wait for slips, and where the slips are."""
    schools = []
    for school_id in sorted(own_schools()):
        school = find_school(school_id)
        if school is None:
            continue
        by_class = list_school_codes(school_id, school.time_zone, now())
        everybody = [line for lines in by_class.values() for line in lines]
        schools.append(
            {
                "school": school,
                "classes": [
                    (line, Counter(one.state for one in by_class.get(line.class_id, ())))
                    for line in list_classes(school_id, clock.today(school.time_zone))
                ],
                "owed": len(_owed(everybody)),
                "at_office": sorted(
                    {one.invitation_id for one in everybody if one.state == AT_OFFICE}
                ),
                "through": goes_through_class_teacher(school_id, now(), school.time_zone),
            }
        )
    return page(
        "office/codes.html",
        schools=schools,
        states=STATES,
        words=STATE_WORDS,
        all_points=sizes_offered(),
        form=Form(),
        token=secrets.token_hex(8),
    )


@blueprint.post("/schools/<id:school_id>/codes/print")
@permit(ADMINISTRATOR)
def print_codes(school_id: int) -> Any:
    """Slips for all whose consent was accepted and who have no code that works."""
    school = load_school(school_id)
    by_class = list_school_codes(school_id, school.time_zone, now())
    wanted = _owed(line for lines in by_class.values() for line in lines)[:400]
    if not wanted and not were_printed():
        flash("Печатать некому: у всех, чьи согласия приняты, код уже есть.")
        return see_other(url_for("office.codes"))
    pdf = url_for("office.codes_pdf", school_id=school_id)
    return print_slips(wanted, school, back=url_for("office.codes"), pdf=pdf)


@blueprint.post("/schools/<id:school_id>/codes/pdf")
@permit(ADMINISTRATOR)
def codes_pdf(school_id: int) -> Any:
    """The slips that are on the screen, as a PDF."""
    school = load_school(school_id)
    return slips_as_pdf(school, back=url_for("office.codes"), may_have=lambda _: True)


@blueprint.post("/schools/<id:school_id>/codes/class-teachers")
@permit(ADMINISTRATOR)
def codes_to_class_teachers(school_id: int) -> Any:
    """Hands slips to the class teachers of their classes, in one action."""
    school = load_school(school_id)
    ids = {int(n) for n in request.form.getlist("invitation") if n.isascii() and n.isdigit()}
    slips = list_slips({n for n in ids if n < 2**31}, school_id)
    teachers = list_class_teachers(school_id, clock.today(school.time_zone))
    by_class: dict[int, list[int]] = defaultdict(list)
    for number, (who, _) in slips.items():
        by_class[who.class_id].append(number)
    token = f"class-teachers:{(request.form.get('request') or g.request_id)[:40]}"
    given, without = 0, 0
    for class_id, numbers in sorted(by_class.items()):
        if class_id in teachers:
            teacher_id, _ = teachers[class_id]
            given += hand_to_class_teacher(numbers, teacher_id, school_id, new_act(), request=token)
        else:
            without += len(numbers)
    words = f"Записано: классным руководителям передано памяток — {given}."
    if without:
        words += (
            f" Без классного руководителя осталось: {without}. Назначьте его в разделе «Люди» "
            "или отдайте памятки сами."
        )
    flash(words)
    return see_other(url_for("office.codes"))


# The register of hand-overs


HEADS = ("Когда", "Код для кого", "Кто передал", "Кому", "Как")
COLUMNS = tuple(zip(HEADS, (15, 25, 20, 20, 20), strict=True))


def _cells(line: HandOverLine) -> tuple[str, ...]:
    how = [STEPS[line.step]]
    if line.step == "to_person":
        how.append("лично" if line.in_person else "не лично")
    if line.why:
        how.append(line.why)
    if line.is_undone:
        how.append("потом отменено")
    whom = as_whom(line.kind, "", line.pupil)
    return (
        f"{short_day(line.at.date())} в {clock_time(line.at)}",
        f"{line.name} ({whom}{', ' if line.class_name else ''}{line.class_name}), "
        f"{PURPOSES[line.purpose]}",
        line.giver,
        "—" if line.step == "taken_back" else line.taker,
        ", ".join(how),
    )


def _register(school: SchoolLine, days: tuple[date, date]) -> Document:
    rows = tuple(map(_cells, list_hand_overs(school.school_id, school.time_zone, *days)))
    title = f"Реестр передачи кодов доступа, {span(*days)}"
    blocks: list[Block] = (
        [Table(f"Передачи: {len(rows)}", COLUMNS, rows)]
        if rows
        else [Paragraph("За эти дни ни одной памятки не передавали.")]
    )
    signs = (("Администратор", ""),)
    return flow_document("hand_overs", school, title, blocks, signs, is_wide=True)


@blueprint.route("/schools/<id:school_id>/hand-overs", methods=["GET", "POST"])
@permit(ADMINISTRATOR)
def hand_overs(school_id: int) -> Any:
    """Who gave whom which slip, when: to read, to print."""
    school = load_school(school_id)
    days = asked_days(school)
    document = _register(school, days)
    if request.method == "POST":
        return ask_for_paper(document)
    log_event("hand_overs_read", school_id=school_id, detail=span(*days))
    begin, end = days
    length = end - begin + timedelta(days=1)

    def address(first: date, last: date, points: int, endpoint: str = "office.hand_overs") -> str:
        values: dict[str, Any] = {"from": first, "until": last, "points": points}
        return url_for(endpoint, school_id=school_id, **values)

    return document_page(
        document,
        back=url_for("office.codes"),
        back_words="Коды доступа",
        steps=[
            (address(begin - length, end - length, document.points), "← Раньше"),
            (address(begin + length, end + length, document.points), "Позже →"),
            (
                address(begin, end, document.points, "office.hand_overs_sheet"),
                "Скачать таблицей (XLSX)",
            ),
        ],
        sizes=lambda points: address(begin, end, points),
    )


@blueprint.get("/schools/<id:school_id>/hand-overs.xlsx")
@permit(ADMINISTRATOR)
def hand_overs_sheet(school_id: int) -> Any:
    """The register as a spreadsheet."""
    school = load_school(school_id)
    days = asked_days(school)
    rows = [_cells(line) for line in list_hand_overs(school_id, school.time_zone, *days)]
    title = f"{school.full_name}. Реестр передачи кодов доступа, {span(*days)}"
    return send_report(
        [ReportSheet("Передачи", title, HEADS, rows)],
        f"hand-overs-{school.short_name}-{days[0]}-{days[1]}.xlsx",
        school_id=school_id,
        detail=f"реестр передач, {span(*days)}",
    )
