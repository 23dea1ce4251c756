"""How a school marks from a day on."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from school.actions.history import Act, Fact, move_revisions, record
from school.database import transaction
from school.models import GradingPolicy, SubjectGradingPolicy
from school.models import ResultPolicy as ResultPolicyRow
from school.rules.proposals import MOST_MARKS_NEEDED, ResultPolicy

#: What a school may choose: from 2,5, 2,6 or 2,65 on an average counts as the next mark.
THRESHOLDS = (Fraction(1, 2), Fraction(3, 5), Fraction(13, 20))


@dataclass(frozen=True, slots=True)
class GradingChoice:
    average: str
    threshold: Fraction
    ones_allowed: bool

    @property
    def text(self) -> str:
        """As history keeps it."""
        return f"{self.average} {self.threshold} {'1–5' if self.ones_allowed else '2–5'}"


def choose_subject_grading(
    school_id: int, subject_id: int, choice: GradingChoice | None, *, today: date, act: Act
) -> bool:
    """Let a subject average otherwise than its school from today on; None: as the school again.
    Which marks there are stays the school's. Returns whether that changed anything. Raises
    ValueError for what no school may choose (H1)."""
    if choice is not None and (
        choice.average not in GradingPolicy.AVERAGES or choice.threshold not in THRESHOLDS
    ):
        raise ValueError(choice.text)
    with transaction():
        own = SubjectGradingPolicy
        holds = (own.school == school_id) & (own.subject == subject_id) & own.until_on.is_null()
        present = own.get_or_none(holds)
        old = present.text if present else ""
        new = f"{choice.average} {choice.threshold}" if choice else ""
        if old == new:
            return False
        row_id = present.id if present else 0
        if present is not None and present.from_on >= today:
            own.delete().where(own.id == present.id).execute()
        elif present is not None:
            own.update(until_on=today - timedelta(days=1)).where(holds).execute()
        if choice is not None:
            row_id = own.create(
                school=school_id,
                subject=subject_id,
                average=choice.average,
                threshold=choice.threshold,
                from_on=today,
            ).id
        record(act, school_id, [Fact("subject_grading_policy", row_id, "policy", old, new)])
        move_revisions(act, [("school", school_id)])
    return True


def choose_grading(school_id: int, choice: GradingChoice, *, today: date, act: Act) -> bool:
    """Let a school mark otherwise from today on; what was before stays with its days. Returns
    whether that changed anything. Raises ValueError for what no school may choose (H1)."""
    if choice.average not in GradingPolicy.AVERAGES or choice.threshold not in THRESHOLDS:
        raise ValueError(choice.text)
    with transaction():
        holds = (GradingPolicy.school == school_id) & GradingPolicy.until_on.is_null()
        present = GradingPolicy.get_or_none(holds)
        values = {
            "average": choice.average,
            "threshold": choice.threshold,
            "ones_allowed": choice.ones_allowed,
        }
        old = ""
        if present is not None:
            old = GradingChoice(present.average, present.threshold, present.ones_allowed).text
            if old == choice.text:
                return False
        if present is not None and present.from_on >= today:
            GradingPolicy.update(**values).where(GradingPolicy.id == present.id).execute()
            row_id = present.id
        else:
            if present is not None:
                GradingPolicy.update(until_on=today - timedelta(days=1)).where(holds).execute()
            row_id = GradingPolicy.create(school=school_id, from_on=today, **values).id
        record(act, school_id, [Fact("grading_policy", row_id, "policy", old, choice.text)])
        move_revisions(act, [("school", school_id)])
    return True


def choose_result_policy(school_id: int, policy: ResultPolicy, *, today: date, act: Act) -> bool:
    """Let a school propose results otherwise from today on: periods that are over keep what held
    on their last day. Returns whether that changed anything. Raises ValueError for what no school
    may choose (H1)."""
    if (
        not 1 <= policy.least_marks <= MOST_MARKS_NEEDED
        or not 1 <= policy.most_missed <= 100
        or policy.year_threshold not in THRESHOLDS
    ):
        raise ValueError(policy.text)
    row = ResultPolicyRow
    values = {
        "least_marks": policy.least_marks,
        "most_missed": policy.most_missed,
        "year_threshold": policy.year_threshold,
        "exam_in_year": policy.exam_in_year,
    }
    with transaction():
        holds = (row.school == school_id) & row.until_on.is_null()
        present = row.get_or_none(holds)
        # Without a row of its own a school has the usual one.
        old = ResultPolicy()
        if present is not None:
            old = ResultPolicy(**{name: getattr(present, name) for name in values})
        if old == policy:
            return False
        if present is not None and present.from_on >= today:
            row.update(**values).where(row.id == present.id).execute()
            row_id = present.id
        else:
            if present is not None:
                row.update(until_on=today - timedelta(days=1)).where(holds).execute()
            row_id = row.create(school=school_id, from_on=today, **values).id
        was = old.text if present is not None else ""
        record(act, school_id, [Fact("result_policy", row_id, "policy", was, policy.text)])
        move_revisions(act, [("school", school_id)])
    return True
