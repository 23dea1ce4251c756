"""How answers are given: the only room that knows htmx-flask, beside app.py."""

from typing import Any

from flask import Response, redirect, render_template, request, url_for


def page(template: str, status: int = 200, **context: Any) -> tuple[str, int]:
    """A whole page."""
    return render_template(template, **context), status


def see_other(location: str) -> Any:
    """303: what was posted is done, look there."""
    return redirect(location, code=303)


def asks_for_fragment() -> bool:
    """Whether htmx asks, which swaps a part of a page."""
    return bool(getattr(request, "htmx", None))


def to_sign_in() -> Any:
    """Nobody is signed in: the sign-in page, and back here afterwards; 401 to htmx."""
    if asks_for_fragment():
        return Response(status=401)
    target = request.full_path.rstrip("?") if request.method == "GET" else request.path
    if target == "/":
        return see_other(url_for("auth.sign_in"))
    return see_other(url_for("auth.sign_in", next=target))


def error_page(status: int, title: str, message: str, **context: Any) -> tuple[str, int]:
    """A page that says what went wrong and what to do next."""
    return page("error.html", status, title=title, message=message, **context)
