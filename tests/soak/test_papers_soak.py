"""Every paper of docs/papers.md in every size, with the hardest content there is and with none.

What can be said exactly is said here: no sheet too many, nothing lost, no word broken, nothing over
a margin or over other words. Whether a paper is good to look at, a person says: with
`PAPERS_DIR=/tmp/papers pytest tests/soak/test_papers_soak.py` the PDFs and their sheets as
pictures lie in that folder afterwards.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from lxml import etree, html

from app import create_app
from blueprints.papers import documents
from school import clock, printing
from school.database import as_date, database, ensure_connection, fetch_all
from school.models import Person
from school.rules.forms import TITLES
from school.rules.sheets import POINTS
from tests.blueprints.helpers import open_session
from tests.hard_school import HardSchool, build_hard_school
from tests.house.files import ROOT
from tests.page import Visitor
from tests.paper import draw, margins_of_all, numbers_of, wanted_numbers, words_of

FAR = "from=2020-01-06&until=2020-01-12"


@dataclass
class House:
    """The hard school, and what was printed last."""

    school: HardSchool
    app: object
    printed: list[tuple[str, bytes]]
    kept: dict[str, int]

    def visit(self, who: str) -> Visitor:
        return open_session(self.app, Person.get_by_id(self.school.people[who]))

    def number(self, sql: str, *values: object) -> int:
        return fetch_all(sql, values)[0][0]

    @property
    def year(self) -> tuple[date, date]:
        """The first day of the school year, and today."""
        row = fetch_all("SELECT from_on FROM school_year WHERE school_id = ?", (1,))[0]
        return as_date(row[0]), clock.today("Asia/Yekaterinburg")

    @property
    def whole_year(self) -> str:
        return "from={}&until={}".format(*self.year)

    @property
    def monday(self) -> date:
        """Of the last week with lessons."""
        last = as_date(
            fetch_all(
                "SELECT MAX(l.held_on) FROM lesson l JOIN mark m ON m.work_id IN (SELECT id FROM "
                "work w WHERE w.lesson_id = l.id)",
                (),
            )[0][0]
        )
        return last - timedelta(days=last.weekday())

    @property
    def empty_monday(self) -> date:
        """Of a week without lessons."""
        return as_date(
            fetch_all("SELECT MIN(from_on) FROM school_break WHERE school_id = 1", ())[0][0]
        ) + timedelta(days=2)

    @property
    def empty_friday(self) -> date:
        return self.empty_monday + timedelta(days=4)


Press = Callable[[House, int], None]


@dataclass(frozen=True)
class Case:
    #: The row of docs/papers.md, by its first words.
    paper: str
    name: str
    press: Press
    sizes: tuple[int, ...] = POINTS


def button(who: str, address: str | Callable[[House], str]) -> Press:
    """Open the page in a size of letters, and press «Сделать PDF»."""

    def press(house: House, points: int) -> None:
        found = address(house) if callable(address) else address
        found = found.format(h=house.school)
        joint = "&" if "?" in found else "?"
        visitor = house.visit(who)
        visitor.send(visitor.get(f"{found}{joint}points={points}"), form=-1)

    return press


def issued(kind: str, days: Callable[[House], tuple[date, date]], name: str) -> Press:
    """An extract or a written information that is made now, and its page in a size."""

    def press(house: House, points: int) -> None:
        admin = house.visit("admin")
        if name not in house.kept:
            request = house.number(
                "SELECT id FROM service_request WHERE kind = ? AND stage = 'preparing' "
                "ORDER BY id LIMIT 1",
                kind,
            )
            first, last = days(house)
            wanted = f"from_on={first:%d.%m.%Y}&until_on={last:%d.%m.%Y}"
            page = admin.get(f"/office/requests/{request}/paper?{wanted}")
            made = admin.send(page, form=-1)
            house.kept[name] = int(made.headers["Location"].rpartition("/")[2])
        admin.post(
            f"/papers/issued/{house.kept[name]}",
            {**admin.get(f"/papers/issued/{house.kept[name]}?points={points}").fields(0)},
        )

    return press


def of_request(stage: str, kind: str, what: str) -> Callable[[House], str]:
    def address(house: House) -> str:
        number = house.number(
            "SELECT MIN(id) FROM service_request WHERE stage = ? AND kind = ?", stage, kind
        )
        return f"/office/requests/{number}/{what}"

    return address


def act(house: House) -> str:
    found = house.number(
        "SELECT id FROM destruction_act ORDER BY LENGTH(log_extract) DESC, id LIMIT 1"
    )
    return f"/office/destruction-acts/{found}"


def slips(house: House, points: int) -> None:
    """Codes for everybody of the class who may get one."""
    admin = house.visit("admin")
    page = admin.get(f"/class/{house.school.class_id}/codes/print")
    fields = {k: v for k, v in page.fields("/codes/print").items() if k not in ("code", "password")}
    fields |= {
        "points": str(points),
        "code": page.root.xpath("//input[@name='code']/@value"),
        "password": page.root.xpath("//input[@name='password']/@value"),
    }
    shown = admin.post(f"/class/{house.school.class_id}/codes/print", fields, status=200)
    values = shown.root.xpath("//input[@name='slip']/@value")
    token = shown.fields(0)
    answer = admin.client.post(
        f"/class/{house.school.class_id}/codes/pdf", data={**token, "slip": values}
    )
    assert answer.mimetype == "application/pdf"


def passwords(house: House, points: int) -> None:
    admin = house.visit("admin")
    page = admin.get(f"/office/passwords?school={house.school.school_id}")
    # Not of who is needed here: a password that was issued ends the sessions.
    hard = {str(row[0]) for row in fetch_all(
        "SELECT person_id FROM account WHERE login LIKE 'hard%'", ()
    )}  # fmt: skip
    people = [one for one in page.root.xpath("//input[@name='person']/@value") if one in hard]
    assert len(people) > 4
    address = f"/office/passwords?school={house.school.school_id}"
    admin.post(address, {**page.fields(), "person": people, "points": str(points)})


def printouts(monday: Callable[[House], date]) -> Press:
    """Of a class whose families take them in all sizes."""

    def press(house: House, points: int) -> None:
        ways = fetch_all("SELECT id FROM paper_way ORDER BY id", ())
        database.execute_sql("DELETE FROM print_size")
        for (way,) in ways:
            database.execute_sql(
                "INSERT INTO print_size (paper_way_id, points) VALUES (?, ?)", (way, points)
            )
        teacher, address = house.visit("classteacher"), f"/class/{house.school.class_id}/printouts"
        page = teacher.get(f"{address}?week={monday(house)}")
        teacher.post(address, {**page.fields(0), "week": monday(house).isoformat()})

    return press


def hand_overs(house: House) -> str:
    """Of a day with as many as a busy day has."""
    day = house.number(
        "SELECT date(at / 1000, 'unixepoch') FROM hand_over GROUP BY 1 HAVING COUNT(*) <= 200 "
        "ORDER BY COUNT(*) DESC, 1 LIMIT 1"
    )
    return f"/office/schools/{house.school.school_id}/hand-overs?from={day}&until={day}"


def changes_sheet(house: House) -> str:
    day = house.number(
        "SELECT l.held_on FROM lesson_change c JOIN lesson l ON l.id = c.lesson_id "
        "WHERE c.replaced_at IS NULL GROUP BY l.held_on ORDER BY COUNT(*) DESC, l.held_on LIMIT 1"
    )
    return f"/oversight/schools/{house.school.school_id}/changes-sheet/{as_date(day)}"


def lesson(house: House) -> str:
    """The one with most comments, of the class."""
    found = house.number(
        "SELECT l.id FROM lesson l JOIN teaching_group g ON g.id = l.teaching_group_id "
        "JOIN lesson_comment c ON c.lesson_id = l.id WHERE g.school_class_id = ? "
        "GROUP BY l.id ORDER BY COUNT(*) DESC, l.id LIMIT 1",
        house.school.class_id,
    )
    return f"/gradebook/lessons/{found}/paper"


def group_pages(size: str) -> Callable[[House], str]:
    def address(house: House) -> str:
        found = house.number(
            "SELECT g.id FROM teaching_group g JOIN lesson l ON l.teaching_group_id = g.id "
            "WHERE g.school_class_id = ? GROUP BY g.id ORDER BY COUNT(*) DESC, g.id LIMIT 1",
            house.school.class_id,
        )
        return f"/gradebook/groups/{found}/paper?size={size}"

    return address


EXTRACT = "выписка из классного журнала"
SUMMARY = "сводная ведомость"
PAGES = "страницы журнала"


def in_days(address: str) -> Callable[[House], str]:
    return lambda house: f"{address}?{house.whole_year}"


CASES = (
    Case(EXTRACT, "extract", issued("extract", lambda h: h.year, "extract")),
    Case(EXTRACT, "extract-of-an-empty-week",
         issued("extract", lambda h: (h.empty_monday, h.empty_friday), "empty")),
    Case("реестр выписок", "issued", button("admin", in_days("/visits/issued/{h.school_id}"))),
    Case("реестр выписок", "issued-none", button("admin", f"/visits/issued/{{h.school_id}}?{FAR}")),
    Case("журнал личного приёма", "visits",
         button("admin", in_days("/visits/journal/{h.school_id}"))),
    Case("журнал личного приёма", "visits-none",
         button("admin", f"/visits/journal/{{h.school_id}}?{FAR}")),
    Case("книга регистрации заявлений", "requests",
         button("admin", in_days("/office/requests/register/{h.school_id}"))),
    Case("книга регистрации заявлений", "requests-none",
         button("admin", f"/office/requests/register/{{h.school_id}}?{FAR}")),
    Case("реестр передачи кодов", "hand-overs",
         button("admin", hand_overs)),
    Case("реестр передачи кодов", "hand-overs-none",
         button("admin", f"/office/schools/{{h.school_id}}/hand-overs?{FAR}")),
    Case("уведомление по заявлению", "notice-refused",
         button("admin", of_request("refused", "extract", "notice"))),
    Case("уведомление по заявлению", "notice-not-accepted",
         button("admin", of_request("refused_acceptance", "ediary", "notice"))),
    Case("уведомление по заявлению", "notice-in-progress",
         button("admin", of_request("checking", "ediary", "notice"))),
    *(
        Case("бланки заявлений", f"blank-{form}",
             button("admin", f"/office/forms/{{h.school_id}}/{form}"))
        for form in TITLES
    ),
    Case("заявление и лист согласия", "filled-ediary",
         button("admin", of_request("checking", "ediary", "form"))),
    Case("заявление и лист согласия", "filled-consent",
         button("admin", of_request("checking", "ediary", "form?form=consent"))),
    Case("заявление и лист согласия", "filled-written-information",
         button("admin", of_request("done", "written_information", "form"))),
    Case("акт об уничтожении", "destruction-act", button("admin", act)),
    Case("памятки с кодами", "slips", slips, (0, *POINTS)),
    Case("временные пароли", "passwords", passwords),
    Case("полоски отметок", "strips",
         button("classteacher", lambda h: f"/class/{{h.class_id}}/strips?week={h.monday}")),
    Case("полоски отметок", "strips-of-an-empty-week",
         button("classteacher", lambda h: f"/class/{{h.class_id}}/strips?week={h.empty_monday}")),
    Case("полоски отметок", "strips-none", button("admin", "/class/{h.empty_class_id}/strips")),
    Case("отчёт классного руководителя", "report",
         button("classteacher", "/class/{h.class_id}/report")),
    Case("отчёт классного руководителя", "report-none",
         button("deputy", "/class/{h.empty_class_id}/report")),
    *(
        Case(SUMMARY, f"summary-{size}",
             button("classteacher", f"/class/{{h.class_id}}/summary/paper?size={size}"))
        for size in ("A4", "A3")
    ),
    Case(SUMMARY, "summary-none", button("deputy", "/class/{h.empty_class_id}/summary/paper")),
    Case("недельная распечатка", "printouts", printouts(lambda h: h.monday)),
    Case("недельная распечатка", "printouts-of-an-empty-week", printouts(lambda h: h.empty_monday)),
    *(
        Case(PAGES, f"pages-{size}", button("deputy", group_pages(size))) for size in ("A4", "A3")
    ),
    Case(PAGES, "pages-none", button("teacher", "/gradebook/groups/{h.empty_group_id}/paper")),
    Case("журнал урока", "lesson", button("deputy", lesson)),
    Case("журнал урока", "lesson-none",
         button("teacher", "/gradebook/lessons/{h.empty_lesson_id}/paper")),
    Case("замечания к журналам", "remarks",
         button("deputy", "/oversight/schools/{h.school_id}/remarks/paper?state=all")),
    Case("замечания к журналам", "remarks-none",
         button("deputy", "/oversight/schools/{h.empty_school_id}/remarks/paper")),
    Case("отчёт о сроках", "terms",
         button("deputy", "/oversight/schools/{h.school_id}/terms/paper")),
    Case("отчёт о сроках", "terms-none",
         button("deputy", "/oversight/schools/{h.empty_school_id}/terms/paper")),
    Case("статистика результатов", "statistics",
         button("deputy", "/oversight/schools/{h.school_id}/statistics/paper")),
    Case("статистика результатов", "statistics-none",
         button("deputy", "/oversight/schools/{h.empty_school_id}/statistics/paper")),
    Case("лист изменений", "changes", button("deputy", changes_sheet)),
    Case("лист изменений", "changes-none",
         button("deputy", "/oversight/schools/{h.empty_school_id}/changes-sheet/2026-11-20")),
    Case("журнал пропущенных", "substitutions",
         button("deputy", "/oversight/schools/{h.school_id}/substitutions/paper")),
    Case("журнал пропущенных", "substitutions-none",
         button("deputy", "/oversight/schools/{h.empty_school_id}/substitutions/paper")),
)  # fmt: skip


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    path = Path(shutil.copy(sqlite_template, folder / "hard.db"))
    app = create_app(DATABASE_URL=f"sqlite:///{path}", DATA_DIR=str(folder), TESTING=True)
    ensure_connection()
    school = build_hard_school()
    printed: list[tuple[str, bytes]] = []
    make_pdf = printing.make_pdf

    def recorded(source, dated, **options):
        pdf = make_pdf(source, dated, **options)
        printed.append((source, pdf))
        return pdf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "make_pdf", recorded)
        patch.setattr(documents, "SECONDS_AT_ONCE", 60.0)
        yield House(school, app, printed, {})
    database.close()


def test_every_paper_is_here():
    """A paper that is added to docs/papers.md is added to CASES too."""
    text = (ROOT / "docs/papers.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")][2:]
    named = {case.paper for case in CASES}
    assert [row for row in rows if not row.startswith(tuple(named))] == []
    assert [name for name in named if not any(row.startswith(name) for row in rows)] == []


def letters(text: str) -> Counter[str]:
    """Without blanks, and hyphens: a word that is broken has one more."""
    return Counter(re.sub(r"[\s\u00ad-]", "", text))


def sheets_of(source: str) -> list[str]:
    """The words of each sheet."""
    root = html.document_fromstring(source)
    etree.strip_elements(root, "style", "head", with_tail=False)
    above = [
        "".join(one.itertext())
        for one in root.xpath("//body/*[not(self::section)][not(ancestor::section)]")
    ]
    sections = root.xpath("//section[contains(@class, 'sheet')]")
    for block in root.xpath("//br | //p | //h1 | //h2 | //h3 | //th | //td | //caption | //div"):
        block.tail = " " + (block.tail or "")
    words = ["".join(section.itertext()) for section in sections]
    words[0] = " ".join([*above, words[0]])
    return words


@pytest.mark.parametrize(
    ("case", "points"), [(case, points) for case in CASES for points in case.sizes],
    ids=lambda value: value.name if isinstance(value, Case) else str(value),
)  # fmt: skip
def test_a_paper(house, tmp_path, case, points):
    house.printed.clear()
    case.press(house, points)
    assert len(house.printed) == 1
    source, pdf = house.printed[0]
    if folder := os.environ.get("PAPERS_DIR"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        draw(pdf, Path(folder) / f"{case.name}-{points:02}", printing.count_pages(pdf))
    wrong = check(source, pdf, tmp_path, points or POINTS[0])
    assert not wrong, "\n".join(wrong)


def check(source: str, pdf: bytes, folder: Path, points: int) -> list[str]:
    """What is wrong with a paper that was drawn from this page."""
    wrong = []
    sheets, drawn = sheets_of(source), words_of(pdf)
    if len(sheets) != len(drawn):
        return [f"{len(sheets)} sheets came out as {len(drawn)} pages"]
    numbers = numbers_of(pdf)
    # Of a class's printouts each recipient's are numbered.
    if "Кому:" not in source and numbers != wanted_numbers(len(numbers)):
        wrong.append(f"the sheets are numbered {numbers}")
    for number, (sheet, words) in enumerate(zip(sheets, drawn, strict=True), 1):
        lost = letters(sheet) - letters("".join(word.text for word in words))
        if lost:
            wrong.append(f"page {number}: letters are lost: {''.join(lost.elements())[:80]}")
        found = Counter(part for word in words for part in parts(word.text))
        broken = Counter(part for word in sheet.split() for part in parts(word)) - found
        if broken:
            wrong.append(f"page {number}: broken words: {', '.join(sorted(broken))[:300]}")
        for one, other in overlaps(words):
            wrong.append(f"page {number}: «{one}» stands over «{other}»")
    for number, (left, top, right, bottom) in enumerate(margins_of_all(pdf, folder), 1):
        if min(left - 19, top - 14, right - 9, bottom - 14) < 0:
            sides = f"{left:.0f} {top:.0f} {right:.0f} {bottom:.0f}"
            wrong.append(f"page {number}: ink on the margins ({sides} mm)")
    return wrong


def parts(word: str) -> list[str]:
    """What a line is never broken within; a word with soft hyphens may be, a line to write on
    too."""
    if "\u00ad" in word or "__" in word:
        return []
    return [part for part in re.split(r"[-–/\s]+", word) if len(part) > 2]


def overlaps(words):
    found = []
    for n, one in enumerate(words):
        for other in words[n + 1 :]:
            wide = min(one.right, other.right) - max(one.left, other.left)
            high = min(one.bottom, other.bottom) - max(one.top, other.top)
            if wide > 0.5 and high > 1.0:
                found.append((one.text, other.text))
    return found
