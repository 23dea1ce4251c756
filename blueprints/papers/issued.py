"""Extracts and written information: chosen, looked at, made, handed over, kept (D2, D3)."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import load_issued, log_event, new_act, now, permit
from blueprints.cases import TOO_OLD, form_token, typed
from blueprints.forms import Form, has_good_token
from blueprints.papers.documents import (
    Document,
    body_of,
    chosen_points,
    make_soon,
    new_paper,
    sizes_offered,
)
from blueprints.papers.views import blueprint, send_paper
from blueprints.responses import page, see_other
from school import clock, wording_issued, wording_requests
from school.actions.issued import (
    NewHandOver,
    NewIssued,
    hand_over_issued,
    issue_paper,
    preview,
)
from school.actions.papers import put_paper
from school.actions.request_stages import RequestRefused
from school.queries.diary_periods import find_period_choice
from school.queries.issued import (
    IssuedHead,
    find_kept_page,
    get_content,
    has_journal_moved,
    list_issued_of_request,
    page_key,
)
from school.queries.issued_content import list_subjects_of
from school.queries.papers import find_paper, get_source
from school.queries.requests import CaseFile, find_case
from school.rules.access import ADMINISTRATOR, CLASS_TEACHER, DEPUTY_HEAD, HEAD
from school.rules.flow import Block, flow_sheets
from school.rules.issued import IN_PERSON, WAYS, checksum
from school.rules.register import parse_day
from school.wording_terms import DOCUMENT_WORDS

# The document


def issued_document(head: IssuedHead, content: tuple[Block, ...], points: int) -> Document:
    """An issued paper as a document: what was kept of it, in letters of some size."""
    title = wording_issued.issued_title(head.kind, head.ordinal, head.made_on)
    signs = (("Директор", head.head), ("Составил(а)", head.made_by), ("Получил(а)", head.applicant))
    school = head.school_full_name
    return Document(
        kind=head.kind,
        school_id=head.school_id,
        school=school,
        title=title,
        template="print/flow.html",
        sheets=flow_sheets(content, (school, title), points, signs=signs),
        points=points,
        time_zone=head.time_zone,
        last_entry_at=head.last_entry_at,
        context={"signs": signs, "seal": True},
    )


def keep_page(head: IssuedHead, points: int) -> int:
    """Keep the page of an issued paper in a size of letters for good, once; returns the paper."""
    kept = find_kept_page(head.issued_paper_id, points)
    if kept is not None:
        return kept[0]
    content, _ = get_content(head.issued_paper_id)
    paper = new_paper(
        issued_document(head, content, points), page_key(head.issued_paper_id, points)
    )
    return put_paper(paper, new_act())


# Its own page


STAFF = (CLASS_TEACHER, ADMINISTRATOR, DEPUTY_HEAD, HEAD)


@blueprint.get("/issued/<id:issued_id>")
@permit(*STAFF)
def issued(issued_id: int) -> Any:
    """An extract or a written information as it was made, with how it left the school."""
    head = load_issued(issued_id)
    log_event(
        "issued_read",
        school_id=head.school_id,
        pupil_id=head.pupil_id,
        detail=wording_issued.number_of(head.kind, head.ordinal),
    )
    return _issued_page(head)


def _issued_page(head: IssuedHead, status: int = 200, refusal: RequestRefused | None = None) -> Any:
    points = chosen_points() if "points" in request.values or not head.points else head.points
    content, is_whole = get_content(head.issued_paper_id)
    document = issued_document(head, content, points)
    kept = find_kept_page(head.issued_paper_id, points)
    case = find_case(head.service_request_id, now())
    back = _back(head)
    return page(
        "papers/issued.html",
        status,
        head=head,
        document=document,
        body=body_of(kept[1]) if kept else None,
        sheets=document.sheets,
        printed_at=clock.local(now(), head.time_zone),
        last_entry_at=head.last_entry_at,
        **document.context,
        all_points=sizes_offered(),
        case=case,
        paper=find_paper(kept[0]) if kept else None,
        is_whole=is_whole and _is_what_left(head),
        has_moved=has_journal_moved(head),
        ways={way: wording_issued.WAY_CHOICES[way] for way in WAYS[head.kind]},
        words=wording_issued,
        request_words=wording_requests,
        documents=DOCUMENT_WORDS,
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.form if refusal is not None else {},
        form=Form(),
        token=secrets.token_hex(8),
        back=back,
    )


def _is_what_left(head: IssuedHead) -> bool:
    """Whether the page that was handed over is still the one that is kept."""
    return head.paper_id is None or checksum(get_source(head.paper_id)) == head.source_checksum


def _back(head: IssuedHead) -> str:
    """The request, where the person may read it."""
    if head.school_id in current_user.ties.schools([ADMINISTRATOR]):
        return url_for("office.request_case", case_id=head.service_request_id)
    return url_for("visits.present")


@blueprint.post("/issued/<id:issued_id>")
@permit(*STAFF)
def print_issued(issued_id: int) -> Any:
    """Makes the PDF of the kept page in the chosen size."""
    head = load_issued(issued_id)
    points = chosen_points()
    make_soon(keep_page(head, points))
    return see_other(url_for("papers.issued", issued_id=issued_id, points=points))


@blueprint.get("/issued/<id:issued_id>/file")
@permit(*STAFF)
def issued_file(issued_id: int) -> Any:
    """The PDF of an issued paper; back to its page where there is none (yet)."""
    head = load_issued(issued_id)
    kept = find_kept_page(issued_id, chosen_points())
    found = find_paper(kept[0]) if kept else None
    back = url_for("papers.issued", issued_id=issued_id, points=chosen_points())
    name = f"{head.kind}-{head.ordinal}-{head.made_on}.pdf"
    return send_paper(found, back=back, name=name)


@blueprint.post("/issued/<id:issued_id>/hand-over")
@permit(*STAFF, checks_token=True)
def hand_over(issued_id: int) -> Any:
    """Writes down that the paper was given to its applicant, or sent."""
    head = load_issued(issued_id)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD)
        new = NewHandOver(
            issued_paper_id=issued_id,
            way=typed("way", 10) or IN_PERSON,
            taker=typed("taker", 250),
            paper_id=keep_page(head, chosen_points()),
            request_id=form_token(),
            documents_seen=_seen(),
            identity_kind=typed("identity_kind", 60),
            note=typed("note", 250),
        )
        is_new = hand_over_issued(new, new_act())
    except RequestRefused as refusal:
        return _issued_page(head, 422, refusal)
    flash("Записано: бумага передана, дело закрыто." if is_new else "Это уже записано.")
    return see_other(url_for("papers.issued", issued_id=issued_id))


def _seen() -> tuple[str, ...]:
    return tuple(name for name in request.form.getlist("documents") if name.isidentifier())


# Choosing what is to stand in it


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form of a new paper asks for, as it was typed and as it was understood."""

    from_on: date | None
    until_on: date | None
    subject_ids: tuple[int, ...]
    #: Beside a field: what is wrong there.
    refusal: RequestRefused | None = None


