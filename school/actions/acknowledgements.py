"""«Ознакомлен(а)»: a representative, or the pupil, says that they have read something (B12)."""

from datetime import date

from school.actions.history import Act, move_revisions
from school.database import transaction
from school.models import Acknowledgement
from school.queries.acknowledgements import (
    WEEK,
    YEAR,
    list_column_acknowledgements,
    list_week_acknowledgements,
)
from school.queries.results import ResultColumn
from school.rules.proposals import PERIOD


def acknowledge_results(
    school_id: int, year_id: int, pupil_id: int, column: ResultColumn, act: Act
) -> bool:
    """Write that the actor has read a pupil's results of a study period or the year; returns
    whether that is new. Once more, with nothing changed since, is no new fact."""
    with transaction():
        found = list_column_acknowledgements([pupil_id], year_id, column).get(pupil_id, ())
        if any(line.person_id == act.actor_id and not line.is_stale for line in found):
            return False
        Acknowledgement.create(
            school=school_id,
            pupil=pupil_id,
            person=act.actor_id,
            what=PERIOD if column.kind == PERIOD else YEAR,
            about_on=column.from_on,
            study_period=column.period_id,
            at=act.at,
        )
        move_revisions(act, [("pupil", pupil_id)])
        return True


def acknowledge_week(school_id: int, pupil_id: int, monday: date, act: Act) -> bool:
    """Write that the actor has read a week of the diary; returns whether that is new."""
    with transaction():
        found = list_week_acknowledgements([pupil_id], monday).get(pupil_id, ())
        if any(line.person_id == act.actor_id for line in found):
            return False
        Acknowledgement.create(
            school=school_id, pupil=pupil_id, person=act.actor_id, what=WEEK, about_on=monday,
            at=act.at,
        )  # fmt: skip
        move_revisions(act, [("pupil", pupil_id)])
        return True
