"""How a school marks."""

from peewee import BooleanField, CharField, Check

from school.models.base import IN_ORDER, Dated, link
from school.models.classes import Subject
from school.models.fields import WeightField
from school.models.places import School


class GradingPolicy(Dated):
    """How a school averages marks, and which it gives, from a day on."""

    AVERAGES = ("plain", "weighted", "important")

    school = link(School)
    average = CharField(constraints=[Check(f"average IN {AVERAGES!r}")])
    #: From which fraction on an average counts as the next mark: 0.5, 0.6 or 0.65.
    threshold = WeightField()
    ones_allowed = BooleanField(default=False)

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "from_on"), True),)


class SubjectGradingPolicy(Dated):
    """How one subject averages marks, where it does otherwise than the school, from a day on."""

    school = link(School)
    subject = link(Subject)
    average = CharField(constraints=[Check(f"average IN {GradingPolicy.AVERAGES!r}")])
    threshold = WeightField()

    class Meta:
        constraints = [IN_ORDER]
        indexes = ((("school", "subject", "from_on"), True),)

    @property
    def text(self) -> str:
        """As history keeps it."""
        return f"{self.average} {self.threshold}"
