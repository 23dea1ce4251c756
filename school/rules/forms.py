"""Blank forms: the shipped texts, and what is filled in (D5).

A text is plain: a line is a paragraph, «# » begins a heading; words in braces are filled in, or
stay a line to write on. A municipality or a school puts its own text in its place.
"""

import re
from collections.abc import Mapping

#: What may stand in braces → how long the line is where it stays empty.
FIELDS = {
    "школа": 40, "регламент": 40, "система": 20, "форма": 40, "заявитель": 40, "кем приходится": 24,
    "полномочия": 40, "ребёнок": 40, "класс": 8, "номер": 8, "дата": 16, "слова": 60,
    "адрес": 50, "телефон": 24, "документ": 40,
}  # fmt: skip
LONGEST_TEXT = 8_000

#: Form → its title; the shipped texts stand in school/forms/.
TITLES = {
    "ediary": "Заявление о доступе к дневнику",
    "consent": "Согласие на обработку данных",
    "non_consent": "Несогласие на обработку данных",
    "withdrawal": "Отзыв согласия",
    "refusal_of_electronic_form": "Отказ от электронной формы",
    "termination": "Заявление о прекращении",
    "extract": "Заявление о выписке",
    "written_information": "Заявление о письменной информации",
}

_FIELD = re.compile(r"\{([^{}\n]*)\}")


class FormTextError(ValueError):
    """The text of a form cannot be kept so; the message says why, in Russian."""


def check_text(text: str) -> str:
    """The text as it is kept. Raises FormTextError for an unknown word in braces, or for one
    that is too long or without anything to sign."""
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        return ""
    if len(kept) > LONGEST_TEXT:
        raise FormTextError(f"Слишком длинно: помещается {LONGEST_TEXT} букв.")
    for name in _FIELD.findall(kept):
        if name not in FIELDS:
            known = ", ".join("{" + word + "}" for word in FIELDS)
            raise FormTextError(f"Незнакомое слово в скобках: {{{name}}}. Бывают: {known}.")
    if _FIELD.sub("", kept).count("{") or _FIELD.sub("", kept).count("}"):
        raise FormTextError("Фигурная скобка без пары.")
    return kept


def fill(text: str, values: Mapping[str, str]) -> tuple[tuple[bool, str], ...]:
    """The lines of a form: whether it is a heading, and its words. What has no value is a line to
    write on."""

    def put(found: re.Match[str]) -> str:
        name = found[1]
        return values.get(name) or "_" * FIELDS[name]

    lines = []
    for raw in text.split("\n"):
        line = _FIELD.sub(put, raw).strip()
        if line:
            lines.append((line.startswith("# "), line.removeprefix("# ")))
    return tuple(lines)
