"""A person's own address for letters: entered, confirmed by a code that is sent there, removed."""

import hashlib
import secrets
from datetime import datetime, timedelta

from school import clock
from school.actions import throttles
from school.actions.history import Act, Fact, record
from school.actions.letters import (
    ADDRESS_CHANGED,
    CONFIRM_ADDRESS,
    NewLetter,
    find_zone,
    put_letter,
)
from school.actions.throttles import Bucket
from school.database import transaction
from school.letters import address_changed, confirm_address
from school.models import Contact
from school.models.fields import to_milliseconds
from school.rules.letters import clean_address, clean_phone

CODE_HOLDS = timedelta(days=1)
#: Codes go to addresses of strangers too: nobody is flooded from here.
CODES = Bucket(size=5, seconds_per_token=3600)
GUESSES = Bucket(size=10, seconds_per_token=600)


class ContactRefused(ValueError):
    """The address or the code does not do; the message says why, in Russian."""


def enter_address(person_id: int, text: str, act: Act) -> None:
    """Keep an address and send a code there; the one before holds until it is confirmed.

    Raises AddressError for what is no address, ContactRefused for too many codes.
    """
    address = clean_address(text)
    if throttles.take(f"contact-codes:{person_id}", CODES, act.at):
        raise ContactRefused("Слишком много кодов подряд. Попробуйте через час.")
    code = f"{secrets.randbelow(10**6):06d}"
    with transaction():
        own = (Contact.person == person_id) & (Contact.kind == "email")
        held = Contact.get_or_none(own & (Contact.address == address))
        if held is not None and held.confirmed_at is not None:
            raise ContactRefused("Этот адрес уже подтверждён: письма приходят сюда.")
        Contact.delete().where(own & Contact.confirmed_at.is_null()).execute()
        contact = Contact.create(
            person=person_id, kind="email", address=address, entered_at=act.at, code_hash="-"
        )
        contact.code_hash = _hash(contact.id, code)
        contact.save(only=[Contact.code_hash])
        put_letter(
            NewLetter(
                key=f"confirm:{contact.id}:{to_milliseconds(act.at)}:{secrets.token_hex(4)}",
                kind=CONFIRM_ADDRESS,
                person_id=person_id,
                text=confirm_address(code),
                address=address,
                is_secret=True,
                good_until=act.at + CODE_HOLDS,
            ),
            act.at,
        )
        # Of a contact only that and who, never the value.
        record(act, None, [Fact("contact", contact.id, "address", "", "entered")])


def confirm(person_id: int, code: str, act: Act) -> None:
    """Let an entered address hold from now on. Raises ContactRefused."""
    if throttles.take(f"contact-guesses:{person_id}", GUESSES, act.at):
        raise ContactRefused("Слишком много попыток. Подождите десять минут.")
    typed = "".join(c for c in code if c.isascii() and c.isdigit())
    with transaction():
        own = (Contact.person == person_id) & (Contact.kind == "email")
        waiting = Contact.get_or_none(own & Contact.confirmed_at.is_null())
        if waiting is None:
            raise ContactRefused("Подтверждать нечего: сначала введите адрес.")
        if act.at - waiting.entered_at > CODE_HOLDS:
            raise ContactRefused("Код устарел. Введите адрес ещё раз, придёт новый.")
        if not secrets.compare_digest(_hash(waiting.id, typed), waiting.code_hash):
            raise ContactRefused("Код не подошёл. Проверьте цифры в последнем письме.")
        former = [row.address for row in Contact.select().where(own & (Contact.id != waiting.id))]
        Contact.delete().where(own & (Contact.id != waiting.id)).execute()
        Contact.update(confirmed_at=act.at, code_hash="").where(Contact.id == waiting.id).execute()
        for address in former:
            _tell_former(person_id, address, waiting.id, act.at)
        record(act, None, [Fact("contact", waiting.id, "address", "", "confirmed")])
    throttles.give_back(f"contact-guesses:{person_id}", GUESSES, act.at)


def remove_address(person_id: int, act: Act) -> bool:
    """Forget a person's addresses; letters then stay on their page. Returns whether there was
    one."""
    with transaction():
        own = (Contact.person == person_id) & (Contact.kind == "email")
        found = list(Contact.select().where(own))
        Contact.delete().where(own).execute()
        for contact in found:
            if contact.confirmed_at is not None:
                _tell_former(person_id, contact.address, contact.id, act.at)
            record(act, None, [Fact("contact", contact.id, "address", "", "removed")])
    return bool(found)


def set_phone(person_id: int, text: str, act: Act) -> str:
    """Keep a person's phone, by which the school may reach them, or forget it where `text` is
    empty; returns what is kept. Raises ContactRefused."""
    phone = clean_phone(text) if text.strip() else ""
    if phone is None:
        raise ContactRefused("Телефон пишут так: +7 912 345-67-89.")
    with transaction():
        own = (Contact.person == person_id) & (Contact.kind == "phone")
        former = Contact.get_or_none(own)
        if (former.address if former else "") == phone:
            return phone
        Contact.delete().where(own).execute()
        row_id = former.id if former else 0
        if phone:
            made = Contact.create(person=person_id, kind="phone", address=phone, entered_at=act.at)
            row_id = made.id
        record(act, None, [Fact("contact", row_id, "phone", "", "entered" if phone else "removed")])
    return phone


def _tell_former(person_id: int, address: str, contact_id: int, at: datetime) -> None:
    put_letter(
        NewLetter(
            key=f"address_changed:{contact_id}:{to_milliseconds(at)}",
            kind=ADDRESS_CHANGED,
            person_id=person_id,
            text=address_changed(clock.local(at, find_zone(person_id))),
            address=address,
        ),
        at,
    )


def _hash(contact_id: int, code: str) -> str:
    return hashlib.sha256(f"{contact_id}:{code}".encode()).hexdigest()
