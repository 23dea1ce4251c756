"""Letters: what an address is, when a refused letter is tried again, and who may still get one.

Pure decisions; the sweep that carries them out is school/delivery.py.
"""

import re
from collections.abc import Iterable
from datetime import timedelta

from school.rules.access import Place, Ties, diary_reader

# States of a letter in the outbox.
WAITING = "waiting"
SENT = "sent"
#: The receiving server refused it for good, or for too long.
GIVEN_UP = "given_up"
#: At the moment of sending the person had no right to it any more, or it was too late for it.
WITHDRAWN = "withdrawn"
#: Nobody has confirmed an address; the letter can still be read on the person's own page.
NO_ADDRESS = "no_address"
STATES = (WAITING, SENT, GIVEN_UP, WITHDRAWN, NO_ADDRESS)

# Why somebody gets a letter at all: what is asked again when it is sent.
#: It is about their own account.
BY_ACCOUNT = "account"
#: It tells of a child: who may read the diary may get it.
BY_DIARY = "diary"
#: It is about a school's work: whoever has a duty there today may get it.
BY_DUTY = "duty"
GROUNDS = (BY_ACCOUNT, BY_DIARY, BY_DUTY)

#: Waiting times after the first, second, … refusal: twelve tries in about four days.
RETRY_AFTER = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30),
    timedelta(hours=1), timedelta(hours=2), timedelta(hours=4), timedelta(hours=8),
    timedelta(hours=16), timedelta(hours=24), timedelta(hours=36),
)  # fmt: skip

LONGEST_ADDRESS = 254
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class AddressError(ValueError):
    """A text is no e-mail address; the message says what is wrong with it, in Russian."""


def clean_address(text: str) -> str:
    """An e-mail address as letters are sent to it: without blanks around, the domain in lower
    case and, where it is Russian, in its ASCII form. Raises AddressError."""
    text = text.strip()
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise AddressError("Адрес пишут так: имя@example.ru.")
    if not local.isascii():
        raise AddressError(
            "До знака @ в адресе есть русские буквы: письма туда пока не доходят. "
            "Проверьте раскладку клавиатуры."
        )
    try:
        domain = domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        raise AddressError(_wrong_domain(domain)) from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError(_wrong_domain(domain))
    if labels[-1].isdigit():
        raise AddressError(_wrong_domain(domain))
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        raise AddressError("До знака @ — буквы, цифры, точка, дефис; пробелов и запятых нет.")
    if len(local) + len(domain) + 1 > LONGEST_ADDRESS:
        raise AddressError("Такого длинного адреса не бывает. Проверьте его.")
    return f"{local}@{domain}"


def clean_phone(text: str) -> str | None:
    """A phone as it is kept, «+79123456789»: Russian ones with 8 or nothing before them too. None
    for what is none."""
    text = text.strip()
    if any(c.isalpha() for c in text):
        return None
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    if not text.startswith("+"):
        if len(digits) == 11 and digits[0] in "78":
            digits = "7" + digits[1:]
        elif len(digits) == 10:
            digits = "7" + digits
        else:
            return None
    return f"+{digits}" if 8 <= len(digits) <= 15 else None


def _wrong_domain(domain: str) -> str:
    shown = domain[:40].strip() or "…"
    return f"После знака @ — адрес почтовой службы, например mail.ru; «{shown}» не подходит."


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after that many refusals, or None: it is given up."""
    return RETRY_AFTER[tries - 1] if 1 <= tries <= len(RETRY_AFTER) else None


def may_still_get(
    grounds: str,
    ties: Ties,
    *,
    school_id: int | None,
    pupil_id: int | None,
    places: Iterable[Place],
) -> bool:
    """Whether a person may get a letter today (A10): rights may have ended since it was written.

    `places` are the pupil's enrolments that hold today.
    """
    if grounds == BY_DIARY:
        return pupil_id is not None and diary_reader(ties, pupil_id, places) is not None
    if grounds == BY_DUTY:
        return any(duty.school_id == school_id for duty in ties.duties)
    return True
