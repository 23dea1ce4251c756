"""The form of a public page's own words, for a school and for the municipality."""

from datetime import UTC, datetime
from typing import Any

from wtforms import HiddenField, StringField, TextAreaField

from blueprints.forms import Form, without_controls
from school.actions.public_pages import PageError, PageWords
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.public_pages import OwnWords

PLAIN = [without_controls]
TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Нажмите кнопку ещё раз."
CHANGED_SINCE = (
    "Пока вы писали, страницу изменил другой человек. Его текст — ниже, ваш остался в полях. "
    "Сверьте и сохраните ещё раз."
)


class PageForm(Form):
    text = TextAreaField("Текст", filters=PLAIN)
    whom = StringField("Кто отвечает на вопросы", filters=PLAIN)
    phone = StringField("Телефон для вопросов", filters=PLAIN)
    hours = StringField("Когда можно прийти или позвонить", filters=PLAIN)
    address = StringField("Адрес", filters=PLAIN)
    main_phone = StringField("Общий телефон", filters=PLAIN)
    #: When the page had last been changed as this form was made.
    seen = HiddenField()

    def fill(self, own: OwnWords, address: str, main_phone: str) -> None:
        """What stands on the page now."""
        self.text.data, self.whom.data = own.text, own.whom
        self.phone.data, self.hours.data = own.phone, own.hours
        self.address.data, self.main_phone.data = address, main_phone
        self.see(own)

    def see(self, own: OwnWords) -> None:
        """What was shown counts as seen."""
        self.seen.data = str(to_milliseconds(own.changed_at)) if own.changed_at else ""

    @property
    def seen_at(self) -> datetime | None:
        typed = self.seen.data or ""
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 15):
            return None
        return from_milliseconds(int(typed)).astimezone(UTC)

    @property
    def words(self) -> PageWords:
        names = ("text", "whom", "phone", "hours", "address", "main_phone")
        return PageWords(*(getattr(self, name).data or "" for name in names))

    def complain(self, error: PageError) -> None:
        field: Any = getattr(self, error.field)
        field.errors = [str(error)]
