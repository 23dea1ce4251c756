"""Passwords: how they are kept, made up for a first sign-in, and judged when chosen."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from school.rules.passwords import FAVOURITE_WORDS, readings, spelled

# OWASP's figures: 44 ms a sign-in where argon2's own defaults take 173 and 64 MiB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

LONGEST = 200
SHORTEST = 8

# No letter or digit that is taken for another when read from paper.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def hash_password(password: str) -> str:
    return _hasher.hash(password)


# Verified against when a login does not exist, so that the answer takes as long.
_NOBODY = hash_password("nobody")


def is_correct(password: str, password_hash: str | None) -> bool:
    """Whether a password fits its hash; takes the same time where there is no hash."""
    try:
        _hasher.verify(password_hash or _NOBODY, password[:LONGEST])
    except VerificationError:
        return False
    return password_hash is not None


def one_time_password() -> str:
    """A first password to hand out on paper, such as «k7mqd-4hrt9» (49 bits)."""
    letters = [secrets.choice(_ALPHABET) for _ in range(10)]
    return "".join(letters[:5]) + "-" + "".join(letters[5:])


def weakness(password: str, *, personal: tuple[str, ...] = ()) -> str | None:
    """What is wrong with a chosen password, as a sentence, or None. `personal` are words an
    acquaintance would try first: login and names. No rule of signs: only what is easy to guess is
    refused, on either keyboard layout."""
    if len(password) < SHORTEST:
        return f"Слишком короткий: нужно хотя бы {SHORTEST} знаков. Подойдут три-четыре слова."
    if len(password) > LONGEST:
        return f"Слишком длинный: не больше {LONGEST} знаков."
    from zxcvbn import zxcvbn  # its word lists take 10 MB: only where a password is chosen

    words = [
        part for text in (*personal, *FAVOURITE_WORDS) for part in {*text.split(), text} if part
    ]
    known = list(dict.fromkeys(way for word in words for way in (word.lower(), spelled(word))))
    if any(zxcvbn(way, user_inputs=known)["score"] < 2 for way in readings(password[:72])):
        return (
            "Такой пароль легко угадать. Возьмите три-четыре не связанных слова "
            "или добавьте знаков."
        )
    return None
