"""Questions to the school, for its administrator (A13)."""

from typing import Any

from flask import flash, request, url_for

from blueprints.access import load_asked, new_act, own_schools, permit
from blueprints.forms import Form
from blueprints.help.forms import StateForm, WordForm
from blueprints.office.views import blueprint
from blueprints.responses import page, see_other
from blueprints.typed import bring_back, forget
from school import clock
from school.actions.questions import answer_question, close_question, reopen_question
from school.queries.questions import (
    PAGE,
    QuestionLine,
    list_open_questions,
    list_past_questions,
    list_words,
)
from school.rules.access import ADMINISTRATOR
from school.rules.questions import CLOSED, OPEN, QuestionError
from school.wording import QUESTION_STATES, QUESTION_WAYS


@blueprint.get("/help")
@permit(ADMINISTRATOR)
def questions() -> Any:
    """What waits for an answer, the longest wait first, and what was answered."""
    before = request.args.get("before", 0, type=int)
    before = before if 0 < before < 2**31 else 0
    schools = own_schools()
    past = list_past_questions(schools, before=before)
    return page(
        "office/questions.html",
        waiting=() if before else list_open_questions(schools),
        is_first=not before,
        past=past[:PAGE],
        older=past[PAGE - 1].thread_id if len(past) > PAGE else 0,
        states=QUESTION_STATES,
        local=lambda line, at: clock.local(at, line.time_zone),
        several_schools=len(schools) > 1,
    )


@blueprint.route("/help/<id:thread_id>", methods=["GET", "POST"])
@permit(ADMINISTRATOR, checks_token=True, keeps_draft=True)
def question(thread_id: int) -> Any:
    """A thread, and the school's answer."""
    thread = load_asked(thread_id)
    form = WordForm()
    form.text.label.text = "Ответ"
    if request.method != "POST":
        form.new_request()
        bring_back(form)
        return _question_page(thread, form)
    if form.is_good():
        try:
            has_letter = answer_question(
                thread_id, form.text.data or "", request_id=form.request.data, act=new_act()
            )
        except QuestionError as error:
            form.complain(error)
        else:
            forget()
            flash("Ответ записан и уйдёт письмом." if has_letter else "Ответ записан.")
            return see_other(url_for("office.question", thread_id=thread_id))
    return _question_page(thread, form, 422)


def _question_page(thread: QuestionLine, form: WordForm, status: int = 200) -> Any:
    return page(
        "office/question.html",
        status,
        form=form,
        plain=Form(formdata=None),
        thread=thread,
        words=list_words(thread.thread_id),
        states=QUESTION_STATES,
        ways=QUESTION_WAYS,
        local=lambda at: clock.local(at, thread.time_zone),
    )


@blueprint.post("/help/<id:thread_id>/state")
@permit(ADMINISTRATOR)
def question_state(thread_id: int) -> Any:
    """Closes a question that needs no answer, or opens it again."""
    load_asked(thread_id)
    wanted = StateForm().state.data
    if wanted == CLOSED:
        close_question(thread_id, act=new_act())
        flash("Вопрос закрыт.")
    elif wanted == OPEN:
        reopen_question(thread_id, act=new_act())
        flash("Вопрос снова ждёт ответа.")
    return see_other(url_for("office.question", thread_id=thread_id))
