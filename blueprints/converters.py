"""Ids and days in addresses; what is neither is a 404, never an error."""

from datetime import date

from werkzeug.routing import (
    BaseConverter,
    IntegerConverter,
    UnicodeConverter,
    ValidationError,
)

from school.rules.register import parse_day

LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """A row's id that both databases can hold."""

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)  # type: ignore[arg-type]


class NameConverter(UnicodeConverter):
    """A name that both databases can look for: PostgreSQL refuses a text with NUL in it."""

    def to_python(self, value: str) -> str:
        if not value.isprintable():
            raise ValidationError
        return value


class DayConverter(BaseConverter):
    """A date written as 2026-09-15 or 15.09.2026, in years people live in."""

    regex = r"\d{4}-\d{2}-\d{2}|\d{2}\.\d{2}\.\d{4}"

    def to_python(self, value: str) -> date:
        try:
            day = parse_day(value)
        except ValueError:
            raise ValidationError from None
        if not 1900 <= day.year <= 2199:
            raise ValidationError
        return day

    def to_url(self, value: date) -> str:
        return value.isoformat()
