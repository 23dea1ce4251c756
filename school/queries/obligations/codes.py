"""Pupils who have no access code yet (A9): owed by the class teacher at any time."""

from collections.abc import Iterator

from school.queries.invitations import list_school_codes
from school.queries.obligations.school import SchoolDesk
from school.rules.invitations import EXPIRED, OWED, PUPIL
from school.rules.obligations import CLASS_TEACHER, Obligation


def list_open(desk: SchoolDesk) -> Iterator[Obligation]:
    """Each pupil whose family has consented and who has no code, or whose code ran out. No
    regulation names a term; where its flag says that pupils get no codes, none is owed."""
    version = desk.version_on(desk.today)
    if version is None or not version.regulation.flag("codes_for_pupils").value:
        return
    by_class = list_school_codes(desk.school_id, desk.time_zone, desk.now)
    for class_id, lines in by_class.items():
        holders = desk.class_teacher(class_id, desk.today)
        class_name = desk.class_names.get(class_id, "")
        for line in lines:
            if line.kind == PUPIL and line.state in (OWED, EXPIRED):
                yield Obligation(
                    row="A9",
                    kind="code",
                    key=f"code:{line.person_id}:{line.invitation_id}",
                    school_id=desk.school_id,
                    time_zone=desk.time_zone,
                    words=f"{class_name}: код для обучающегося",
                    event_on=None,
                    due_at=None,
                    holder_role=CLASS_TEACHER,
                    holders=holders,
                    subject_id=class_id,
                    people=line.name,
                    class_id=class_id,
                    class_name=class_name,
                    version_id=version.version_id,
                )
