"""Questions to a school: how long, answered how, and the code that opens one without an account.

A13 (Регламент СОШ № 2, п. 2.5): a parent asks the administrator and gets an answer.
"""

import hashlib
import hmac

from school.rules import codes
from school.rules.register import without_controls

LONGEST_NAME, LONGEST_QUESTION, LONGEST_PHONE = 150, 4_000, 40
LEAST_DIGITS, MOST_DIGITS = 5, 15

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
#: How somebody wants to be answered.
BY_PAGE, BY_EMAIL, BY_PHONE, BY_VISIT = "page", "email", "phone", "visit"


class QuestionError(ValueError):
    """What was typed does not do; the message says why, `field` where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def code_of(secret: str, request_id: str) -> str:
    """The code of a question, in the form of an invitation's (rules/codes.py): the same form sent
    twice has the same one, and only who sent it can know it."""
    digest = hmac.new(secret.encode(), f"question:{request_id}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest, "big")
    drawn = ""
    for _ in range(codes.LENGTH - 1):
        number, rest = divmod(number, len(codes.ALPHABET))
        drawn += codes.ALPHABET[rest]
    return codes.in_groups(drawn + codes.check_of(drawn))


def hash_codes(typed: str) -> tuple[str, ...]:
    """What is kept of a code, for each code that somebody may mean; none where it can be none."""
    return tuple(
        hashlib.sha256(f"question:{code}".encode()).hexdigest() for code in codes.read_code(typed)
    )


def clean_question(text: str, field: str = "text") -> str:
    """A question or an answer as it is kept. Raises QuestionError."""
    kept = without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not kept:
        raise QuestionError(field, "Напишите хоть несколько слов.")
    if len(kept) > LONGEST_QUESTION:
        raise QuestionError(
            field,
            f"Слишком длинно: {len(kept)} букв, помещается {LONGEST_QUESTION}. Сократите текст.",
        )
    return kept


def clean_name(text: str) -> str:
    """How somebody without an account calls themselves. Raises QuestionError."""
    kept = " ".join(without_controls(text).split())
    if not kept:
        raise QuestionError("name", "Напишите, как к вам обращаться.")
    if len(kept) > LONGEST_NAME:
        raise QuestionError("name", f"Слишком длинно: помещается {LONGEST_NAME} букв.")
    return kept


def clean_phone(text: str) -> str:
    """A phone number as it was typed, where it can be one. Raises QuestionError."""
    kept = " ".join(without_controls(text).split())
    digits = sum(c.isdigit() for c in kept)
    if (
        not LEAST_DIGITS <= digits <= MOST_DIGITS
        or len(kept) > LONGEST_PHONE
        or any(not (c.isdigit() or c in "+-()., добext#") for c in kept)
    ):
        raise QuestionError(
            "address", "Напишите номер цифрами, например +7 912 000-00-00 или 2-76-27."
        )
    return kept
