"""Papers of the case file: notices, forms, the register, acts of destruction (A3, D5, H13)."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from blueprints.papers.documents import Document, chosen_points, flow_document
from blueprints.papers.registers import Register, numbers_said
from school.actions.ediary_ends import kept_until
from school.queries.paper_ways import ActOfDestruction
from school.queries.requests import CaseFile, RequestLine
from school.queries.schools import SchoolLine, find_school
from school.rules.flow import Block, Heading, Paragraph
from school.rules.forms import TITLES, fill
from school.rules.issued import gaps
from school.rules.requests import REFUSED, REFUSED_ACCEPTANCE
from school.rules.sheets import Ruler, text_width
from school.wording import clock_time, full_day, short_day
from school.wording_requests import (
    APPLICANT_WORDS,
    CHANNEL_WORDS,
    KIND_TITLES,
    PURPOSE_WORDS,
    STAGE_WORDS,
    count_requests,
)


def _school(school_id: int) -> SchoolLine:
    found = find_school(school_id)
    if found is None:
        raise LookupError(f"no school {school_id}")
    return found


def notice_document(case: CaseFile, at: datetime) -> Document:
    """What was decided about a request, for the applicant: a refusal with the grounds in the
    regulation's words, or where the case stands; `at` is local."""
    line = case.line
    asked = KIND_TITLES[line.kind][:1].lower() + KIND_TITLES[line.kind][1:]
    blocks: list[Block] = [
        Paragraph(f"Кому: {line.applicant}"),
        Paragraph(
            f"Ваше заявление № {line.ordinal} от {short_day(line.registered_on)} "
            f"({CHANNEL_WORDS[line.channel]}): {asked}, ребёнок: {line.pupil}."
        ),
    ]
    last = next((step for step in reversed(case.steps) if step.stage == line.stage), None)
    if line.stage == REFUSED_ACCEPTANCE:
        clause = case.regulation.grounds_of("acceptance").clause
        blocks += [
            Heading("В приёме документов отказано"),
            Paragraph(f"Основание: {last.note if last else case.missing}."),
            Paragraph(_by_clause(case, clause)),
            Paragraph("Дополните документы и подайте заявление снова: оно будет принято."),
        ]
    elif line.stage == REFUSED:
        grounds = case.regulation.grounds_of("refusal")
        known = {item.key: item.text for item in grounds.items}
        blocks += [
            Heading("В предоставлении услуги отказано"),
            Paragraph("Основания:"),
            *(
                Paragraph(f"{number}) {known[key]}{'.' if number == len(case.grounds) else ';'}")
                for number, key in enumerate(case.grounds, 1)
                if key in known
            ),
            *([Paragraph(case.answer)] if case.answer else []),
            Paragraph(_by_clause(case, grounds.clause)),
            Paragraph(
                "Отказ можно обжаловать директору школы или в Управление образования. Когда "
                "причина устранена, заявление можно подать снова."
            ),
        ]
    else:
        blocks += [
            Heading(f"Как обстоит дело на {full_day(at.date())}"),
            Paragraph(f"{STAGE_WORDS[line.stage].capitalize()}."),
        ]
        if line.due_at:
            blocks.append(Paragraph(f"Срок по регламенту: {short_day(line.due_at)}."))
    title = f"Уведомление по заявлению № {line.ordinal} от {short_day(line.registered_on)}"
    signs = (("Администратор", ""), ("Получил(а)", line.applicant))
    return flow_document("request_notice", _school(line.school_id), title, blocks, signs)


def _by_clause(case: CaseFile, clause: str) -> str:
    act = case.regulation.title
    return f"Документ: {act}{f', {clause}' if clause else ''}."


HEADS = ("№", "Дата", "Заявитель", "Ребёнок", "О чём и как поступило", "Срок и что сделано")
SHARES = (10, 15, 20, 20, 15, 20)


def _cells(line: RequestLine) -> tuple[str, ...]:
    due = f"до {short_day(line.due_at)}: " if line.due_at else ""
    met = f", {short_day(line.met_at)}" if line.met_at else ""
    portal = f", № {line.portal_number}" if line.portal_number else ""
    return (
        str(line.ordinal),
        short_day(line.registered_on),
        line.applicant,
        f"{line.pupil}{f', {line.class_name}' if line.class_name else ''}",
        f"{KIND_TITLES[line.kind]}, {CHANNEL_WORDS[line.channel]}{portal}",
        f"{due}{STAGE_WORDS[line.stage]}{met}",
    )


