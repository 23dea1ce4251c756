"""Passwords (school/passwords.py)."""

import re

import pytest

from school import passwords
from school.passwords import (
    LONGEST,
    SHORTEST,
    hash_password,
    is_correct,
    one_time_password,
    weakness,
)
from tests.conftest import PRODUCTS_HASHER


@pytest.mark.parametrize(
    "password", ["верный-конь-скрепка", "k7mqd-4hrt9", "зимой снег тает редко", "Xq!7 жду письма"]
)
def test_a_good_password_is_taken(password):
    assert weakness(password, personal=("ivanova", "Иванова", "Мария")) is None


@pytest.mark.parametrize("password", ["", "a", "Xq!7ждп", "1234567"])
def test_a_short_one_is_refused(password):
    assert "Слишком короткий" in (weakness(password) or "")
    assert str(SHORTEST) in (weakness(password) or "")


@pytest.mark.parametrize(
    "password", ["12345678", "password1", "qwertyuiop", "aaaaaaaaaaaa", "11111111", "iloveyou"]
)
def test_one_that_everybody_tries_is_refused(password):
    assert "легко угадать" in (weakness(password) or "")


@pytest.mark.parametrize(
    "password",
    [
        # Words and keys that everybody tries, in Russian letters.
        "йцукенгш", "пароль123", "наташа12", "привет123", "любовь12", "фывапролдж", "йцу123йцу",
        # The same with the keyboard left on Latin, or spelled in Latin letters.
        "gfhjkm123", "ghbdtn123", "yfnfif12", "k.,jdm12", "parol123", "lyubov12",
        # Of a school.
        "школа123", "дневник1", "irjkf123", "dnevnik12", "учитель1",
    ],
)  # fmt: skip
def test_a_russian_one_is_refused_on_either_layout(password):
    assert "легко угадать" in (weakness(password) or "")


@pytest.mark.parametrize(
    "password", ["Королёва2010", "rjhjktdf2010", "koroleva2010", "ajvbyf12", "фомина12"]
)
def test_ones_own_name_is_refused_on_either_layout(password):
    assert "легко угадать" in (weakness(password, personal=("Королёва", "Фомина")) or "")


@pytest.mark.parametrize(
    "password", ["кот и три сосны", "ежовая рукавица 7", "rjn b nhb cjcys", "сорок два борща"]
)
def test_words_of_ones_own_are_taken_without_signs_and_capitals(password):
    assert weakness(password, personal=("koroleva", "Королёва", "Мария", "")) is None


def test_one_made_of_login_and_name_is_refused():
    assert weakness("kuznetsova7") is None or "угадать" in (weakness("kuznetsova7") or "")
    assert "легко угадать" in (weakness("kuznetsova7", personal=("kuznetsova7",)) or "")


def test_a_long_one_is_taken_whole_up_to_a_limit():
    long = "семь вёрст не крюк " * 20
    assert weakness(long[:LONGEST]) is None
    assert "Слишком длинный" in (weakness(long[: LONGEST + 1]) or "")
    kept = hash_password(long[:LONGEST])
    assert is_correct(long[:LONGEST], kept)
    assert not is_correct(long[: LONGEST - 1], kept)


def test_a_huge_one_does_not_hold_up_the_server():
    assert not is_correct("я" * 1_000_000, hash_password("верный-конь-скрепка"))
    assert weakness("я" * 1_000_000)


def test_only_the_right_one_fits():
    kept = hash_password("верный-конь-скрепка")
    assert is_correct("верный-конь-скрепка", kept)
    for wrong in ("", "верный-конь-скрепка ", "Верный-конь-скрепка", "верный"):
        assert not is_correct(wrong, kept)


def test_nobody_has_no_password():
    assert not is_correct("nobody", None)
    assert not is_correct("", None)


def test_what_is_kept_is_a_salted_hash_at_the_figures_chosen(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PRODUCTS_HASHER)
    one, two = hash_password("верный-конь-скрепка"), hash_password("верный-конь-скрепка")
    assert one != two
    assert "конь" not in one
    assert one.startswith("$argon2id$")
    assert "m=19456,t=2,p=1" in one


def test_a_one_time_password_reads_well_from_paper():
    made = [one_time_password() for _ in range(1000)]
    assert len(set(made)) == 1000
    letters = set("".join(made)) - {"-"}
    assert not letters & set("0oO1lIi")
    assert len(letters) == 31  # every letter of the alphabet turns up: 31 ** 10 is 49 bits
    assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", password) for password in made)
    assert weakness(made[0]) is None
