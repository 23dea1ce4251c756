"""What all forms share."""

from functools import lru_cache
from typing import Any

from flask import request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import validate_csrf
from wtforms import i18n
from wtforms.validators import ValidationError


class _Russian:
    """What WTForms itself says of a field, where a form has no words of its own: it is English,
    and said of a list that came without a value, as from a page loaded half."""

    OURS = {"Not a valid choice.": "Такого выбора нет. Выберите из списка."}  # noqa: RUF012

    def __init__(self) -> None:
        self._shipped = i18n.get_translations(("ru",))

    def gettext(self, text: str) -> str:
        return self.OURS.get(text) or str(self._shipped.gettext(text))

    def ngettext(self, one: str, many: str, count: int) -> str:
        return str(self._shipped.ngettext(one, many, count))


RUSSIAN = _Russian()


class RussianMeta(FlaskForm.Meta):
    def get_translations(self, form: Any) -> Any:
        return RUSSIAN


class Form(FlaskForm):
    """Reads what an HTML form sends and nothing else: Flask-WTF would also take JSON of any
    shape, a list or a number, and fail on it."""

    class Meta(RussianMeta):
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
