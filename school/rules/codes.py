"""Invitation codes as they are printed, typed and read (A5–A7).

Twelve characters in three groups: «K7MX-4PHT-92C6». Only letters that look the same in the Latin
and the Russian alphabet (as on number plates), so that it does not matter which one somebody sees
in them; no vowels, so that no word comes out; no 0, 1 and B, which are taken for О, I and 8. The
last character is a check: 11 × log2(15) = 43 bits are drawn.
"""

import secrets

ALPHABET = "23456789CHKMPTX"
LENGTH = 12
GROUP = 4

#: Russian letters that look like ours, and letters that are read for a digit.
_LOOKS = str.maketrans("СНКМРТХЗЧБВBSZG", "CHKMPTX34688526")
#: What a Russian keyboard gives for our letters' keys, where somebody did not switch it.
_KEYS = str.maketrans("СРЛЬЗЕЧ", "CHKMPTX")
#: What people put between groups.
_BETWEEN = frozenset(" \t\r\n\u00a0\u2007\u202f-‐‑‒–—−_.,:;/·•'\"«»()[]")


def make_code() -> str:
    """A new code, without hyphens, drawn at random."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + check_of(drawn)


def check_of(drawn: str) -> str:
    """The last character: one wrong character, or two neighbours in the other order, do not fit.

    The weights 1 and 2 have no divisor in common with 15, nor has their difference.
    """
    total = sum(ALPHABET.index(c) * (1 + n % 2) for n, c in enumerate(drawn))
    weight = 1 + len(drawn) % 2
    return next(c for n, c in enumerate(ALPHABET) if (total + n * weight) % len(ALPHABET) == 0)


def is_whole(code: str) -> bool:
    """Whether these are twelve of our characters whose check fits."""
    return (
        len(code) == LENGTH and all(c in ALPHABET for c in code) and check_of(code[:-1]) == code[-1]
    )


def squeeze(typed: str) -> str:
    """What was typed, in capitals and without what people put between groups."""
    return "".join(c for c in typed[:200] if c not in _BETWEEN and c.isprintable()).upper()


def read_code(typed: str) -> tuple[str, ...]:
    """The codes that somebody may mean: with blanks, hyphens, lower case, Russian letters of the
    same look, or a keyboard left on Russian. None where it can be none; hardly ever two (Р is the
    look of P and the key of H), that of the look first, which is what the paper shows."""
    squeezed = squeeze(typed)
    found = (squeezed.translate(table) for table in (_LOOKS, _KEYS))
    return tuple(dict.fromkeys(code for code in found if is_whole(code)))


def in_groups(code: str) -> str:
    """«K7MX-4PHT-92C6»."""
    return "-".join(code[n : n + GROUP] for n in range(0, len(code), GROUP))