def request_register(
    school: SchoolLine, lines: Sequence[RequestLine], days: tuple[date, date]
) -> Register:
    """The register of requests of some days, by their numbers (D5)."""
    said = []
    for year in dict.fromkeys(line.year for line in lines):
        numbers = [line.ordinal for line in lines if line.year == year]
        said.append(f"{year}: {numbers_said(numbers, gaps(numbers), count_requests)}")
    columns = tuple(zip(HEADS, SHARES, strict=True))
    return Register(
        "request_register", "requests_read", school, days, "Книга регистрации заявлений",
        tuple(said), "Заявления по порядку номеров", columns, [_cells(line) for line in lines],
        "За эти дни заявлений не было.", (("Администратор", ""),),
    )  # fmt: skip


REGISTER_HEADS = (
    "№", "Дата", "О чём", "Канал", "№ на портале", "Дата на портале", "Заявитель", "Кто",
    "Ребёнок", "Класс", "Этап", "Срок", "Исполнено", "Закрыто", "Отметка",
)  # fmt: skip


def register_row(line: RequestLine) -> tuple[str | int, ...]:
    """A request as a row of a spreadsheet, a column for each fact."""

    def day(moment: datetime | date | None) -> str:
        return f"{moment:%d.%m.%Y}" if moment else ""

    return (
        line.ordinal, day(line.registered_on), KIND_TITLES[line.kind], CHANNEL_WORDS[line.channel],
        line.portal_number, day(line.portal_on), line.applicant, APPLICANT_WORDS[line.applicant_is],
        line.pupil, line.class_name, STAGE_WORDS[line.stage], day(line.due_at), day(line.met_at),
        day(line.closed_at), "просрочено" if line.is_late else "",
    )  # fmt: skip


#: A line to write on.
RULED = re.compile("_{10,}")


def form_document(school: SchoolLine, form: str, text: str, values: Mapping[str, str]) -> Document:
    """A form, blank where `values` are empty."""
    blocks: list[Block] = []
    longest = int(Ruler(chosen_points()).width / text_width("_")) - 2
    for is_heading, said in fill(text, values):
        # A line to write on is one line in large letters too.
        words = RULED.sub(lambda found: found[0][:longest], said)
        blocks.append(Heading(words) if is_heading else Paragraph(words))
    return flow_document("request_form", school, TITLES[form], blocks)


def act_document(act: ActOfDestruction) -> Document:
    """The act of destruction with the extract of the log, as приказ Роскомнадзора от 28.10.2022
    № 179 lists what has to stand in them."""
    place = ", ".join(filter(None, (act.school_full_name, act.school_address)))
    blocks: list[Block] = [
        Paragraph(f"Оператор: {place}."),
        Paragraph(f"Чьи данные: {act.person} (человек № {act.person_id})."),
        *([Paragraph(f"Дневник: {act.pupil}.")] if act.pupil else []),
        Paragraph(f"Цель, которая закончилась: {PURPOSE_WORDS[act.purpose]}."),
        Paragraph("Информационная система: «Листок»."),
        Heading("Прекращено"),
        *_lines(act.ended),
        Heading("Уничтожено: стиранием в базе данных"),
        *(_lines(act.destroyed) or [Paragraph("Ничего: учётной записи и адресов не было.")]),
        Heading("Осталось и почему"),
        *_lines(act.kept),
        Heading("Выгрузка из журнала регистрации событий"),
        *(Paragraph(f"{at} — {words}.") for at, words in json.loads(act.log_extract)),
        Paragraph(f"Акт и выгрузку хранить не меньше чем до {full_day(kept_until(act.made_on))}."),
        Paragraph(f"Составлено {full_day(act.made_on)} в {clock_time(act.at)}."),
    ]
    title = f"Акт об уничтожении персональных данных № {act.ordinal} от {short_day(act.made_on)}"
    signs = (("Администратор", act.made_by),)
    return flow_document("destruction_act", _school(act.school_id), title, blocks, signs)


def _lines(text: str) -> list[Block]:
    return [Paragraph(f"— {line};") for line in json.loads(text)]
