"""Signing in and out."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from school import clock
from school.actions import throttles
from school.actions.history import Act
from school.actions.letters import NEW_DEVICE, NewLetter, find_zone, put_letter
from school.actions.throttles import Bucket
from school.actions.traces import last_seen, record_event
from school.database import transaction
from school.letters import new_device
from school.models import AccessLog, Account, Device, Draft, Session
from school.models.fields import to_milliseconds
from school.passwords import is_correct
from school.queries.sessions import session_key
from school.queries.ties import hash_token
from school.rules.logins import normalise_login

#: «Мой телефон» keeps the sign-in for a month, any other device for a school day.
OWN_DEVICE = timedelta(days=30)
OTHER_DEVICE = timedelta(hours=12)

#: Tries of one login from one address: a family that mistypes, or a stranger who guesses.
PER_LOGIN_AND_ADDRESS = Bucket(size=8, seconds_per_token=60)
#: Tries from one address, whoever's login: a school behind one address signs in at 8:00.
PER_ADDRESS = Bucket(size=100, seconds_per_token=5)
#: Tries of one login from addresses it has never been signed in from. The family's own line is
#: not held up by what strangers do elsewhere.
PER_LOGIN = Bucket(size=30, seconds_per_token=120)
LONGEST_REFILL = timedelta(hours=2)
#: Tries of the present password by whoever sits at an open session.
PER_SESSION_OWNER = Bucket(size=5, seconds_per_token=120)
#: For so long after the password was given it is not asked for again.
CONFIRMED_FOR = timedelta(minutes=10)

DRAFTS_KEPT = 10
LONGEST_DRAFT = 200_000


class SignInRefused(Exception):
    """Login or password is wrong, or the account cannot be used here."""


class TooManyTries(Exception):
    """Too many wrong tries; `seconds` says how long to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came from the sign-in page."""

    login: str
    password: str
    is_own_device: bool
    address: str
    #: Demo accounts open on loopback only (interface.md, DEMO).
    demo_allowed: bool
    #: What this browser is known by since an earlier sign-in.
    device: str = ""
    #: «Chrome, Android».
    device_name: str = ""


def sign_in(entry: SignIn, secret: str, now: datetime, request_id: str = "") -> str:
    """Open a session and return its token. Raises SignInRefused or TooManyTries."""
    login = normalise_login(entry.login)
    address_hash = keyed(secret, entry.address)
    account = Account.get_or_none(Account.login == login)
    buckets = [
        (f"login-address:{keyed(secret, login, entry.address)}", PER_LOGIN_AND_ADDRESS),
        (f"address:{address_hash}", PER_ADDRESS),
    ]
    if account is None or not _is_known_address(account.person_id, address_hash):
        buckets.append((f"login:{keyed(secret, login)}", PER_LOGIN))
    taken: list[tuple[str, Bucket]] = []
    for key, bucket in buckets:
        wait = throttles.take(key, bucket, now)
        if wait:
            for earlier in taken:
                throttles.give_back(*earlier, now)
            raise TooManyTries(wait)
        taken.append((key, bucket))
    correct = is_correct(entry.password, account and account.password_hash)
    usable = correct and account.disabled_at is None
    if not usable or (account.is_demo and not entry.demo_allowed):
        AccessLog.create(
            at=now,
            person=account and account.person_id,
            event="sign_in_failed",
            request=request_id,
        )
        raise SignInRefused
    token = secrets.token_urlsafe(32)
    with transaction():
        for key, bucket in taken:
            throttles.give_back(key, bucket, now)
        _note_device(account.person_id, entry.device, address_hash, now)
        Session.create(
            token_hash=hash_token(token),
            person=account.person_id,
            created_at=now,
            seen_at=now,
            ends_at=now + (OWN_DEVICE if entry.is_own_device else OTHER_DEVICE),
            is_own_device=entry.is_own_device,
            address_hash=address_hash,
            device_name=entry.device_name,
            visited_before_at=last_seen(account.person_id),
            confirmed_at=now,
        )
        AccessLog.create(at=now, person=account.person_id, event="sign_in", request=request_id)
    return token


def _note_device(person_id: int, device: str, address_hash: str, now: datetime) -> None:
    """Keep the browser, and write to the person where it is new to them: neither it nor its
    address was there before. The very first sign-in is no news."""
    token_hash = hash_token(device) if device else ""
    known = Device.update(seen_at=now).where(
        Device.person == person_id, Device.token_hash == token_hash
    )
    if device and known.execute():
        return
    is_first = not (
        Device.select().where(Device.person == person_id).exists()
        or Session.select().where(Session.person == person_id).exists()
    )
    if not is_first and not _is_known_address(person_id, address_hash):
        letter = NewLetter(
            key=f"{NEW_DEVICE}:{person_id}:{to_milliseconds(now)}",
            kind=NEW_DEVICE,
            person_id=person_id,
            text=new_device(clock.local(now, find_zone(person_id))),
        )
        put_letter(letter, now)
    if device:
        Device.create(person=person_id, token_hash=token_hash, first_seen_at=now, seen_at=now)


def forget_old_devices(now: datetime) -> int:
    """Delete browsers that nobody signed in with for two years; returns how many."""
    count: int = Device.delete().where(Device.seen_at < now - timedelta(days=730)).execute()
    return count


def sign_out(token: str, now: datetime, request_id: str = "") -> None:
    """End a session, on every node and in every tab. Twice does no harm."""
    with transaction():
        open_session = (Session.token_hash == hash_token(token)) & Session.signed_out_at.is_null()
        session = Session.get_or_none(open_session)
        if session is None:
            return
        Session.update(signed_out_at=now).where(open_session).execute()
        AccessLog.create(at=now, person=session.person_id, event="sign_out", request=request_id)


class WrongPassword(Exception):
    """The present password was not right."""


def check_present_password(person_id: int, password: str, now: datetime, request_id: str) -> None:
    """Ask a person who is signed in for their password again. Raises WrongPassword, written to
    the log, or TooManyTries: whoever found an open session does not guess on."""
    key = f"present-password:{person_id}"
    wait = throttles.take(key, PER_SESSION_OWNER, now)
    if wait:
        raise TooManyTries(wait)
    account = Account.get(Account.person == person_id)
    if not is_correct(password, account.password_hash):
        record_event("password_refused", now, person_id=person_id, request_id=request_id)
        raise WrongPassword
    throttles.give_back(key, PER_SESSION_OWNER, now)


def confirm_session(token: str, person_id: int, password: str, act: Act) -> None:
    """The password was asked for again, before contacts or anything as grave, and given: for
    CONFIRMED_FOR it is not asked for again in this session. Raises as above."""
    check_present_password(person_id, password, act.at, act.request_id)
    Session.update(confirmed_at=act.at).where(Session.token_hash == hash_token(token)).execute()


def lock_session(token: str, now: datetime) -> None:
    """Shut a session until its password is given again (H5). Twice does no harm."""
    Session.update(locked_at=now).where(
        Session.token_hash == hash_token(token), Session.locked_at.is_null()
    ).execute()


def unlock_session(token: str, person_id: int, password: str, act: Act) -> None:
    """Go on with a locked session. Raises WrongPassword, written to the log, or TooManyTries."""
    check_present_password(person_id, password, act.at, act.request_id)
    Session.update(locked_at=None, confirmed_at=act.at).where(
        Session.token_hash == hash_token(token)
    ).execute()


def end_session(person_id: int, key: str, act: Act) -> bool:
    """End one of a person's own sessions, by the key of its list (queries/sessions.py). Returns
    whether there was one."""
    with transaction():
        for row in Session.select().where(
            Session.person == person_id, Session.signed_out_at.is_null()
        ):
            if session_key(row.token_hash) == key:
                Session.update(signed_out_at=act.at).where(
                    Session.token_hash == row.token_hash
                ).execute()
                record_event(
                    "sign_out",
                    act.at,
                    person_id=person_id,
                    detail=row.device_name,
                    request_id=act.request_id,
                )
                return True
    return False


def sign_out_everywhere(person_id: int, act: Act) -> None:
    """End all sessions of a person, the present one too, on every node."""
    with transaction():
        Session.update(signed_out_at=act.at).where(
            Session.person == person_id, Session.signed_out_at.is_null()
        ).execute()
        record_event("sign_out_everywhere", act.at, person_id=person_id, request_id=act.request_id)


def keep_draft(token: str, path: str, fields: list[tuple[str, str]], now: datetime) -> bool:
    """Keep a form that came with a session that ran out (not one that was signed out), under
    that session's person. Returns whether it was kept."""
    session = Session.get_or_none(Session.token_hash == hash_token(token))
    body = json.dumps(fields, ensure_ascii=False)
    if session is None or session.signed_out_at is not None or len(body) > LONGEST_DRAFT:
        return False
    with transaction():
        Draft.delete().where(Draft.person == session.person_id, Draft.path == path).execute()
        Draft.create(person=session.person_id, path=path, fields=body, created_at=now)
        kept = (
            Draft.select(Draft.id)
            .where(Draft.person == session.person_id)
            .order_by(Draft.id.desc())
            .limit(DRAFTS_KEPT)
        )
        Draft.delete().where(
            Draft.person == session.person_id, Draft.id.not_in([row.id for row in kept])
        ).execute()
    return True


def drop_draft(person_id: int, path: str) -> None:
    """Forget a draft once its form was saved or thrown away."""
    Draft.delete().where(Draft.person == person_id, Draft.path == path).execute()


def forget_old_drafts(now: datetime) -> int:
    """Delete drafts that nobody came back to for a month; returns how many."""
    count: int = Draft.delete().where(Draft.created_at < now - timedelta(days=30)).execute()
    return count


def end_old_sessions(now: datetime) -> int:
    """Delete sessions that ended more than a month ago; returns how many."""
    count: int = Session.delete().where(Session.ends_at < now - timedelta(days=30)).execute()
    return count


def _is_known_address(person_id: int, address_hash: str) -> bool:
    return bool(
        Session.select()
        .where(Session.person == person_id, Session.address_hash == address_hash)
        .exists()
    )


def keyed(secret: str, *parts: str) -> str:
    """What is kept of addresses and logins, which are compared only."""
    return hmac.new(secret.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
