"""A register page as static/register.js keeps it, without a browser: what is typed, what is sent,
what an answer means. How it travels is the business of whoever uses it."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.page import Page

#: What the script sends beside the fields.
HEADERS = {"Accept": "application/json", "HX-Request": "true"}


@dataclass
class Field:
    """A cell of the page; the names are those of register.js."""

    saved: str
    value: str
    seen: int
    #: The lesson that it belongs to, where the page has several.
    lesson: str = ""
    sent: str | None = None
    doubt: bool = False
    told: str | None = None
    told_seen: int = 0
    told_work: str = ""
    #: `seen` of the answer that told the value in `saved`, for the tests to look up.
    known_at: int = 0

    @property
    def is_dirty(self) -> bool:
        return self.doubt or self.value != self.saved


@dataclass(frozen=True)
class Send:
    sequence: int
    #: What the form says was known: a number, or in the grid «lesson-number-work».
    seen: str
    cells: dict[str, str] = field(hash=False)


class OpenPage:
    """One open page of a register: of a lesson, of a period (all its fields), of results."""

    def __init__(self, page: Page) -> None:
        form = page.root.xpath("//form[@id='register']")[0]
        fields = page.fields(page.root.xpath("//form").index(form))
        self.page_id = form.get("data-page")
        self.token = fields.pop("csrf_token")
        known = fields.pop("seen")
        #: What goes with every save, and with a result: why it is so.
        self.beside = {name: fields.pop(name) for name in ("period",) if name in fields}
        self.whys = {name for name in fields if name.startswith("why-")}
        #: Of each lesson its first work; what was seen of it is the cells' business.
        self.works: dict[str, str] = {}
        seen: dict[str, int] = {}
        self.is_grid = "first-work" not in fields
        if self.is_grid:
            for triple in known.split():
                lesson, number, work = triple.split("-")
                seen[lesson], self.works[lesson] = int(number), work
        else:
            seen[""], self.works[""] = int(known), fields.pop("first-work")
        self.cells = {}
        for name, text in fields.items():
            if name not in self.whys:
                lesson = name.rpartition("-")[2] if self.is_grid else ""
                number = seen[lesson]
                self.cells[name] = Field(text, text, number, lesson, known_at=number)
        self.sequence = 0
        self.made: list[Send] = []

    def form(self, send: Send) -> dict[str, str]:
        whys = {name.replace("result-", "why-") for name in send.cells} & self.whys
        return {
            "csrf_token": self.token,
            "seen": send.seen,
            "page": self.page_id,
            **({} if self.is_grid else {"first-work": self.works[""]}),
            **self.beside,
            "sequence": str(send.sequence),
            **send.cells,
            **dict.fromkeys(whys, "Так решено"),
        }

    def type(self, name: str, text: str) -> list[Send]:
        """Type a text into a cell and leave it."""
        cell = self.cells[name]
        cell.value = text
        if not cell.is_dirty:
            self._decide(cell)
        return self.save([name])

    def insist(self, name: str) -> list[Send]:
        """Enter in a cell that could not be saved."""
        self._decide(self.cells[name])
        return self.save([name])

    def save(self, names: Iterable[str]) -> list[Send]:
        by_seen: dict[tuple[str, int], list[str]] = {}
        for name in names:
            cell = self.cells[name]
            if not cell.is_dirty or cell.sent is not None or cell.told == cell.value:
                continue
            self._decide(cell)
            by_seen.setdefault((cell.lesson, cell.seen), []).append(name)
        return [self._send(together, *known) for known, together in by_seen.items()]

    def again(self) -> list[Send]:
        """The timer: whatever had no answer."""
        return self.save([name for name, cell in self.cells.items() if cell.doubt])

    def answer(self, send: Send, status: int, body: Any) -> list[Send]:
        """An answer, or 0 for none; returns what is sent because of it."""
        if status in (200, 422) and body and "cells" in body:
            return self._take(send, body)
        for name in send.cells:
            self.cells[name].sent = None
        if status == 422 and body and "token" in body:
            self.token = body["token"]
            return self.save(send.cells)
        return []

    @property
    def unsaved(self) -> list[str]:
        return [name for name, cell in self.cells.items() if cell.is_dirty]

    @property
    def waits(self) -> bool:
        """Whether something would still be sent without anybody doing anything."""
        return any(
            cell.sent is not None or (cell.doubt and cell.told != cell.value)
            for cell in self.cells.values()
        )

    def _send(self, names: list[str], lesson: str, seen: int) -> Send:
        self.sequence += 1
        for name in names:
            cell = self.cells[name]
            cell.sent, cell.doubt, cell.told = cell.value, True, None
        known = f"{lesson}-{seen}-{self.works[lesson] or 0}" if self.is_grid else str(seen)
        send = Send(self.sequence, known, {name: self.cells[name].value for name in names})
        self.made.append(send)
        return send

    def _take(self, send: Send, body: Any) -> list[Send]:
        answers = {
            name: {"seen": body.get("seen"), "work": body.get("work"), **result}
            for name, result in body["cells"].items()
            if name in self.cells
        }
        for name in send.cells:
            cell, result = self.cells[name], answers[name]
            seen = result["seen"]
            sent, cell.sent, cell.doubt = cell.sent, None, False
            if "error" in result:
                newer = cell.value != sent
                self._refuse(name, cell, result)
                if newer and "theirs" not in result:
                    cell.told = None
            elif seen >= cell.known_at:
                if cell.value == sent:
                    cell.value = result["value"]
                cell.saved, cell.seen, cell.known_at = result["value"], seen, seen
        for name in answers.keys() - send.cells.keys():
            cell, result = self.cells[name], answers[name]
            seen = result["seen"]
            if seen < cell.known_at:
                continue
            if cell.is_dirty:
                cell.saved, cell.known_at = result["value"], seen
            elif "error" in result:
                cell.value = result["typed"]
                self._refuse(name, cell, result)
            else:
                cell.saved = cell.value = result["value"]
                cell.seen = cell.known_at = seen
        return self.save(send.cells)

    def _refuse(self, name: str, cell: Field, result: dict[str, Any]) -> None:
        seen = result["seen"]
        cell.told, cell.told_seen = cell.value, seen if "theirs" in result else cell.seen
        is_mark = name.startswith(("cell", "mark", "worked"))
        cell.told_work = str(result["work"] or "") if is_mark else self.works[cell.lesson]
        if seen >= cell.known_at:
            cell.saved, cell.known_at = result["value"], seen

    def _decide(self, cell: Field) -> None:
        if cell.told is not None:
            cell.seen = cell.told_seen
            self.works[cell.lesson] = cell.told_work
        cell.told = None


@dataclass(frozen=True)
class Step:
    """A history row of one cell."""

    history_id: int
    old: str
    new: str
    request: str


def wrong_steps(steps: dict[str, list[Step]], pages: list[OpenPage], wanted: Any) -> list[str]:
    """What is forbidden in a register's history, as sentences. `steps` holds the history by the
    page's field names; `wanted(name, text)` is what a typed text becomes."""
    typed = {f"{page.page_id}:{send.sequence}": send.cells for page in pages for send in page.made}
    found = []
    for name, rows in steps.items():
        for before, after in itertools.pairwise([Step(0, "", "", ""), *rows]):
            if before.new != after.old:
                found.append(f"{name}: «{after.old}» where «{before.new}» stood")
            if after.old == after.new:
                found.append(f"{name}: «{after.old}» became itself")
            cells = typed.get(after.request)
            if cells is None:
                found.append(f"{name}: «{after.new}» was sent by nobody: {after.request}")
            elif name in cells and wanted(name, cells[name]) != after.new and not went(name, cells):
                found.append(f"{name}: «{cells[name]}» became «{after.new}»")
        for page in pages:
            order = [
                int(row.request.partition(":")[2])
                for row in rows
                if row.request.startswith(f"{page.page_id}:")
            ]
            if order != sorted(set(order)):
                found.append(f"{name}: saves of one page out of order: {order}")
    return found


def went(name: str, cells: dict[str, str]) -> bool:
    """Whether a cell was sent beside one that it goes with: minutes make «о», and go with it."""
    what, _, pupil = name.partition("-")
    other = {"late": "attendance", "attendance": "late"}.get(what)
    return f"{other}-{pupil}" in cells


def wrong_beliefs(steps: dict[str, list[Step]], pages: list[OpenPage]) -> list[str]:
    """Where a page shows as saved what the register does not hold, though no other page saved
    since it was told."""
    found = []
    for number, page in enumerate(pages):
        for name, cell in page.cells.items():
            rows = [Step(0, "", "", ""), *steps.get(name, [])]
            # A value is read after its `seen`, and may be newer.
            known = max(n for n, row in enumerate(rows) if row.history_id <= cell.known_at)
            own = [n for n, row in enumerate(rows) if row.request.startswith(f"{page.page_id}:")]
            since = max([known, *own])
            if not cell.doubt and cell.saved not in [row.new for row in rows[since:]]:
                found.append(f"page {number}, {name}: «{cell.saved}» since {rows[known]} in {rows}")
    return found
