"""The deputy head's remarks, for the teacher to mend and answer (E7)."""

from datetime import date
from typing import Any

from flask import abort, flash, request, url_for
from flask_login import current_user

from blueprints.access import new_act, permit
from blueprints.forms import Form, has_good_token
from blueprints.gradebook.views import WRITES, blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.remarks import AlreadyMoved, fix_remark
from school.queries.remarks import RemarkLine, find_remark, list_remarks_for, list_steps
from school.queries.schools import get_time_zone
from school.rules.remarks import FIXED, OPEN, RemarkError
from school.wording import REMARK_STEPS

TOO_OLD = "Вы входили заново, поэтому ответ ещё не записан. Нажмите кнопку ещё раз."


@blueprint.get("/remarks")
@permit(*WRITES)
def remarks() -> Any:
    """The remarks on one's own journals: what is to be mended first."""
    schools = current_user.ties.schools(WRITES)
    today = clock.today(get_time_zone(min(schools)))
    lines = list_remarks_for(current_user.person_id, schools, today)
    return page(
        "gradebook/remarks.html",
        today=today,
        open=[line for line in lines if line.state == OPEN],
        fixed=[line for line in lines if line.state == FIXED],
        closed=[line for line in lines if line.state not in (OPEN, FIXED)][:50],
    )


@blueprint.get("/remarks/<id:remark_id>")
@permit(*WRITES)
def remark(remark_id: int) -> Any:
    """A remark with its steps, and the form to say that it is mended."""
    return _page(_load(remark_id))


@blueprint.post("/remarks/<id:remark_id>")
@permit(*WRITES, checks_token=True)
def answer_remark(remark_id: int) -> Any:
    """«Исправлено», with a word."""
    line = _load(remark_id)
    if not has_good_token():
        return _page(line, 422, TOO_OLD)
    try:
        fix_remark(line, request.form.get("word", ""), new_act())
    except RemarkError as error:
        return _page(line, 422, error.problems["word"])
    except AlreadyMoved as moved:
        today = clock.today(line.time_zone)
        return _page(moved.line, 422, f"С тех пор изменилось: {moved.line.words(today)}.")
    flash("Завуч увидит, что исправлено.")
    return see_other(url_for("gradebook.remarks"))


def _load(remark_id: int) -> RemarkLine:
    """A remark on a journal of this teacher; a substitute has that of the lesson they hold."""
    line = find_remark(remark_id, date.min)
    if line is not None:
        line = find_remark(remark_id, clock.today(line.time_zone))
    if (
        line is None
        or line.school_id not in current_user.ties.schools(WRITES)
        or not line.is_for(current_user.person_id)
    ):
        abort(404)
    return line


def _page(line: RemarkLine, status: int = 200, error: str = "") -> Any:
    return page(
        "gradebook/remark.html",
        status,
        line=line,
        today=clock.today(line.time_zone),
        steps=list_steps(line),
        step_words=REMARK_STEPS,
        typed=request.form.get("word", ""),
        error=error,
        form=Form(formdata=None),
    )
