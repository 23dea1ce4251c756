"""How a school averages marks."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from school.database import fetch_all
from school.rules.grading import GradingPolicy, thresholds_from

# Few rows: a school has one policy that holds, and a few subjects of its own mind.
POLICIES = """
SELECT NULL AS subject_id, from_on, average, threshold, ones_allowed FROM grading_policy
WHERE school_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)
UNION ALL
SELECT subject_id, from_on, average, threshold, (1 = 0) FROM subject_grading_policy
WHERE school_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)
ORDER BY from_on
"""


@dataclass(frozen=True, slots=True)
class Policies:
    """How a school averages on a day, and the subjects that do otherwise."""

    school: GradingPolicy
    subjects: dict[int, GradingPolicy]

    def of(self, subject_id: int | None) -> GradingPolicy:
        """The policy of a subject; of none: the school's."""
        if subject_id is None:
            return self.school
        return self.subjects.get(subject_id, self.school)


def get_policies(school_id: int, day: date) -> Policies:
    """What holds on a day; a school without a policy of its own: weighted, 2,5 / 3,5 / 4,5.
    Which marks there are («1»), the school says for all its subjects."""
    school = GradingPolicy()
    own: dict[int, tuple[str, str]] = {}
    for subject_id, _, way, threshold, ones_allowed in fetch_all(
        POLICIES, (school_id, day, day) * 2
    ):
        if subject_id is None:
            school = GradingPolicy(way, thresholds_from(Fraction(threshold)), bool(ones_allowed))
        else:
            own[subject_id] = way, threshold
    return Policies(
        school,
        {
            subject_id: GradingPolicy(
                way, thresholds_from(Fraction(threshold)), school.ones_allowed
            )
            for subject_id, (way, threshold) in own.items()
        },
    )


def get_grading_policy(school_id: int, today: date, subject_id: int | None = None) -> GradingPolicy:
    """The policy of a school on a day, or of one of its subjects."""
    return get_policies(school_id, today).of(subject_id)
