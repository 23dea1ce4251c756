"""What all forms share."""

from functools import lru_cache
from typing import Any

from flask import request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError


class Form(FlaskForm):
    """Reads what an HTML form sends and nothing else: Flask-WTF would also take JSON of any
    shape, a list or a number, and fail on it."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            return request.form if request.method == "POST" else None


def has_good_token() -> bool:
    """Whether what was sent came from a page of this session: all that a form without fields of
    its own asks, at a tenth of a form's time."""
    return _is_good(request.form.get("csrf_token"), session.get("csrf_token"))


@lru_cache(maxsize=1024)
def _is_good(token: str | None, of_session: str | None) -> bool:
    """A register's page sends the same token with each cell that is left. Tokens do not age, so
    the verdict rests on these two (and on the key, which a program has one of)."""
    del of_session  # the library finds it itself
    try:
        validate_csrf(token)
    except ValidationError:
        return False
    return True


def without_controls(words: str | None) -> str | None:
    """A filter for text fields: what no keyboard types becomes a blank. HTML cannot give it
    back, TOML cannot hold it, and PostgreSQL keeps no NUL."""
    if words is None or words.isprintable():
        return words
    return "".join(c if c.isprintable() or c in "\r\n\t" else " " for c in words)
