"""The curriculum plan of each class: what the timetable was made by, so that what was cancelled
lacks at the year's end."""

from datetime import date, datetime
from fractions import Fraction

from school.demo import curriculum
from school.demo.groups import Course
from school.demo.places import Place
from school.demo.storage import insert_numbered
from school.models import CurriculumLine, TeachingGroup
from school.queries.lesson_counts import get_year_lessons


def make_curriculum_lines(
    place: Place, courses: list[Course], today: date, moment: datetime
) -> None:
    """Hours by class and subject. A demo begins some weeks into the year: the hours of the year
    are those of the weeks it has."""
    found = get_year_lessons(place.school_id, today, moment)
    planned = {
        line.group_id: line.counts.given + line.counts.cancelled + line.counts.ahead
        - line.counts.extra
        for line in (found.groups if found else ())
    }  # fmt: skip
    subjects = dict(
        TeachingGroup.select(TeachingGroup.id, TeachingGroup.subject)
        .where(TeachingGroup.school == place.school_id)
        .tuples()
    )
    hours: dict[tuple[int, int], tuple[int, int]] = {}
    for course in courses:
        if course.kind not in ("class", "part") or course.group_id not in planned:
            continue
        key = (course.classes[0].class_id, subjects[course.group_id])
        in_week = curriculum.HOURS[course.subject][course.grade - 1]
        in_year = max(planned[course.group_id], hours.get(key, (0, 0))[1])
        hours[key] = (in_week, in_year)
    insert_numbered(
        CurriculumLine,
        [
            {
                "school": place.school_id,
                "school_class": class_id,
                "subject": subject_id,
                "hours_in_week": Fraction(in_week),
                "hours_in_year": Fraction(in_year),
            }
            for (class_id, subject_id), (in_week, in_year) in sorted(hours.items())
            if in_week and in_year
        ],
    )
