"""What became of asking to change a locked cell, in words."""

from collections.abc import Iterable
from datetime import datetime

from school import clock, wording
from school.queries.change_requests import ChangeRequestLine
from school.queries.register import ATTENDANCE, Cell, Register
from school.rules.changes import RequestState


def state_words(line: ChangeRequestLine, now: datetime) -> str:
    """«открыта до 15:40», «ждёт решения завуча», of the cell or of asking for it."""

    def said(moment: datetime | None) -> str:
        zone = line.time_zone
        return wording.until_moment(clock.local(moment or now, zone), clock.local(now, zone))

    match line.state(now):
        case RequestState.WAITING:
            return "ждёт решения завуча"
        case RequestState.OPEN:
            return f"открыта до {said(line.open_until)}"
        case RequestState.CHANGED if line.open_until and now <= line.open_until:
            return f"исправлено в {said(line.changed_at)}, открыта до {said(line.open_until)}"
        case RequestState.CHANGED:
            return f"исправлено в {said(line.changed_at)}"
        case RequestState.EXPIRED:
            return f"была открыта до {said(line.open_until)}, не исправлена"
        case RequestState.DECLINED:
            return "завуч не открыл(а)"


def cell_notes(lines: Iterable[ChangeRequestLine], now: datetime) -> dict[Cell, str]:
    """What stands at the cells of a register: of each the newest request, while it matters.
    `lines` come newest first."""
    newest: dict[Cell, ChangeRequestLine] = {}
    for line in lines:
        newest.setdefault(line.cell, line)
    return {
        cell: state_words(line, now)
        for cell, line in newest.items()
        if line.open_until is None or now <= line.open_until
    }


def hint_notes(register: Register) -> dict[Cell, str]:
    """What the school was told of absences from this lesson: hints, never marks (H9)."""
    return {
        Cell(ATTENDANCE, pupil_id): "; ".join(dict.fromkeys(hint.words for hint in hints))
        for pupil_id, hints in register.hints.items()
    }
