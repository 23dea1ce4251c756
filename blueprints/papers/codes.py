"""Slips with codes: shown once on the page that answers their making, and as a PDF that is kept
nowhere (decision 16)."""

import secrets
from collections.abc import Iterable, Sequence
from hmac import compare_digest
from typing import Any

from flask import current_app, flash, request
from werkzeug.datastructures import MultiDict

from blueprints.access import new_act
from blueprints.downloads import download
from blueprints.forms import Form
from blueprints.papers.documents import Document, make_now, qr
from blueprints.papers.layout import CodeSlip, code_slip_sheets, small_slip_sheets
from blueprints.responses import page
from school import clock
from school.actions.invitations import (
    InvitationRefused,
    Wanted,
    hash_code,
    make_codes,
)
from school.printing import PrinterTrouble, PrintFailed
from school.queries.invitations import (
    CodeLine,
    SlipFor,
    has_codes_of,
    list_class_teachers,
    list_slips,
)
from school.queries.schools import SchoolLine
from school.rules.codes import in_groups, is_whole
from school.rules.invitations import (
    ONE_TIME,
    PASSWORD,
    PRINTABLE,
    PUPIL,
    REGISTERED,
    REGISTRATION,
)
from school.rules.sheets import POINTS
from school.settings import Settings
from school.wording_codes import slip_for, slip_for_short, works_until, works_until_short

PDF = "application/pdf"
#: So many slips at once: a class with both parents is a hundred.
MOST = 400

#: (for whom, the code as it was made)
Pair = tuple[SlipFor, str]


def may_renew(line: CodeLine, *, by_office: bool) -> bool:
    """Whether somebody may get a code for a new password: staff get theirs on their own page of
    the office, and a class teacher renews nobody's who reads a diary in another school."""
    has_account = line.state in (REGISTERED, ONE_TIME)
    return has_account and not line.has_duty and (by_office or not line.is_elsewhere)


def may_print(line: CodeLine, *, by_office: bool) -> bool:
    """Whether somebody's slip for registration may be printed: those of representatives by the
    administrator (Регламент СОШ № 2, п. 2.3), those of pupils by the class teacher too (п. 4.1)."""
    return line.state in PRINTABLE and (by_office or line.kind == PUPIL)


def read_wanted(
    lines: Iterable[CodeLine], form: MultiDict[str, str], *, by_office: bool
) -> list[Wanted]:
    """Who was ticked in the form of `lines`: a code to register, or for a new password."""
    wanted = []
    for line in lines:
        value = f"{line.person_id}-{line.pupil_id}"
        if value in form.getlist("code") and may_print(line, by_office=by_office):
            wanted.append(Wanted(line.person_id, line.kind, line.pupil_id, REGISTRATION))
        elif value in form.getlist("password") and may_renew(line, by_office=by_office):
            wanted.append(Wanted(line.person_id, line.kind, line.pupil_id, PASSWORD))
    # One person, one code, however many children.
    return list({one.person_id: one for one in wanted}.values())[:MOST]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def chosen_size() -> int:
    """The size of letters that was chosen in the form; 0: small slips, a class on one sheet."""
    asked = request.form.get("points", 0, type=int)
    return asked if asked in POINTS else 0


def _token() -> str:
    return f"slips:{new_act().actor_id}:{request.form.get('request', '')[:40]}"[:60]


def were_printed() -> bool:
    """Whether this very form made its slips already (a button pressed twice)."""
    return has_codes_of(_token())


def print_slips(
    wanted: Sequence[Wanted],
    school: SchoolLine,
    *,
    back: str,
    pdf: str,
    class_teacher_id: int | None = None,
) -> Any:
    """Make codes and show their slips, this once. The same form again makes nothing."""
    try:
        made, left_out = make_codes(
            wanted,
            school.school_id,
            new_act(),
            secret=_settings().secret_key,
            request=_token(),
            held_by=class_teacher_id,
        )
    except InvitationRefused as refusal:
        return page("classroom/slips_gone.html", 422, words=str(refusal), back=back)
    if left_out:
        flash(
            f"Не напечатано: {left_out}. Пока вы выбирали, у этих людей появился вход или "
            "согласия больше нет."
        )
    found = list_slips([one.invitation_id for one in made], school.school_id)
    pairs = [(found[one.invitation_id][0], one.code) for one in made]
    held = class_teacher_id is not None
    return show_slips(pairs, school, back=back, pdf=pdf, is_held=held)


