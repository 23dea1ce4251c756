"""Who asks for a paper at a visit: a representative who is known, or the pupil of age."""

from school import clock
from school.actions.request_stages import RequestRefused
from school.actions.visit_requests import Applicant
from school.queries.people import find_person
from school.queries.visits import VisitLine
from school.rules.access import is_adult
from school.rules.requests import Names
from school.wording import GUARDIAN_KINDS


def applicants_of(line: VisitLine) -> tuple[tuple[str, str], ...]:
    """(value, words) of those who may ask about the visit's pupil today."""
    card = find_person(line.pupil_id or 0)
    if card is None:
        return ()
    today = clock.today(line.time_zone)
    found = [
        (str(tie.guardian_id), f"{tie.name}, {GUARDIAN_KINDS[tie.kind]}")
        for tie in card.representatives
        if not tie.is_ended and (tie.until_on is None or tie.until_on >= today)
    ]
    if is_adult(card.birth_on, today):
        found.append((str(card.person_id), "сам обучающийся, ему есть 18 лет"))
    return tuple(found)


def read_applicant(line: VisitLine, chosen: str) -> Applicant:
    """The applicant who was chosen. Raises RequestRefused."""
    if line.pupil_id is None:
        raise RequestRefused("Сначала отметьте, о каком ребёнке разговор.", "q")
    if chosen not in dict(applicants_of(line)):
        raise RequestRefused("Выберите, кто просит.", "who")
    person, card = find_person(int(chosen)), find_person(line.pupil_id)
    if person is None or card is None:
        raise RequestRefused("Этого человека больше нет в списке.", "who")
    tie = next((t for t in card.representatives if str(t.guardian_id) == chosen), None)
    return Applicant(
        person.person_id,
        Names(person.surname, person.given_name, person.patronymic),
        tie.kind if tie else "",
        tie.basis if tie else "",
    )
