"""What a teacher still has to enter, and until when."""

from typing import Any

from flask_login import current_user

from blueprints.access import now, permit
from blueprints.gradebook.views import WRITES, blueprint
from blueprints.responses import page
from school.queries.owed import list_owed


@blueprint.get("/owed")
@permit(*WRITES)
def owed() -> Any:
    """In order of urgency, each line one click from its cell (C1, C3)."""
    moment = now()
    lines = [
        line
        for school_id in sorted(current_user.ties.schools(WRITES))
        for line in list_owed(school_id, moment, teacher_id=current_user.person_id)
    ]
    lines.sort(key=lambda line: line.due_at)
    return page(
        "gradebook/owed.html",
        overdue=[line for line in lines if line.is_overdue(moment)],
        due=[line for line in lines if not line.is_overdue(moment)],
    )
