"""Thirty classes of twenty-five sheets, against wkhtmltopdf alone with the same pages."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app import create_app
from blueprints.papers.documents import Document, paper_source
from school import clock, printing
from school.actions.history import Act
from school.actions.papers import NewPaper, put_paper
from school.database import database
from school.models import Paper
from tests.benchmarks.house import SQLITE, House
from tests.benchmarks.table import Row, at_most, beside
from tests.town import build_town

CLASSES, SHEETS = 30, 25
MOST = 1.5


def class_source(number: int) -> str:
    """A class's paper as it is printed: a sheet for each pupil, of about the length of a week."""
    from blueprints.papers.layout import StripPart

    lines = tuple(
        f"Предмет {n}: 4 (17.11, контрольная работа), 5 (19.11), ожидается (20.11)"
        for n in range(24)
    )
    sheets = tuple(
        (StripPart(f"Ученик {n} класса {number}", lines, is_continued=False, is_last=True),)
        for n in range(SHEETS)
    )
    document = Document(
        kind="strips",
        school_id=1,
        school="Средняя общеобразовательная школа № 2",
        title=f"Класс {number}",
        template="print/strips.html",
        sheets=sheets,
        points=12,
        time_zone="Asia/Yekaterinburg",
        context={"what": "16–22 ноября 2026 года"},
    )
    return paper_source(document)


def alone(sources: list[str]) -> float:
    """Seconds that the program itself takes, as many at once as there are cores."""

    def run(source: str) -> None:
        subprocess.run(
            [printing.PROGRAM, "--quiet", "--page-size", "A4", "-", "-"],
            input=source.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    begun = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, sources))
    return time.monotonic() - begun


def by_sweep(url: str, folder: Path, sources: list[str]) -> float:
    """Seconds that the sweep takes for the same, kept and marked."""
    with database.atomic():
        town = build_town()
        for number, source in enumerate(sources):
            act = Act(at=clock.now(), actor_id=town.class_teacher.id)
            paper = NewPaper(f"k{number}", "strips", town.school.id, "Неделя", source, 12)
            put_paper(paper, act)
    begun = time.monotonic()
    printed = printing.sweep(folder, seconds=600)
    took = time.monotonic() - begun
    rows = list(Paper.select(Paper.pages, Paper.state))
    if printed.counts != {"done": len(sources)} or {row.pages for row in rows} != {SHEETS}:
        raise AssertionError(f"{printed}, pages {sorted({row.pages for row in rows})}")
    return took


def measure(house: House) -> list[Row]:
    """The budget of design.md: 30 classes × 25 pages."""
    url = house.new_database(SQLITE)
    app = create_app(DATABASE_URL=url, DATA_DIR=str(house.folder / "printouts"))
    house.bind(url)
    with app.test_request_context():
        sources = [class_source(number) for number in range(CLASSES)]
    by_program = alone(sources)
    ours = by_sweep(url, house.folder / "printouts", sources)
    by_program = min(by_program, alone(sources))
    return [
        at_most(
            f"weekly printouts: {CLASSES} classes × {SHEETS} pages",
            ours / by_program,
            MOST,
            "× wkhtmltopdf alone",
            digits=2,
            more=f"{ours:.1f} s, alone {by_program:.1f} s",
        ),
        beside("pages a second", f"{CLASSES * SHEETS / ours:.0f}"),
    ]
