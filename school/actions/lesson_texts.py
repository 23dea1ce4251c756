"""Topic, material and homework taken from elsewhere: the lesson plan, a parallel class.

Only empty fields are filled: what a teacher wrote is never replaced by what was planned.
"""

from datetime import date

from school.actions.history import Act
from school.actions.register import save_register
from school.queries.lessons import LessonHead
from school.queries.plans import find_next_topic
from school.queries.register import HOMEWORK, MATERIAL, TOPIC, Cell, get_register

TEXTS = (TOPIC, MATERIAL, HOMEWORK)


def take_planned_topic(lesson: LessonHead, *, today: date, act: Act) -> int:
    """Fill a lesson with the next topic of its group's plan; returns how many fields were
    filled. `today` is the date in the school's time zone."""
    topic = find_next_topic(lesson)
    if topic is None:
        return 0
    planned = {TOPIC: topic.topic, MATERIAL: topic.material, HOMEWORK: topic.homework}
    return _fill(lesson, planned, today, act)


def copy_texts(source: LessonHead, target: LessonHead, *, today: date, act: Act) -> int:
    """Copy topic, material and homework for all into another lesson; returns how many fields
    were filled."""
    register = get_register(source)
    return _fill(target, {name: register.value(Cell(name)) for name in TEXTS}, today, act)


def _fill(lesson: LessonHead, texts: dict[str, str], today: date, act: Act) -> int:
    register = get_register(lesson)
    entries = {
        Cell(name): text for name, text in texts.items() if text and not register.value(Cell(name))
    }
    return save_register(lesson, entries, seen=register.seen, today=today, act=act).saved
