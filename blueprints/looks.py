"""The look of this request: what the device chose, else what the account chose, else nothing.

Every page asks here, kept pages too (their ETag depends on it); only /view changes it.
"""

from datetime import timedelta

from flask import Response, current_app, g, request

from blueprints.access import present_viewer
from school.rules.looks import NOTHING_CHOSEN, Look, read_look
from school.settings import Settings

COOKIE = "listok-look"
#: What the device chose holds over what the account chose; this says «nothing» in the cookie.
ORDINARY = "0"
KEPT = timedelta(days=365)


def present_look() -> Look:
    """What was chosen, read once a request."""
    look: Look | None = g.get("look")
    if look is None:
        look = g.look = cookie_look() or _account_look()
    return look


def cookie_look() -> Look | None:
    """What this device chose, or None; asks no database."""
    kept = request.cookies.get(COOKIE)
    if not kept:
        return None
    look = read_look(kept)
    return look if look != NOTHING_CHOSEN or kept == ORDINARY else None


def _account_look() -> Look:
    viewer = present_viewer()
    return read_look(viewer.person.look) if viewer else NOTHING_CHOSEN


def saves_data() -> bool:
    """Whether only text is to be sent: chosen at /view, or asked for by the browser."""
    saves: bool | None = g.get("saves_data")
    if saves is None:
        saves = g.saves_data = present_look().saver or browser_saves_data()
    return saves


def browser_saves_data() -> bool:
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def keep_look(response: Response, look: Look, *, for_good: bool) -> Response:
    """Keep a look on the device: for a year, or until the browser is closed."""
    settings: Settings = current_app.extensions["settings"]
    response.set_cookie(
        COOKIE,
        str(look) or ORDINARY,
        max_age=KEPT if for_good else None,
        secure=settings.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_look(response: Response) -> Response:
    """The next at this device starts with an ordinary page."""
    settings: Settings = current_app.extensions["settings"]
    response.delete_cookie(COOKIE, secure=settings.is_secure, httponly=True, samesite="Lax")
    return response
