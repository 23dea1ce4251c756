"""«Кто сейчас где»: which lesson is where and with whom at a moment of a day."""

import re
from typing import Any

from flask import request

from blueprints.access import load_run_school, now, permit
from blueprints.oversight.substitutions import READS
from blueprints.oversight.timetable_forms import day_of
from blueprints.oversight.views import blueprint
from blueprints.responses import page
from school import clock
from school.models.fields import to_milliseconds
from school.queries.timetable_board import (
    list_absences,
    list_board,
    list_rooms,
    list_teachers,
    room_order,
)
from school.rules.clashes import REMOTE

CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)", re.ASCII)
ORDERS = ("class", "teacher", "room")


@blueprint.get("/schools/<id:school_id>/whereabouts")
@permit(*READS)
def whereabouts(school_id: int) -> Any:
    """All lessons at a moment, now to begin with: class, teacher, room; who and what is free."""
    school = load_run_school(school_id, to_change=False)
    zone = school.time_zone
    here = clock.local(now(), zone)
    asked_day, asked_at = request.args.get("day", ""), request.args.get("at", "").strip()
    day = day_of(asked_day) or here.date()
    wrong = "Напишите день так: 24.11.2026." if asked_day and not day_of(asked_day) else ""
    if asked_at and not CLOCK.fullmatch(asked_at):
        wrong = "Напишите время так: 10:15."
        asked_at = ""
    at = asked_at.replace(".", ":").zfill(5) if asked_at else f"{here:%H:%M}"
    moment = to_milliseconds(clock.moment_of(day, at, zone))
    board = [lesson for lesson in list_board(school_id, day, day) if not lesson.is_cancelled]
    held = [x for x in board if x.placed.starts_at <= moment < x.placed.ends_at]
    coming = min((x.placed.starts_at for x in board if x.placed.starts_at > moment), default=None)
    by = request.args.get("by", "class")
    keys: dict[str, Any] = {
        "teacher": lambda lesson: lesson.placed.teacher_name,
        "room": lambda lesson: room_order(lesson.placed.room),
        "class": lambda lesson: room_order(lesson.placed.group_name),
    }
    taken = {lesson.placed.room for lesson in held}
    busy = {lesson.placed.teacher_id for lesson in held}
    away = {line.teacher_id for line in list_absences(school_id, day, day)}
    there = {lesson.placed.teacher_id for lesson in board}
    rooms = list_rooms(school_id, day)
    return page(
        "oversight/whereabouts.html",
        422 if wrong else 200,
        school=school,
        day=day,
        at=at,
        by=by if by in ORDERS else "class",
        wrong=wrong,
        typed={"day": asked_day or f"{day:%d.%m.%Y}", "at": request.args.get("at", "") or at},
        held=sorted(held, key=keys.get(by, keys["class"])),
        coming=next((x for x in board if x.placed.starts_at == coming), None),
        free_rooms=[room for room in rooms if room not in taken and room != REMOTE],
        free_teachers=[
            one.name
            for one in list_teachers(school_id, day)
            if one.teacher_id in there and one.teacher_id not in busy | away
        ],
        times=sorted({(x.lesson_number, x.starts) for x in board}),
        has_lessons=bool(board),
    )
