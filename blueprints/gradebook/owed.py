"""What a teacher still has to enter, and until when."""

from typing import Any

from flask_login import current_user

from blueprints.access import now, permit
from blueprints.gradebook.views import WRITES, blueprint
from blueprints.responses import page
from school.clock import local
from school.queries.missing_results import gather_missing, list_missing_results
from school.queries.owed import list_owed
from school.queries.schools import get_time_zone


@blueprint.get("/owed")
@permit(*WRITES)
def owed() -> Any:
    """In order of urgency, each line one click from its cell (C1, C3), and the results that are
    missing (C2, C4)."""
    moment = now()
    schools = {n: get_time_zone(n) for n in sorted(current_user.ties.schools(WRITES))}
    whose = current_user.person_id
    lines = [
        line
        for school_id, zone in schools.items()
        for line in list_owed(school_id, moment, teacher_id=whose, time_zone=zone)
    ]
    lines.sort(key=lambda line: line.due_at)
    results = [
        line
        for school_id, zone in schools.items()
        for line in list_missing_results(school_id, local(moment, zone).date(), teacher_id=whose)
    ]
    return page(
        "gradebook/owed.html",
        overdue=[line for line in lines if line.is_overdue(moment)],
        due=[line for line in lines if not line.is_overdue(moment)],
        results=gather_missing(results),
        late_results=sum(line.is_overdue(moment) for line in results),
        is_overdue=lambda line: line.is_overdue(moment),
    )
