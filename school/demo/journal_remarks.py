"""The deputy head's remarks on the demo teacher's journals, in every state (E7)."""

from datetime import date, timedelta

from school.actions.history import Act
from school.actions.remarks import (
    Journal,
    accept_remark,
    fix_remark,
    make_remark,
    return_remark,
    withdraw_remark,
)
from school.database import fetch_all
from school.models.fields import from_milliseconds
from school.queries.remarks import RemarkLine, find_remark
from school.rules.remarks import RemarkText

DAY = timedelta(days=1)

GROUPS = """
SELECT teaching_group_id FROM group_teacher WHERE school_id = ? AND teacher_id = ? ORDER BY 1
"""
LAST_LESSON = """
SELECT id, teaching_group_id FROM lesson
WHERE school_id = ? AND teacher_id = ? AND held_on < ? AND cancelled_at IS NULL
  AND attendance_taken_at IS NULL
ORDER BY ends_at DESC LIMIT 1
"""


def make_remarks(school_id: int, teacher_id: int, deputy_id: int, today: date, moment: int) -> None:
    """One in each state: open, overdue, answered, returned, accepted, withdrawn; on a lesson, on
    days, on a whole journal. Nothing is drawn."""
    groups = [row[0] for row in fetch_all(GROUPS, (school_id, teacher_id))]
    if not groups:
        return
    now = from_milliseconds(moment)

    def act(who: int, days_ago: float) -> Act:
        return Act(now - days_ago * DAY, who)

    def make(
        name: str, text: str, due: int, days_ago: float, *, days: bool = False,
        lesson: tuple[int, int] | None = None, group: int = 0,
    ) -> RemarkLine:  # fmt: skip
        made_on = (now - days_ago * DAY).date()
        span = (made_on - 14 * DAY, made_on) if days else (None, None)
        remark = RemarkText(text, today + due * DAY, *span)
        group_id = lesson[1] if lesson else groups[group % len(groups)]
        journal = Journal(school_id, group_id, lesson[0] if lesson else None)
        remark_id = make_remark(
            journal, remark, request_id=f"demo-{school_id}-{name}", today=today,
            act=act(deputy_id, days_ago),
        )  # fmt: skip
        line = find_remark(remark_id, today)
        assert line is not None  # noqa: S101 - made above
        return line

    lessons = fetch_all(LAST_LESSON, (school_id, teacher_id, today))
    if lessons:
        make("open", "Не отмечена посещаемость.", 3, 0.2, lesson=lessons[0])
    make("overdue", "Темы уроков записаны не по плану, сверьте.", -2, 9, days=True)
    fixed = make("fixed", "Мало отметок за период: опросите остальных.", 4, 5, group=1)
    fix_remark(fixed, "Опросила шестерых, остальные на этой неделе.", act(teacher_id, 1))
    returned = make("returned", "Нет домашнего задания у четырёх уроков.", 2, 8, days=True, group=1)
    fix_remark(returned, "Внесла.", act(teacher_id, 4))
    again = find_remark(returned.remark_id, today) or returned
    return_remark(again, "У двух уроков задания всё ещё нет.", act(deputy_id, 3))
    accepted = make("accepted", "Нет вида работы у контрольной.", -10, 20, group=2)
    fix_remark(accepted, "Исправлено.", act(teacher_id, 15))
    accept_remark(
        find_remark(accepted.remark_id, today) or accepted, "Спасибо.", act(deputy_id, 14)
    )
    mistaken = make("withdrawn", "Не проведены три урока.", -5, 12, group=2)
    withdraw_remark(mistaken, "Уроки были перенесены приказом, всё верно.", act(deputy_id, 11))
