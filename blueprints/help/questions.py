"""Asking a school, with an account or without, and reading the thread (A13)."""

import hashlib
import hmac
from typing import Any

from flask import current_app, flash, g, request, session, url_for
from flask_login import current_user

from blueprints.access import load_question, now, public
from blueprints.help.forms import AskForm, CodeForm, WordForm, retry_after
from blueprints.help.views import blueprint
from blueprints.responses import page, see_other
from school import clock
from school.actions.history import Act
from school.actions.questions import NewQuestion, TooManyQuestions, add_word, ask_question, try_code
from school.queries.questions import (
    find_waiting,
    list_own_questions,
    list_schools_to_ask,
    list_words,
)
from school.rules.questions import BY_PAGE, QuestionError, clean_question, code_of
from school.wording import QUESTION_STATES, plural

#: So many questions without an account are open in one browser at a time.
MOST_KEPT = 5
WRONG_CODE = "Такого вопроса нет. Проверьте код: двенадцать знаков, три группы по четыре."


def _person_id() -> int | None:
    return current_user.person_id if current_user.is_authenticated else None


def _act() -> Act:
    return Act(at=now(), actor_id=_person_id(), request_id=g.request_id)


def _throttle(what: str) -> str:
    """Who asks, for counting: the person, or the address as a hash that nobody can read back."""
    person_id = _person_id()
    if person_id is not None:
        return f"{what}:person:{person_id}"
    secret = current_app.config["SECRET_KEY"].encode()
    address = (request.remote_addr or "").encode()
    return f"{what}:{hmac.new(secret, address, hashlib.sha256).hexdigest()[:32]}"


def _wait(refusal: TooManyQuestions) -> str:
    minutes = int(refusal.seconds // 60) + 1
    waits = plural(minutes, "минуту", "минуты", "минут")
    return f"Слишком часто. Подождите {waits} и нажмите ещё раз: написанное останется здесь."


@blueprint.route("/ask", methods=["GET", "POST"])
@public(checks_token=True)
def ask() -> Any:
    """A question to a school's administrator."""
    form = AskForm()
    form.offer(list_schools_to_ask(_person_id()), request.args.get("school", ""))
    if request.method != "POST":
        form.new_request()
        return page("help/ask.html", form=form)
    status, headers = 422, {}
    if form.is_good():
        try:
            return _ask(form)
        except QuestionError as error:
            form.complain(error)
        except TooManyQuestions as refusal:
            form.text.errors = [_wait(refusal)]
            status, headers = 429, retry_after(refusal.seconds)
    return *page("help/ask.html", status, form=form), headers


def _ask(form: AskForm) -> Any:
    school_id = form.read_school()
    request_id = form.request.data
    if _person_id() is not None:
        new = NewQuestion(school_id, form.text.data or "", BY_PAGE, person_id=_person_id())
    else:
        name, way, address = form.read_way()
        request_id = _same_again(form, school_id, name, way, address)
        code = code_of(current_app.config["SECRET_KEY"], request_id)
        new = NewQuestion(
            school_id, form.text.data or "", way, name=name, address=address, code=code
        )
    thread_id = ask_question(
        new, request_id=request_id, throttle=_throttle("questions"), act=_act()
    )
    if new.code:
        _keep_in_session(thread_id, new.code)
    flash("Вопрос отправлен.")
    return see_other(url_for("help.question", thread_id=thread_id))


def _same_again(form: AskForm, *fields: Any) -> str:
    """The request id of a stranger's question: the same for the same words out of the same browser
    (whose token nobody else has), until they are answered. So whoever goes back, or whose answer
    was lost on the way, and sends it again has one thread, and its code once more."""
    browser, as_sent = session.get("csrf_token"), str(form.request.data)
    if not browser:
        return as_sent
    words = repr((clean_question(form.text.data or ""), *fields))
    same = hmac.new(browser.encode(), words.encode(), hashlib.sha256).hexdigest()
    return as_sent if find_waiting(same) is False else same


def _keep_in_session(thread_id: int, code: str) -> None:
    """Until the browser is closed this one may read the thread without typing the code."""
    kept = {**session.get("questions", {}), str(thread_id): code}
    session["questions"] = dict(list(kept.items())[-MOST_KEPT:])


@blueprint.route("/questions", methods=["GET", "POST"])
@public(checks_token=True)
def questions() -> Any:
    """One's own questions; without an account, the field for the code of one."""
    form = CodeForm()
    status, headers = 200, {}
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                found = try_code(form.code.data or "", throttle=_throttle("codes"), now=now())
            except TooManyQuestions as refusal:
                form.code.errors = [_wait(refusal)]
                status, headers = 429, retry_after(refusal.seconds)
            else:
                if found is not None:
                    _keep_in_session(found, "")
                    return see_other(url_for("help.question", thread_id=found))
                form.code.errors = [WRONG_CODE]
        else:
            form.code.errors = ["Страница устарела. Введите код ещё раз."]
    person_id = _person_id()
    own = list_own_questions(person_id) if person_id is not None else ()
    answer = page(
        "help/questions.html",
        status,
        form=form,
        own=own,
        states=QUESTION_STATES,
        local=lambda line, at: clock.local(at, line.time_zone),
    )
    return *answer, headers


@blueprint.route("/questions/<id:thread_id>", methods=["GET", "POST"])
@public(checks_token=True)
def question(thread_id: int) -> Any:
    """A thread, and a further word in it."""
    thread = load_question(thread_id)
    form = WordForm()
    status, headers = 200, {}
    if request.method != "POST":
        form.new_request()
    else:
        status = 422
        if form.is_good():
            try:
                add_word(
                    thread_id,
                    form.text.data or "",
                    request_id=form.request.data,
                    throttle=_throttle("questions"),
                    act=_act(),
                )
            except QuestionError as error:
                form.complain(error)
            except TooManyQuestions as refusal:
                form.text.errors = [_wait(refusal)]
                status, headers = 429, retry_after(refusal.seconds)
            else:
                flash("Отправлено.")
                return see_other(url_for("help.question", thread_id=thread_id))
    answer = page(
        "help/question.html",
        status,
        form=form,
        thread=thread,
        words=list_words(thread_id),
        states=QUESTION_STATES,
        code=session.get("questions", {}).get(str(thread_id), ""),
        local=lambda at: clock.local(at, thread.time_zone),
    )
    return *answer, headers
