"""Extracts and written information in every stage, and visits: waiting, late, answered, passed
on, gone (C5, C6, D2, D3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from itertools import cycle
from pathlib import Path

from school import clock
from school.actions import visits
from school.actions.history import Act
from school.actions.issued import NewHandOver, NewIssued, hand_over_issued, issue_paper
from school.actions.papers import NewPaper, put_paper
from school.demo.people import Adult, Pupil
from school.demo.places import Place
from school.models.fields import from_milliseconds
from school.queries.issued import IssuedHead, find_issued, get_content, page_key
from school.rules.flow import Heading, Table
from school.wording_issued import issued_title

DOCUMENTS = ("application", "identity", "authority")


def make_answer(case_id: int, from_on: date, until_on: date, act: Act, words: str = "") -> int:
    """The paper that a request asks for, made by the act's person."""
    new = NewIssued(case_id, from_on, until_on, act.request_id, (), words)
    return issue_paper(new, act).issued_paper_id


def hand_over_answer(issued_id: int, act: Act, way: str = "in_person", note: str = "") -> None:
    """Give the paper to its applicant, with the page that is kept of it."""
    head = find_issued(issued_id)
    if head is None:
        raise LookupError(f"no issued paper {issued_id}")
    paper_id = put_paper(
        NewPaper(
            page_key(issued_id, 12), head.kind, head.school_id,
            issued_title(head.kind, head.ordinal, head.made_on), _page(head), 12,
            f"/papers/issued/{issued_id}",
        ),
        act,
    )  # fmt: skip
    hand_over_issued(
        NewHandOver(
            issued_id, way, head.applicant, paper_id, act.request_id, DOCUMENTS,
            "паспорт гражданина РФ", note,
        ),
        act,
    )  # fmt: skip


def _page(head: IssuedHead) -> str:
    """The page of an issued paper, plainly: a page of the program draws it by its templates."""
    css = (Path(__file__).parents[2] / "static" / "print.css").read_text(encoding="utf-8")
    lines: list[str] = []
    title = escape(issued_title(head.kind, head.ordinal, head.made_on))
    for block in get_content(head.issued_paper_id)[0]:
        if isinstance(block, Table):
            titles = "".join(f'<th scope="col">{escape(title)}</th>' for title, _ in block.columns)
            rows = "".join(f"<tr>{_cells(row)}</tr>" for row in block.rows)
            lines.append(
                f"<table><caption>{escape(block.caption)}</caption><thead><tr>{titles}</tr></thead>"
                f"<tbody>{rows}</tbody></table>"
            )
        else:
            tag = "h2" if isinstance(block, Heading) else "p"
            lines.append(f"<{tag}>{escape(block.text)}</{tag}>")
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="ru">',
            f'<head><meta charset="utf-8"><title>{title}</title><style>{css}</style></head>',
            '<body class="paper p12">',
            f'<p class="school">{escape(head.school_full_name)}</p>',
            f"<h1>{title}</h1>",
            "<!--body-->",
            *lines,
            "<!--/body-->",
            "</body></html>",
        )
    )


def _cells(row: tuple[str, ...]) -> str:
    return "".join(f"<td>{escape(cell) or '—'}</td>" for cell in row)


@dataclass(slots=True)
class VisitMaker:
    """The visits of one school: some of earlier days, some of this hour."""

    place: Place
    pupils: list[Pupil]
    office: Adult
    class_teacher: Adult
    deputy: Adult
    moment: int
    count: int = 0

    def make(self) -> None:
        """One in each state; of a small class, a family comes twice."""
        if not self.pupils:
            return
        families = cycle(self.pupils)
        for days, make in (
            (6, self._answered), (5, self._late), (3, self._left), (1, self._passed_on),
        ):  # fmt: skip
            make(next(families), self._before(days))
        now = from_milliseconds(self.moment)
        for minutes in (22, 6):
            self._arrive(next(families), now - timedelta(minutes=minutes))

    def _before(self, days: int) -> datetime:
        """Eleven o'clock of a weekday about so many days ago."""
        zone = self.place.plan.time_zone
        day = clock.local(from_milliseconds(self.moment), zone).date() - timedelta(days=days)
        day -= timedelta(days=max(0, day.weekday() - 4))
        return clock.moment_of(max(day, self.place.year.from_on), "11:00", zone)

    def _act(self, at: datetime, who: Adult) -> Act:
        self.count += 1
        return Act(at, who.person_id, f"demo-visit-{self.place.school_id}-{self.count}")

    def _arrive(self, pupil: Pupil, at: datetime) -> int:
        adult = pupil.family.guardians[0].adult
        act = self._act(at, self.office)
        words = f"{adult.given_name} {adult.patronymic}, о ребёнке: {pupil.surname}"
        visit = visits.log_arrival(visits.Arrival(self.place.school_id, words, act.request_id), act)
        visits.name_pupil(visit, pupil.person_id, act)
        return visit

    def _answered(self, pupil: Pupil, at: datetime) -> None:
        visit = self._arrive(pupil, at)
        visits.begin_visit(visit, self._act(at + timedelta(minutes=4), self.office))
        self._answer(visit, at + timedelta(minutes=14), self.office)

    def _late(self, pupil: Pupil, at: datetime) -> None:
        visit = self._arrive(pupil, at)
        visits.begin_visit(visit, self._act(at + timedelta(minutes=23), self.deputy))
        self._answer(visit, at + timedelta(minutes=31), self.deputy)

    def _left(self, pupil: Pupil, at: datetime) -> None:
        visit = self._arrive(pupil, at)
        visits.note_left(visit, self._act(at + timedelta(minutes=12), self.office))

    def _passed_on(self, pupil: Pupil, at: datetime) -> None:
        visit = self._arrive(pupil, at)
        act = self._act(at + timedelta(minutes=2), self.office)
        visits.pass_on(visit, self.class_teacher.person_id, "спрашивают о пропусках", act)
        visits.begin_visit(visit, self._act(at + timedelta(minutes=9), self.class_teacher))
        self._answer(visit, at + timedelta(minutes=20), self.class_teacher)

    def _answer(self, visit: int, at: datetime, who: Adult) -> None:
        answer = visits.Answer(
            visit, "Как ребёнок учится?", "Показали отметки и пропуски за период, рассказали."
        )
        visits.answer_visit(answer, self._act(at, who))
