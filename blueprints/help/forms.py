"""Forms of who asks a school, and of the school that answers."""

import re
import secrets
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from blueprints.forms import Form, without_controls
from school.queries.questions import SchoolToAsk
from school.rules.letters import AddressError, clean_address
from school.rules.questions import (
    BY_EMAIL,
    BY_PHONE,
    BY_VISIT,
    QuestionError,
    clean_name,
    clean_phone,
)

TOO_OLD = "Страница устарела. Проверьте, что написано, и нажмите кнопку ещё раз."
PLAIN = [without_controls]
REQUEST = re.compile(r"[0-9a-f]{16,64}")
WAYS = [(BY_EMAIL, "письмом"), (BY_PHONE, "звонком"), (BY_VISIT, "приду сам(а)")]


class WordForm(Form):
    """A few words, and the number that makes a form sent twice one form."""

    text = TextAreaField("Вопрос", filters=PLAIN)
    request = HiddenField()

    def new_request(self) -> None:
        self.request.data = secrets.token_hex(16)

    def is_good(self) -> bool:
        """Whether the token fits; what was typed stays."""
        good: bool = self.validate()
        if self.errors.get("csrf_token"):
            self.text.errors = [TOO_OLD]
        if not REQUEST.fullmatch(self.request.data or ""):
            self.new_request()
        return good

    def complain(self, error: QuestionError) -> None:
        field = getattr(self, error.field, self.text)
        field.errors = [str(error)]


class AskForm(WordForm):
    school = SelectField("Школа", validate_choice=False)
    name = StringField("Как к вам обращаться", filters=PLAIN)
    way = RadioField(
        "Как ответить",
        choices=[SelectChoice(*pair) for pair in WAYS],
        default=BY_EMAIL,
        validate_choice=False,
    )
    address = StringField("Почта или телефон", filters=PLAIN)

    def offer(self, schools: tuple[SchoolToAsk, ...], wanted: str = "") -> None:
        """Let one of the schools be chosen; `wanted` is the short name of the one to begin
        with."""
        self.school.choices = [SelectChoice(str(s.school_id), s.name) for s in schools]
        if len(schools) > 1:
            self.school.choices.insert(0, SelectChoice("", "Выберите школу"))
        if self.school.data is None:
            chosen = next((s for s in schools if s.short_name == wanted), None)
            chosen = chosen or (schools[0] if len(schools) == 1 else None)
            self.school.data = str(chosen.school_id) if chosen else ""

    def read_school(self) -> int:
        """The chosen school's id. Raises QuestionError."""
        known = {choice.value for choice in self.school.choices} - {""}
        if self.school.data not in known:
            raise QuestionError("school", "Выберите школу из списка.")
        return int(self.school.data)

    def read_way(self) -> tuple[str, str, str]:
        """Name, way and address of somebody without an account. Raises QuestionError."""
        name = clean_name(self.name.data or "")
        way = self.way.data
        if way not in dict(WAYS):
            raise QuestionError("way", "Выберите, как вам ответить.")
        if way == BY_VISIT:
            return name, way, ""
        typed = self.address.data or ""
        if way == BY_PHONE:
            return name, way, clean_phone(typed)
        return name, way, _clean_email(typed)


def _clean_email(typed: str) -> str:
    try:
        return clean_address(typed)
    except AddressError as error:
        raise QuestionError("address", str(error)) from None


class CodeForm(Form):
    code = StringField("Код вопроса", filters=PLAIN)


class StateForm(Form):
    """«close» or «open»."""

    state = StringField()


def retry_after(seconds: float) -> dict[str, Any]:
    """The header of a 429."""
    return {"Retry-After": str(int(seconds) + 1)}
