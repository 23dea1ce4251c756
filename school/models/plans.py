"""What a group is to be taught, lesson by lesson."""

from peewee import Check, SmallIntegerField, TextField

from school.models.base import BaseModel, link
from school.models.classes import TeachingGroup
from school.models.places import School


class LessonPlanTopic(BaseModel):
    """A line of a group's lesson plan (КТП)."""

    school = link(School)
    teaching_group = link(TeachingGroup)
    ordinal = SmallIntegerField()
    topic = TextField(constraints=[Check("topic <> ''")])
    material = TextField(default="")
    homework = TextField(default="")

    class Meta:
        indexes = ((("school", "teaching_group", "ordinal"), True),)
