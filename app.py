"""The front door: create_app() puts the rooms together and lets nobody in by default."""

import logging
import os
import secrets
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
)
from flask_wtf.csrf import CSRFError, CSRFProtect
from htmx_flask import Htmx
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from blueprints import access, responses
from blueprints.auth import blueprint as auth
from blueprints.classroom import blueprint as classroom
from blueprints.converters import DayConverter, IdConverter, NameConverter
from blueprints.diary import blueprint as diary
from blueprints.encodings import accept_other_encodings
from blueprints.gradebook import blueprint as gradebook
from blueprints.help import blueprint as help_pages
from blueprints.look import blueprint as look
from blueprints.looks import cookie_look, present_look, saves_data
from blueprints.menu import menu_for
from blueprints.office import blueprint as office
from blueprints.operations import blueprint as operations
from blueprints.operations.gateway import Gateway
from blueprints.oversight import blueprint as oversight
from blueprints.papers import blueprint as papers
from blueprints.public import blueprint as public_pages
from blueprints.static_files import init_static_files
from blueprints.templating import TemplateEnvironment
from blueprints.typed import keeps_typed
from blueprints.visits import blueprint as visits
from school import wording, wording_reading, wording_results, wording_statistics
from school.actions.sessions import OWN_DEVICE, keep_draft
from school.database import (
    ensure_connection,
    open_database,
    refuse_older_schema,
    release_connection,
)
from school.rules.looks import NOTHING_CHOSEN
from school.settings import SETTING_NAMES, Settings, is_loopback

BLUEPRINTS = (
    public_pages, help_pages, auth, look, diary, gradebook, classroom, office, papers, oversight,
    operations, visits,
)  # fmt: skip

HERE = Path(__file__).resolve().parent

#: The largest form a page has is a register of 40 pupils with long comments.
LARGEST_BODY = 1_000_000

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

csrf = CSRFProtect()
login_manager = access.Gatekeeper()


def create_app(**overrides: Any) -> Flask:
    """The application. `overrides` are settings by their environment names (DATABASE_URL=…) or
    Flask's own configuration (TESTING=True). Does not connect yet."""
    chosen = {name: str(overrides.pop(name)) for name in SETTING_NAMES & overrides.keys()}
    settings = Settings.from_environment({**os.environ, **chosen})
    app = Flask(__name__, static_folder=None)
    app.jinja_environment = TemplateEnvironment
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        SESSION_COOKIE_NAME="__Host-listok" if settings.is_secure else "listok",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=OWN_DEVICE,
        # The hook below checks the token, after it is known who is there and may enter.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.config.update(overrides)
    app.extensions["settings"] = settings
    open_database(settings.database_url)

    if is_loopback(settings.host) and not settings.is_local:
        # Only a proxy on this machine can reach us: it alone says whom it answers.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]

    app.session_interface = access.SessionCookie()
    csrf.init_app(app)
    Htmx(app)
    accept_other_encodings(app)
    login_manager.init_app(app)
    login_manager.user_loader(access.load_viewer)
    app.url_map.converters["day"] = DayConverter
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["name"] = NameConverter
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(wording.FILTERS)
    app.jinja_env.filters.update(wording_statistics.FILTERS)
    app.jinja_env.filters.update(wording_results.FILTERS)
    app.jinja_env.filters.update(wording_reading.FILTERS)
    app.jinja_env.globals.update(
        span=wording.span, look=present_look, saves_data=saves_data, keeps_typed=keeps_typed
    )
    app.context_processor(_page_context)

    app.before_request(_open_request)
    app.before_request(_let_in)
    app.after_request(_close_answer)
    app.teardown_request(_release)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _stale_token)
    app.register_error_handler(500, _server_error)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    init_static_files(app, HERE / "static")
    return app


def web() -> Gateway:
    """What granian runs: refuses to start on an older schema."""
    app = create_app()
    ensure_connection()
    refuse_older_schema()
    return Gateway(app)


def _open_request() -> None:
    g.request_id = secrets.token_hex(8)
    # Static files need none, and /healthz says itself whether there is one.
    if request.endpoint not in ("static", "operations.healthz"):
        ensure_connection()


def _release(_: BaseException | None) -> None:
    release_connection()


