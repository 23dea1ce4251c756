"""Column types of our own, on top of peewee's."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from peewee import TextField, TimestampField


class MomentField(TimestampField):
    """A moment in UTC, to the millisecond; the same whole number in both databases.

    Takes aware datetimes only, so that no local time slips in.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default", None)
        super().__init__(resolution=1000, utc=True, **kwargs)

    def db_value(self, value: Any) -> int | None:
        if value is None or isinstance(value, int):
            return value
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValueError(f"a moment must be an aware datetime, not {value!r}")
        return to_milliseconds(value)

    def python_value(self, value: Any) -> datetime | None:
        return None if value is None else from_milliseconds(value)


def from_milliseconds(value: int) -> datetime:
    """The aware moment behind a stored number, for rows read by fixed SQL."""
    seconds, milliseconds = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def to_milliseconds(moment: datetime) -> int:
    """The stored number of an aware moment, for fixed SQL and bulk rows."""
    # Whole numbers all the way: a float would lose milliseconds.
    # Of the full second: before 1970 a fraction would be cut off the wrong way.
    return int(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000


class WeightField(TextField):
    """The weight of a work as exact text («1», «1/2», «2.5»), read as a Fraction."""

    def db_value(self, value: Any) -> str | None:
        if isinstance(value, float):
            raise ValueError(f"a weight must be exact, not {value!r}")
        return None if value is None else str(Fraction(value))

    def python_value(self, value: Any) -> Fraction | None:
        return None if value is None else Fraction(value)
