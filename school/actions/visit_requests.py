"""A paper asked for at a visit: the request is registered there and then, its term is this day
where the regulation says so (C5: «непосредственно при личном обращении»)."""

from dataclasses import dataclass

from school.actions.history import Act
from school.actions.request_stages import RequestRefused
from school.actions.requests import AlreadyAsked, NewRequest, Registered, register_request
from school.actions.visits import link_request
from school.database import transaction
from school.models import ServiceRequest, Visit
from school.rules.issued import KINDS
from school.rules.regulation import ADULT_PUPIL, GUARDIAN
from school.rules.requests import Names


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks: a representative of the pupil, or the pupil of age."""

    person_id: int
    names: Names
    #: Of a representative: what they are to the child, by which document.
    relation: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class NewAtVisit:
    visit_id: int
    kind: str
    applicant: Applicant
    request_id: str


def ask_at_visit(new: NewAtVisit, act: Act) -> Registered:
    """Register at a visit what its visitor asks for on paper; a request of the same kind that is
    open already becomes the visit's. The same form twice is one request. Raises
    RequestRefused."""
    if new.kind not in KINDS:
        raise RequestRefused("Выберите, какая бумага нужна.", "kind")
    with transaction():
        visit = Visit.get_by_id(new.visit_id)
        who = new.applicant
        is_self = who.person_id == visit.pupil_id
        try:
            registered = register_request(
                NewRequest(
                    school_id=visit.school_id,
                    kind=new.kind,
                    channel="visit",
                    applicant_is=ADULT_PUPIL if is_self else GUARDIAN,
                    names=who.names,
                    request_id=new.request_id,
                    applicant_id=who.person_id,
                    pupil_id=visit.pupil_id,
                    relation=who.relation,
                    basis=who.basis,
                ),
                act,
            )
        except AlreadyAsked as there:
            row = ServiceRequest.get_by_id(there.service_request_id)
            registered = Registered(int(row.id), row.ordinal, is_new=False)
        link_request(new.visit_id, registered.service_request_id, act)
    return registered