def _let_in() -> Any:
    """Deny by default: only what a view says of itself opens it."""
    if request.endpoint is None:
        return None  # 404 or 405, whoever asks
    view = current_view()
    rule: access.Access | None = getattr(view, "access", None)
    if rule is None:
        abort(403)
    if rule.roles is not None:
        viewer = access.present_viewer()
        if viewer is None:
            _keep_what_was_typed(rule)
            return responses.to_sign_in()
        if viewer.person.must_change_password and not rule.before_own_password:
            return responses.see_other("/account/password")
        if access.SIGNED_IN not in rule.roles and not rule.roles & viewer.ties.kinds:
            abort(403)
        if rule.asks_password and viewer.password_is_old:
            return responses.to_confirm()
    if not rule.checks_token:
        csrf.protect()
    return None


def current_view() -> Any:
    return current_app.view_functions[request.endpoint or ""]


def _keep_what_was_typed(rule: access.Access) -> None:
    """A form came after its session ran out: it waits for its person's next sign-in."""
    token = access.session_token()
    if request.method == "POST" and rule.keeps_draft and token:
        fields = [
            (name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"
        ]
        if keep_draft(token, request.path, fields, access.now()):
            flash("Сеанс закончился. То, что вы ввели, не пропало: войдите, и оно вернётся.")


def _close_answer(response: Response) -> Response:
    headers = response.headers
    if response.status_code == 304:
        return response  # what was kept has them all
    if not responses.asks_for_fragment():
        # A part goes into a document that has these already; they are a seventh of its bytes.
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        headers["Referrer-Policy"] = "same-origin"
    if current_settings().is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        # Pages hold children's data, and the next at this screen may be somebody else. Lynx keeps
        # what is only not to be stored, and shows it again as it was before a save.
        headers.setdefault("Cache-Control", "no-store, no-cache")
        headers.setdefault("Vary", "Cookie, HX-Request, Accept-Encoding, Save-Data")
        if response.mimetype == "text/html":
            response = responses.compress_page(response)
    return response


def current_settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _page_context() -> dict[str, Any]:
    # A function: a page without a menu (an error of the database) asks nothing.
    return {"menu": lambda: menu_for(access.present_viewer()), "settings": current_settings()}


ERRORS = {
    400: ("Запрос не понят", "Вернитесь на прежнюю страницу и попробуйте ещё раз."),
    403: (
        "Сюда вам нельзя",
        "Эта страница для другой роли. Если она вам нужна по работе, скажите администратору.",
    ),
    404: (
        "Такой страницы нет",
        "Проверьте адрес или начните с первой страницы. "
        "Чужие дневники и уроки по ссылке не открываются.",
    ),
    405: ("Так эта страница не открывается", "Вернитесь и нажмите кнопку ещё раз."),
    413: (
        "Слишком много данных",
        "Форма больше, чем помещается. Вернитесь, сократите текст и сохраните ещё раз.",
    ),
    429: ("Слишком часто", "Подождите немного и попробуйте ещё раз."),
}


HIDDEN = (
    "Этот раздел вам не показывается",
    "Так решено для вашего доступа к этому дневнику: судом, по заявлению или по соглашению. "
    "На каком основании, скажет администратор школы.",
)


def _http_error(error: HTTPException) -> Any:
    if isinstance(error, RequestRedirect) or (error.response is not None):
        return error
    if isinstance(error, NotFound) and request.method in ("GET", "HEAD"):
        other = _other_spelling()
        if other:
            return redirect(other, code=308)
    status = error.code or 500
    if isinstance(error, access.Hidden):
        return responses.error_page(403, *HIDDEN)
    title, message = ERRORS.get(status, (f"Ошибка {status}", "Попробуйте ещё раз позже."))
    page = responses.error_page(status, title, message)
    return page if status != 405 else (*page, [("Allow", ", ".join(error.valid_methods or ()))])  # type: ignore[attr-defined]


def _other_spelling() -> str | None:
    """The address without its trailing slash, where that one exists."""
    if not request.path.endswith("/") or request.path == "/":
        return None
    path = request.path.rstrip("/")
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path


def _stale_token(error: CSRFError) -> Any:
    return responses.error_page(
        422,
        "Страница устарела",
        "Вы входили заново или страница открыта слишком давно. Вернитесь на неё, обновите "
        "и отправьте ещё раз.",
    )


def _server_error(error: Exception) -> Any:
    logging.getLogger(__name__).error("request %s failed", g.get("request_id", "?"))
    # Without the layout's queries: the database may be what failed.
    return (
        render_template(
            "server_error.html",
            request_id=g.get("request_id", ""),
            look=cookie_look() or NOTHING_CHOSEN,
        ),
        500,
    )
