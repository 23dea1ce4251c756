"""What in a group's marks is worth a second look by its teacher; families never see it."""

from typing import Any

from flask import abort, request

from blueprints.access import load_group, permit
from blueprints.gradebook.views import READS, blueprint
from blueprints.responses import page
from school import clock
from school.queries.groups import choose_group_period, list_group_periods
from school.queries.second_looks import get_group_marks
from school.wording_statistics import SECOND_LOOK_RULES


@blueprint.get("/groups/<id:group_id>/second-look")
@permit(*READS)
def second_look(group_id: int) -> Any:
    """Marks far from a pupil's others, works with one mark for all, and how many marks each
    pupil has in a study period (E5)."""
    group = load_group(group_id)
    periods = list_group_periods(group)
    today = clock.today(group.time_zone)
    period = choose_group_period(group, periods, today, request.args.get("period", type=int))
    if period is None:
        abort(404)
    return page(
        "gradebook/second_look.html",
        group=group,
        period=period,
        periods=periods,
        found=get_group_marks(group.school_id, group_id, period.from_on, period.until_on),
        rules=SECOND_LOOK_RULES,
    )