def _day(name: str, default: date) -> date:
    text = request.values.get(name, "").strip()[:40]
    if not text:
        return default
    try:
        day = parse_day(text)
    except ValueError:
        raise RequestRefused("Напишите дату так: 15.09.2026.", name) from None
    if not 1990 <= day.year <= 2199:
        raise RequestRefused("Проверьте год.", name)
    return day


def _read_wish(case: CaseFile) -> Wish:
    today = clock.local(now(), case.line.time_zone).date()
    choice = find_period_choice(case.line.pupil_id or 0, today)
    first = min(choice.shown.from_on, today) if choice else today
    wanted = {
        int(text)
        for text in request.values.getlist("subject")
        if text.isascii() and text.isdigit() and len(text) < 10
    }
    try:
        from_on, until_on = _day("from_on", first), _day("until_on", today)
    except RequestRefused as refusal:
        return Wish(None, None, tuple(sorted(wanted)), refusal)
    return Wish(from_on, until_on, tuple(sorted(wanted)))


def issue_page(case: CaseFile, *, back: str, back_words: str, at_visit: bool = False) -> Any:
    """Choose the days and subjects of a paper, look at it, and make it under its number. GET looks,
    POST makes; `back` is where the way leads that begins here."""
    if case.line.kind not in wording_issued.TITLES:
        abort(404)
    wish = _read_wish(case)
    if request.method != "POST":
        return _choose(case, wish, back, back_words)
    try:
        if not has_good_token():
            raise RequestRefused(TOO_OLD)
        if wish.refusal is not None:
            raise wish.refusal
        new = _new_issued(case, wish, typed("words", 2_000))
        made = issue_paper(new, new_act(), at_visit=at_visit)
    except RequestRefused as refusal:
        return _choose(case, wish, back, back_words, refusal)
    flash(
        f"Сделано: {wording_issued.number_of(case.line.kind, made.ordinal)}. Напечатайте, "
        "подпишите и запишите, кому отдали."
    )
    return see_other(url_for("papers.issued", issued_id=made.issued_paper_id))


def _new_issued(case: CaseFile, wish: Wish, words: str = "") -> NewIssued:
    if wish.from_on is None or wish.until_on is None:
        raise RequestRefused("Напишите, за какие дни.", "from_on")
    return NewIssued(
        case.line.service_request_id, wish.from_on, wish.until_on, form_token(),
        wish.subject_ids, words,
    )  # fmt: skip


def _choose(
    case: CaseFile,
    wish: Wish,
    back: str,
    back_words: str,
    refusal: RequestRefused | None = None,
) -> Any:
    sheets: Any = ()
    refusal = refusal or wish.refusal
    subjects: Any = ()
    if wish.from_on and wish.until_on:
        line = case.line
        subjects = list_subjects_of(line.pupil_id or 0, line.school_id, wish.from_on, wish.until_on)
        try:
            blocks = preview(_new_issued(case, wish), new_act())
        except RequestRefused as problem:
            refusal = refusal or problem
        else:
            sheets = flow_sheets(blocks, ("", ""), 12)
    return page(
        "papers/issue.html",
        422 if refusal is not None else 200,
        case=case,
        line=case.line,
        wish=wish,
        subjects=subjects,
        sheets=sheets,
        made=list_issued_of_request(case.line.service_request_id),
        refusal=refusal,
        wrong=refusal is not None,
        typed=request.values,
        words=wording_issued,
        form=Form(),
        token=secrets.token_hex(8),
        back=back,
        back_words=back_words,
    )


def issued_links(service_request_id: int) -> tuple[tuple[str, str], ...]:
    """(address, words) of the papers that were made for a request."""
    found = []
    for head in list_issued_of_request(service_request_id):
        state = wording_issued.WAY_WORDS[head.way] if head.way else "ещё не передана"
        if not head.way and head.newer_ordinal:
            state = f"не передана, вместо неё № {head.newer_ordinal}"
        words = f"{wording_issued.number_of(head.kind, head.ordinal)}: {state}"
        found.append((url_for("papers.issued", issued_id=head.issued_paper_id), words))
    return tuple(found)
