"""Logins (school/rules/logins.py)."""

from itertools import islice

import pytest

from school.rules.logins import free_ones, login_problem, normalise_login, suggestions


@pytest.mark.parametrize(
    "login",
    ["koroleva", "королёва.мария", "79001234567", "m.k@mail.ru", "o-neil_2", "+79001234567", "маш"],
)
def test_a_login_people_choose_is_taken(login):
    assert login_problem(normalise_login(login)) == ""


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("", "короткий"),
        ("ab", "короткий"),
        ("x" * 61, "длинный"),
        ("мария королёва", "пробелов"),
        ("kоролева", "раскладке"),
        ("maria!", "Годятся"),
        ("名前名前", "Годятся"),
        ("...", "буква или цифра"),
    ],
)
def test_what_is_wrong_is_said(login, said):
    assert said in login_problem(normalise_login(login))


def test_one_login_however_it_is_typed():
    assert normalise_login("  Koroleva\0 ") == "koroleva"
    # A Mac sends й in two pieces.
    assert normalise_login("зои\u0306") == normalise_login("ЗОЙ")


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (("Королёва", "Мария", "Петровна"), ["koroleva.m", "mariya.koroleva", "koroleva.mp"]),
        (("Петров-Сосновский", "Артём", ""), ["petrovsosnovskiy.a", "artem.petrovsosnovskiy"]),
        (("О'Нил", "Шон", ""), ["onil.s", "shon.onil", "onil.s2"]),
        (("李", "伟", ""), ["listok", "listok2"]),
    ],
)
def test_logins_are_offered_from_any_name(names, first):
    offered = free_ones(suggestions(*names), frozenset(), 4)
    assert list(offered[: len(first)]) == first
    assert len(set(offered)) == 4


def test_a_taken_one_is_not_offered():
    all_ten = frozenset(islice(suggestions("Королёва", "Мария", "", 1985), 10))
    assert free_ones(suggestions("Королёва", "Мария", "", 1985), all_ten, 1) == ("koroleva.m9",)
