"""Requests to change a locked mark, one in each state (H2)."""

from school.demo.register import (
    DAY,
    DOT,
    HOUR,
    MINUTE,
    Cell,
    ChangeDraft,
    Entry,
    RegisterWriter,
)

#: Older marks are locked by the term of seven days, wherever in the week they were entered.
LOCKED_FOR_SURE = 9 * DAY
#: The term of an opened cell.
OPENED_FOR = 24 * HOUR

CHANGED, OPEN, WAITING, EXPIRED, DECLINED = range(5)
REASONS = {
    CHANGED: "ошиблась строкой: это отметка соседа по журналу",
    OPEN: "пересчитала баллы, в работе учтены не все задания",
    WAITING: "отметка за переписанную работу осталась в тетради",
    EXPIRED: "перепутаны варианты, проверила ещё раз",
    DECLINED: "ученик просит поставить выше",
}
WORD = "Работу не переписывали, менять отметку не за что."


def plan_change_requests(writer: RegisterWriter, teacher_id: int, deputy_id: int) -> None:
    """Let the demo teacher ask about five old marks, and the deputy head decide on four. The
    first is the demo pupil's, where there is one, so that the family sees a correction."""
    for state, cell in enumerate(_choose(writer, teacher_id)):
        _plan(writer, state, cell, deputy_id)


def _choose(writer: RegisterWriter, teacher_id: int) -> list[Cell]:
    """Five marks, oldest first, of different pupils; the demo pupil's first."""
    entered_at = {
        (id(entry.row), entry.pupil_id): entry.at
        for entry in writer.entries
        if entry.field == "mark"
    }
    chosen: dict[int, Cell] = {}
    for cell in writer.cells:
        newest = entered_at[id(cell.work), cell.pupil.person_id]
        if (
            cell.work.lesson.teacher_id == teacher_id
            and cell.values[0] in ("3", "4")
            and DOT not in cell.values
            and newest < writer.moment - LOCKED_FOR_SURE
        ):
            chosen.setdefault(cell.pupil.person_id, cell)
    cells = sorted(chosen.values(), key=lambda cell: cell.pupil is not writer.demo_pupil)
    return cells[: len(REASONS)]


def _plan(writer: RegisterWriter, state: int, cell: Cell, deputy_id: int) -> None:
    asked_at = writer.moment - {
        CHANGED: 3 * DAY, OPEN: 5 * HOUR, WAITING: 3 * HOUR, EXPIRED: 5 * DAY, DECLINED: 6 * DAY
    }[state]  # fmt: skip
    better = [str(int(cell.values[0]) + 1), *cell.values[1:]]
    change = ChangeDraft(
        cell=cell,
        was="/".join(cell.values),
        wanted="/".join(better),
        reason=REASONS[state],
        asked_at=asked_at,
    )
    writer.changes.append(change)
    lesson = cell.work.lesson
    _note(writer, change, asked_at, lesson.teacher_id, "", "asked", change.reason)
    if state == WAITING:
        return
    decided_at = asked_at + 2 * HOUR
    change.decided_at, change.decided_by_id = decided_at, deputy_id
    if state == DECLINED:
        change.decision, change.word = "declined", WORD
    else:
        change.decision = "opened"
        # As terms in hours end: with the last millisecond of their minute.
        change.open_until = decided_at - decided_at % MINUTE + OPENED_FOR + MINUTE - 1
    _note(writer, change, decided_at, deputy_id, "asked", change.decision, change.word)
    if state == CHANGED:
        change.changed_at = decided_at + HOUR
        entry = Entry(
            change.changed_at, lesson.teacher_id, lesson.substituted_id, "work", cell.work,
            cell.pupil.person_id, lesson.lesson_id, "mark", change.was, change.wanted,
            change.reason,
        )  # fmt: skip
        writer.entries.append(entry)
        cell.values = better


def _note(
    writer: RegisterWriter,
    change: ChangeDraft,
    at: int,
    actor_id: int,
    old: str,
    new: str,
    why: str,
) -> None:
    writer.entries.append(
        Entry(
            at, actor_id, None, "change_request", change, change.cell.pupil.person_id,
            change.cell.work.lesson.lesson_id, "change_request", old, new, why,
        )
    )  # fmt: skip
