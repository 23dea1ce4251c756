"""Access in every state: a court's order, an agreement, a father whose authority ended, pupils
who are of age and what they said (H10, A11)."""

from datetime import date

from school.demo.people import Guardian, Pupil
from school.models import DiaryLimit, Guardianship
from school.rules.access import is_adult

#: What pupils of age said, in turn; None: nothing yet.
CHOICES = ("allowed", "asked", None)


def make_limits(pupils: list[Pupil], today: date, moment: int) -> None:
    """Limit some fathers of these pupils (none of them has a demo sign-in), and let those who are
    of age decide. `moment` is the demo's, as stored. Nothing is drawn: the same people, the same
    limits."""
    fathers = [
        (pupil, guardian)
        for pupil in pupils
        for guardian in pupil.family.guardians
        if guardian.kind == "father" and len(pupil.family.guardians) > 1
    ]
    for (pupil, father), (area, ground, basis) in zip(
        fathers,
        (
            ("everything", "court_order", "решение районного суда, дело 2-114/2026"),
            ("comments", "agreement", "соглашение родителей от 05.10.2026"),
        ),
        strict=False,
    ):
        DiaryLimit.create(
            pupil=pupil.person_id, person=father.adult.person_id, area=area, ground=ground,
            basis=basis, from_on=pupil.from_on,
        )  # fmt: skip
    for pupil, father in fathers[2:3]:
        _of(pupil, father, until_on=pupil.from_on, end_reason="решение суда об усыновлении")
    adults = [p for p in pupils if is_adult(p.birth_on, today)]
    for pupil, choice in zip(adults, CHOICES, strict=False):
        if choice:
            guardian = pupil.family.guardians[0]
            _of(pupil, guardian, adult_choice=choice, adult_choice_at=moment)


def _of(pupil: Pupil, guardian: Guardian, **values: object) -> None:
    Guardianship.update(**values).where(
        Guardianship.pupil == pupil.person_id,
        Guardianship.guardian == guardian.adult.person_id,
    ).execute()
