"""Logins: what one may look like, and which ones are offered where one is taken."""

import unicodedata
from collections.abc import Iterable, Iterator

from school.rules.passwords import spelled

SHORTEST, LONGEST = 3, 60
_SIGNS = frozenset("._-@+")


def normalise_login(text: str) -> str:
    """A login as it is compared: without blanks around, in lower case, letters in one piece."""
    # PostgreSQL takes no NUL, and nobody types what cannot be printed.
    typed = "".join(letter for letter in text if letter.isprintable())
    return unicodedata.normalize("NFC", typed).strip().lower()[:100]


def login_problem(login: str) -> str:
    """What is wrong with a login (normalised), in Russian; empty: nothing."""
    latin = any("a" <= letter <= "z" for letter in login)
    russian = any(_is_russian(letter) for letter in login)
    wrong = {
        f"Слишком короткий: нужно хотя бы {SHORTEST} знака.": len(login) < SHORTEST,
        f"Слишком длинный: не больше {LONGEST} знаков.": len(login) > LONGEST,
        "В логине не бывает пробелов: поставьте вместо них точку.": any(map(str.isspace, login)),
        "В логине смешаны русские и латинские буквы. Наберите его весь в одной раскладке.": (
            latin and russian
        ),
        "Годятся буквы, цифры, точка, дефис, знаки _ @ +.": not all(
            "a" <= c <= "z" or _is_russian(c) or "0" <= c <= "9" or c in _SIGNS for c in login
        ),
        "Нужна хотя бы одна буква или цифра.": not any(map(str.isalnum, login)),
    }
    return next((words for words, is_wrong in wrong.items() if is_wrong), "")


def _is_russian(letter: str) -> bool:
    return "а" <= letter <= "я" or letter == "ё"


def suggestions(
    surname: str, given_name: str, patronymic: str, year: int | None = None
) -> Iterator[str]:
    """Logins for a person, better ones first, without end: «koroleva.m», «m.koroleva» …"""
    last, first, middle = (_letters(name) for name in (surname, given_name, patronymic))
    base = ".".join(filter(None, (last, first[:1]))) or "listok"
    yield base
    yield ".".join(filter(None, (first, last))) or base
    if middle:
        yield f"{base}{middle[:1]}"
    if year:
        yield f"{base}{year % 100:02d}"
    number = 2
    while True:
        yield f"{base}{number}"
        number += 1


def free_ones(candidates: Iterable[str], taken: frozenset[str], count: int) -> tuple[str, ...]:
    """The first `count` candidates that nobody has."""
    found: list[str] = []
    for login in candidates:
        if len(found) == count:
            break
        if login not in taken and login not in found and not login_problem(login):
            found.append(login)
    return tuple(found)


def _letters(name: str) -> str:
    return "".join(c for c in spelled(name) if "a" <= c <= "z")
