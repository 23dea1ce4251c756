"""How a school averages marks."""

from datetime import date
from fractions import Fraction

from school.database import fetch_all
from school.rules.grading import GradingPolicy, thresholds_from

POLICY = """
SELECT average, threshold, ones_allowed FROM grading_policy
WHERE school_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on >= ?)
ORDER BY from_on DESC LIMIT 1
"""


def get_grading_policy(school_id: int, today: date) -> GradingPolicy:
    """The policy of a school on a day; without one of its own: weighted, 2,5 / 3,5 / 4,5."""
    rows = fetch_all(POLICY, (school_id, today, today))
    if not rows:
        return GradingPolicy()
    way, threshold, ones_allowed = rows[0]
    return GradingPolicy(way, thresholds_from(Fraction(threshold)), bool(ones_allowed))
