"""Forms about people: roles, representatives, limits, coming and going."""

from datetime import date
from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from blueprints.forms import Form
from school.rules.register import parse_day, without_controls
from school.wording import AREAS, DUTIES, ENDINGS, GUARDIAN_KINDS, LIMIT_GROUNDS

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Нажмите кнопку ещё раз."


def choices(words: dict[str, str], *names: str) -> list[SelectChoice]:
    """Keys of ours with their words, all or the named ones."""
    return [SelectChoice(name, words[name]) for name in (names or words)]


def text(label: str, missing: str = "", most: int = 250, **options: Any) -> StringField:
    """A line of text; `missing` is said where it has to be there."""
    validators = [InputRequired(missing)] if missing else []
    validators.append(Length(max=most, message="Слишком длинно."))
    return StringField(
        label,
        validators=validators,
        filters=[lambda value: " ".join(without_controls(value or "").split())],
        **options,
    )


class DayField(StringField):
    """A date as 15.09.2026 or 2026-09-15; `day` is None where nothing was typed."""

    day: date | None = None

    def pre_validate(self, form: Any) -> None:
        typed = (self.data or "").strip()
        self.day = None
        if not typed:
            return
        try:
            self.day = parse_day(typed)
        except ValueError:
            raise ValidationError("Напишите дату так: 15.09.2026.") from None
        if not 1900 <= self.day.year <= 2199:
            raise ValidationError("Проверьте год.")


def day(label: str, missing: str = "", **options: Any) -> DayField:
    """A date; `missing` is said where it has to be there."""
    return DayField(label, validators=[InputRequired(missing)] if missing else [], **options)


class EndForm(Form):
    """An end: with a last day, or this minute."""

    last_day = day("Последний день", description="Этот день ещё действует.")
    at_once = BooleanField("Прекратить с этой минуты")
    reason = text("Основание", "Напишите основание: приказ, решение, заявление.")

    def validate_last_day(self, field: DayField) -> None:
        if field.day is None and not self.at_once.data:
            raise ValidationError("Напишите последний день или отметьте «с этой минуты».")


class RoleForm(Form):
    school = SelectField("Школа", coerce=int)
    kind = SelectField(
        "Должность",
        choices=choices(DUTIES, "teacher", "class_teacher", "deputy_head", "head", "administrator"),
    )
    school_class = SelectField("Класс (классному руководителю)", coerce=int)
    from_on = day("С какого дня", "Напишите первый день.")
    until_on = day("По какой день", description="Пусто: без срока.")


class StaffForm(RoleForm):
    surname = text("Фамилия", "Введите фамилию.", most=100)
    given_name = text("Имя", "Введите имя.", most=100)
    patronymic = text("Отчество", most=100, description="Пусто, если нет.")


class RepresentativeForm(Form):
    surname = text("Фамилия", "Введите фамилию.", most=100)
    given_name = text("Имя", "Введите имя.", most=100)
    patronymic = text("Отчество", most=100, description="Пусто, если нет.")
    kind = SelectField("Кто это ребёнку", choices=choices(GUARDIAN_KINDS))
    basis = text(
        "Основание полномочий",
        "Напишите документ: свидетельство о рождении, акт органа опеки, решение суда.",
    )
    from_on = day("С какого дня", "Напишите первый день.")
    until_on = day("По какой день", description="Пусто: без срока.")


class LimitForm(Form):
    person = SelectField("Кому не показывать", coerce=int)
    area = SelectField("Что не показывать", choices=choices(AREAS))
    ground = SelectField("Основание", choices=choices(LIMIT_GROUNDS))
    basis = text("Документ", "Напишите документ: кем, когда и под каким номером выдан.")
    from_on = day("С какого дня", "Напишите первый день.", description="Сегодня: действует сразу.")
    until_on = day("По какой день", description="Пусто: пока не снято.")


class LiftForm(Form):
    reason = text("Почему снимается", "Напишите основание: решение, заявление, документ.")


class LeaveForm(Form):
    last_day = day("Последний день в классе", "Напишите последний день.")
    ending = SelectField("Что это", choices=choices(ENDINGS, "transfer", "left", "graduated"))
    moves_to = SelectField("Новая школа (при переводе внутри муниципалитета)", coerce=int)
    reason = text("Основание", "Напишите основание: приказ, заявление.")


class GraduationForm(Form):
    last_day = day("Последний день", "Напишите последний день.")
    reason = text("Основание", "Напишите основание: приказ.")


class EnrolForm(Form):
    school_class = SelectField("Класс", coerce=int)
    from_on = day("С какого дня", "Напишите первый день.")
    reason = text("Основание", "Напишите основание: приказ, заявление.")


class AccountForm(Form):
    login = text("Логин", "Введите логин.", most=100)
