"""Forms that change a regulation: single terms, or the whole text."""

import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from blueprints.forms import Form, without_controls
from school.actions.regulations import NewVersion
from school.rules.register import parse_day
from school.rules.regulation import OWN_ROWS, ROWS, RegulatedTerm, Regulation, Row
from school.rules.terms import Term, Unit
from school.wording_terms import ROW_TITLES, START_WORDS, UNIT_WORDS

LONGEST_ORDER, LONGEST_CLAUSE = 100, 200
PLAIN = [without_controls]
REQUEST = re.compile(r"[0-9a-f]{8,64}")


def clean(words: str | None) -> str:
    """Words as one line."""
    return " ".join((words or "").split())


class OrderForm(Form):
    """What every change says: by which order, and from which day on."""

    order_name = StringField("Номер приказа", filters=PLAIN)
    order_on = StringField("Дата приказа", filters=PLAIN)
    from_on = StringField("Действует с", filters=PLAIN)

    def read_order(self, today: date) -> tuple[str, date | None, date | None]:
        """The order's number and date, and the day it holds from; errors go to the fields."""
        name = clean(self.order_name.data)
        if not name or len(name) > LONGEST_ORDER:
            self.order_name.errors = ["Напишите номер приказа, например «№ 12-ОД»."]
        order_on, from_on = self._day(self.order_on), self._day(self.from_on)
        if from_on and from_on < today:
            self.from_on.errors = [
                "Прошлые дни уже судили по прежним срокам: назовите сегодня или позже."
            ]
        elif from_on and order_on and order_on > from_on:
            self.order_on.errors = ["Приказ не может быть позже дня, с которого он действует."]
        return name, order_on, from_on

    @staticmethod
    def _day(field: Any) -> date | None:
        try:
            day = parse_day(clean(field.data))
        except ValueError:
            day = None
        if day is None or not 1990 <= day.year <= 2199:
            field.errors = ["Напишите дату, например 30.11.2026."]
            return None
        return day

    def new_version(self, text: str, today: date) -> NewVersion | None:
        """The version as the form says it, or None where the order is not in order."""
        name, order_on, from_on = self.read_order(today)
        if self.errors or order_on is None or from_on is None:
            return None
        return NewVersion(text, from_on, name, order_on)


class TextForm(OrderForm):
    text = TextAreaField("Текст регламента", filters=PLAIN)


class VersionForm(TextForm):
    """The last step: everything again, with the request that makes a double post harmless."""

    request = HiddenField()

    @property
    def request_id(self) -> str:
        typed = self.request.data or ""
        return typed if REQUEST.fullmatch(typed) else new_request()


def new_request() -> str:
    return secrets.token_hex(12)


def _choices(row: Row) -> list[SelectChoice]:
    """What a term of the row can be counted in; the event is named where there are several."""
    several = len(row.starts) > 1
    return [
        SelectChoice(
            f"{start}:{unit.value}",
            f"{UNIT_WORDS[unit]} {START_WORDS[start]}" if several else UNIT_WORDS[unit],
        )
        for start, units in row.starts.items()
        for unit in Unit
        if unit in units
    ]


def _make_terms_form() -> type[OrderForm]:
    """A form with three fields a row: amount, unit and clause (own terms have no clause)."""
    fields: dict[str, Any] = {}
    for name, row in (ROWS | OWN_ROWS).items():
        fields[f"amount-{name}"] = StringField("Срок", filters=PLAIN, description=ROW_TITLES[name])
        fields[f"unit-{name}"] = SelectField(
            "Единица",
            choices=_choices(row),
            validate_choice=False,
            description=f"{ROW_TITLES[name]}, единица",
        )
        if name in ROWS:
            fields[f"clause-{name}"] = StringField(
                "Пункт регламента", filters=PLAIN, description=f"{ROW_TITLES[name]}, пункт"
            )
    return type("TermsForm", (OrderForm,), fields)


TermsForm = _make_terms_form()


def fill_terms(form: Any, regulation: Regulation) -> None:
    """Show a regulation's terms; a default is shown as silence."""
    for term in (*regulation.terms, *regulation.own_terms):
        form[f"unit-{term.row}"].data = f"{term.starts}:{term.term.unit.value}"
        if not term.is_default:
            form[f"amount-{term.row}"].data = str(term.term.amount)
            if term.row in ROWS:
                form[f"clause-{term.row}"].data = term.clause


def read_terms(form: Any, regulation: Regulation) -> Mapping[str, RegulatedTerm | None]:
    """The rows that are to be otherwise: row → its new term, or None for silence. What is wrong
    goes to the fields."""
    changes: dict[str, RegulatedTerm | None] = {}
    for present in (*regulation.terms, *regulation.own_terms):
        typed = _read_row(form, present)
        if typed is None:
            if not present.is_default:
                changes[present.row] = None
        elif typed != present:
            changes[present.row] = typed
    return changes


def _read_row(form: Any, present: RegulatedTerm) -> RegulatedTerm | None:
    row = present.row
    amount = clean(form[f"amount-{row}"].data)
    if not amount:
        return None
    counted = form[f"unit-{row}"]
    if counted.data not in {choice.value for choice in counted.choices}:
        counted.errors = ["Выберите из списка."]
        return present
    start, _, unit = counted.data.partition(":")
    clause = clean(form[f"clause-{row}"].data) if row in ROWS else ""
    try:
        # Not int(): it would take «+3», «3_0» and digits of other scripts.
        if not re.fullmatch(r"-?[0-9]{1,6}", amount):
            raise ValueError("срок — целое число, например 3")
        term = Term(int(amount), Unit(unit))
    except ValueError as error:
        form[f"amount-{row}"].errors = [f"{error}."[:1].upper() + f"{error}."[1:]]
        return present
    if row in ROWS and not clause:
        form[f"clause-{row}"].errors = ["Напишите пункт, в котором стоит этот срок."]
    if len(clause) > LONGEST_CLAUSE:
        form[f"clause-{row}"].errors = [f"Короче: не больше {LONGEST_CLAUSE} букв."]
    return RegulatedTerm(row, term, start, clause)


def row_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The rows as the form shows them: (heading, [(row, title)])."""
    return [
        ("Сроки регламента", [(row, ROW_TITLES[row]) for row in ROWS]),
        ("Сроки программы", [(row, ROW_TITLES[row]) for row in OWN_ROWS]),
    ]