def show_slips(
    pairs: Sequence[Pair],
    school: SchoolLine,
    *,
    back: str,
    pdf: str,
    is_held: bool,
    problem: str = "",
) -> Any:
    """The page with the slips; from here they are printed and handed on."""
    document = _document(_ordered(pairs), school, chosen_size())
    teachers = list_class_teachers(school.school_id, clock.today(school.time_zone))
    classes = {pair.class_id for pair, _ in pairs}
    return page(
        "classroom/slips.html",
        document=document,
        sheets=document.sheets,
        pairs=pairs,
        back=back,
        pdf_address=pdf,
        is_held=is_held,
        teachers=[teachers[one][1] for one in sorted(classes) if one in teachers],
        form=Form(),
        token=secrets.token_hex(8),
        school=school,
        problem=problem,
        **document.context,
    )


def _ordered(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: (pair[0].grade, pair[0].class_name))


def _document(pairs: Sequence[Pair], school: SchoolLine, points: int) -> Document:
    address = f"{_settings().base_url}/invitation"
    words = (
        address.partition("://")[2],
        "Откройте этот адрес или наведите камеру на квадрат, введите код, придумайте логин и "
        "пароль.",
        "Храните код, логин и пароль в тайне: они только для вас. Памятку потом порвите.",
    )
    until = works_until if points else works_until_short
    about = slip_for if points else slip_for_short
    slips = [
        CodeSlip(
            who.name,
            about(who.kind, who.purpose, who.pupil, who.class_name),
            in_groups(code),
            until(clock.local(who.ends_at, school.time_zone).date()),
            # What stands after # stays in the browser: no server on the way writes it down.
            qr(f"{address}#{code}"),
        )
        for who, code in pairs
    ]
    classes = list(dict.fromkeys(who.class_name for who, _ in pairs if who.class_name))
    title = "Памятки с кодами доступа" + (f", {classes[0]}" if len(classes) == 1 else "")
    heading = (school.full_name, title)
    return Document(
        kind="slips",
        school_id=school.school_id,
        school=school.full_name,
        title=title,
        template="print/slips.html" if points else "print/small_slips.html",
        sheets=code_slip_sheets(slips, heading, words, points)
        if points
        else small_slip_sheets(slips, heading),
        points=points or POINTS[0],
        time_zone=school.time_zone,
        context={"words": words, "size": points},
        is_secret=True,
    )


def slips_as_pdf(school: SchoolLine, *, back: str, may_have: Any) -> Any:
    """The slips of the page once more, as a PDF for the printer: what is sent are their codes,
    which have to fit what is kept of them."""
    pairs = _sent_pairs(school, may_have)
    if not pairs:
        words = "Эти коды больше не действуют: их заменили, использовали или вышел срок."
        return page("classroom/slips_gone.html", 422, words=words, back=back)
    document = _document(_ordered(pairs), school, chosen_size())
    try:
        body = make_now(document)
    except (PrinterTrouble, PrintFailed) as trouble:
        problem = f"PDF сейчас не сделать: {trouble}. Напечатайте эту страницу из браузера."
        return show_slips(pairs, school, back=back, pdf=request.path, is_held=True, problem=problem)
    return download(body, "slips.pdf", PDF)


def _sent_pairs(school: SchoolLine, may_have: Any) -> list[Pair]:
    sent: dict[int, str] = {}
    for text in request.form.getlist("slip")[:MOST]:
        number, _, code = text.partition(":")
        if number.isascii() and number.isdigit() and len(number) < 10 and is_whole(code):
            sent[int(number)] = code
    found = list_slips(sent, school.school_id)
    return [
        (who, sent[number])
        for number, (who, kept) in found.items()
        if may_have(who) and compare_digest(hash_code(sent[number], _settings().secret_key), kept)
    ]
