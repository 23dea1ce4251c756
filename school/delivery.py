"""The outbox's way out: letters by SMTP.

A sweep claims a few letters with a lease, sends them one by one and marks each at once. A worker
that dies leaves its claims to the next one when the lease is over; only the one letter that it
had sent and not yet marked goes out twice, with the same Message-ID. What the *server* cannot do
(no answer, wrong password) is never held against a letter: it waits, for a week if need be.
"""

import hashlib
import logging
import secrets
import smtplib
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from peewee import OperationalError

from school import clock
from school.database import (
    database,
    ensure_connection,
    execute,
    fetch_all,
    is_sqlite,
    transaction,
)
from school.letters import (
    Envelope,
    Text,
    footer,
    greeting,
    make_message,
    paragraph,
    read_blocks,
)
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.pupils import find_pupil
from school.queries.ties import get_ties
from school.rules.letters import (
    BY_DIARY,
    GIVEN_UP,
    NO_ADDRESS,
    SENT,
    WAITING,
    WITHDRAWN,
    AddressError,
    clean_address,
    may_still_get,
    wait_after,
)
from school.settings import Settings, SettingsError, is_loopback

#: How long a claimed letter is this sweep's alone. A sweep takes no further letter when less
#: than LEASE_MARGIN is left: no letter takes longer than that by SMTP_TIMEOUT.
LEASE = timedelta(minutes=10)
LEASE_MARGIN = 200.0
SMTP_TIMEOUT = 30.0
BATCH = 20
#: A clock that was set back must not keep letters waiting; nodes differ by less than this.
CLOCK_SKEW = timedelta(minutes=5)
#: One sweep ends after this; the next one is a minute later, and the worker has other work.
LONGEST_SWEEP = 45.0
#: Connections of one sweep: a server that answers slowly is asked by several.
CONNECTIONS = 4

ROUTE = "smtp"

log = logging.getLogger(__name__)


# The server


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over: SMTP_URL, read."""

    host: str
    port: int
    user: str
    password: str
    #: TLS from the first byte (smtps://), else STARTTLS.
    is_wrapped: bool
    #: Without TLS nothing is said at all; off only for a server on this machine or by ?tls=off.
    must_be_encrypted: bool
    sender: str
    #: What Message-IDs end in.
    domain: str


def read_smtp_url(url: str, base_url: str) -> MailServer:
    """Read «smtp://user:password@host:587» (or smtps://, port 465). «?from=school@example.ru»
    says who the letters are from, «?tls=off» lets them go unencrypted. Raises SettingsError."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise SettingsError("SMTP_URL пишут так: smtp://user:password@smtp.example.ru:587")
    options = parse_qs(parts.query)
    domain = urlsplit(base_url).hostname or "localhost"
    user = unquote(parts.username or "")
    sender = options.get("from", [""])[0] or (user if "@" in user else f"listok@{domain}")
    try:
        if not sender.endswith("@localhost") and not is_loopback(sender.rpartition("@")[2]):
            sender = clean_address(sender)
    except AddressError as error:
        raise SettingsError(f"SMTP_URL, адрес отправителя (?from=…). {error}") from None
    wrapped = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=port or (465 if wrapped else 587),
        user=user,
        password=unquote(parts.password or ""),
        is_wrapped=wrapped,
        must_be_encrypted=not is_loopback(parts.hostname) and options.get("tls", [""]) != ["off"],
        sender=sender,
        domain=domain if not is_loopback(domain) else "listok.localhost",
    )


class ServerTrouble(Exception):
    """The mail server cannot be used; the message says why, in Russian."""


def connect(server: MailServer) -> smtplib.SMTP:
    """A connection ready to take letters. Raises ServerTrouble."""
    context = ssl.create_default_context()
    smtp: smtplib.SMTP | None = None
    try:
        if server.is_wrapped:
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=SMTP_TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=SMTP_TIMEOUT)
            smtp.ehlo()
            if smtp.has_extn("starttls"):
                if server.must_be_encrypted:
                    smtp.starttls(context=context)
            elif server.must_be_encrypted:
                raise ServerTrouble(
                    "сервер не умеет шифровать (STARTTLS), письма детей открыто не отправляем"
                )
        if server.user:
            smtp.login(server.user, server.password)
    except ServerTrouble:
        close(smtp)
        raise
    except smtplib.SMTPAuthenticationError as error:
        close(smtp)
        raise ServerTrouble(f"сервер не принял имя или пароль ({error.smtp_code})") from None
    except ssl.SSLCertVerificationError as error:
        close(smtp)
        raise ServerTrouble(f"сертификат сервера не годится: {error.verify_message}") from None
    except (smtplib.SMTPException, OSError) as error:
        close(smtp)
        raise ServerTrouble(f"сервер не отвечает ({_what(error)})") from None
    return smtp


def close(smtp: smtplib.SMTP | None) -> None:
    """Say goodbye where the other side still listens."""
    if smtp is None:
        return
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()


def _what(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "время ожидания вышло"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_answer(error.smtp_error)}"
    if isinstance(error, socket.gaierror):
        return "такого имени сервера нет"
    if isinstance(error, ConnectionRefusedError):
        return "соединение отклонено"
    return type(error).__name__


def _answer(answer: bytes | str) -> str:
    """What a server said, as a line that can be shown."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


# What is due


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A letter of this sweep, with what its sending needs."""

    letter_id: int
    message_id: str
    person_id: int
    pupil_id: int | None
    school_id: int | None
    grounds: str
    to: str
    subject: str
    body: str
    is_secret: bool
    created_at: datetime
    good_until: datetime | None
    tries: int
    given_name: str
    patronymic: str
    surname: str
    school_name: str
    account_is_disabled: bool
    #: Whom it greets where that is nobody of ours.
    to_name: str


# A time in the future means that the clock was set back since: nothing waits for that.
DUE = """
SELECT id FROM letter
WHERE state = 'waiting' AND (due_at <= ? OR created_at > ? OR tried_at > ?)
  AND (claimed_until IS NULL OR claimed_until < ? OR claimed_at > ?)
ORDER BY due_at, id LIMIT ?
"""

CLAIM = """
UPDATE letter SET claim = ?, claimed_at = ?, claimed_until = ? WHERE state = 'waiting' AND id IN
"""

CLAIMED = """
SELECT l.id, l.key, l.person_id, l.pupil_id, l.school_id, l.grounds,
       CASE WHEN l.address <> '' THEN l.address ELSE COALESCE(c.address, '') END,
       l.subject, l.body, l.is_secret, l.created_at, l.good_until, l.tries,
       p.given_name, p.patronymic, p.surname, COALESCE(s.name, ''),
       a.disabled_at IS NOT NULL, COALESCE(l.to_name, '')
FROM letter l
JOIN person p ON p.id = l.person_id
LEFT JOIN school s ON s.id = l.school_id
LEFT JOIN account a ON a.person_id = l.person_id
LEFT JOIN contact c ON c.person_id = l.person_id AND c.kind = 'email'
     AND c.confirmed_at IS NOT NULL
WHERE l.claim = ? AND l.state = 'waiting' ORDER BY l.due_at, l.id
"""


def claim(now: datetime, domain: str, limit: int = BATCH) -> tuple[str, list[DueLetter]]:
    """Take letters that are due, with a lease, and read them: three statements."""
    token = secrets.token_hex(16)
    moment = to_milliseconds(now)
    late = to_milliseconds(now + CLOCK_SKEW)
    lock = "" if is_sqlite() else " FOR UPDATE SKIP LOCKED"
    with transaction():
        ids = [row[0] for row in fetch_all(DUE + lock, (moment, late, late, moment, late, limit))]
        if not ids:
            return token, []
        marks = ", ".join("?" * len(ids))
        until = to_milliseconds(now + LEASE)
        execute(f"{CLAIM} ({marks})", (token, moment, until, *ids))
    return token, [_due(row, domain) for row in fetch_all(CLAIMED, (token,))]


def _due(row: tuple[Any, ...], domain: str) -> DueLetter:
    name = hashlib.sha256(f"{row[0]}:{row[1]}".encode()).hexdigest()[:32]
    return DueLetter(
        letter_id=row[0],
        message_id=f"<{name}@{domain}>",
        person_id=row[2],
        pupil_id=row[3],
        school_id=row[4],
        grounds=row[5],
        to=row[6],
        subject=row[7],
        body=row[8],
        is_secret=bool(row[9]),
        created_at=from_milliseconds(row[10]),
        good_until=None if row[11] is None else from_milliseconds(row[11]),
        tries=row[12],
        given_name=row[13],
        patronymic=row[14],
        surname=row[15],
        school_name=row[16],
        account_is_disabled=bool(row[17]),
        to_name=row[18],
    )


def _refusal(letter: DueLetter, now: datetime) -> tuple[str, str] | None:
    """(state, why) where a letter may not or need not go out any more; else None."""
    if letter.good_until is not None and now > letter.good_until:
        return WITHDRAWN, "письмо устарело, пока почта не работала"
    if letter.account_is_disabled:
        return WITHDRAWN, "учётная запись закрыта"
    pupil = find_pupil(letter.pupil_id) if letter.grounds == BY_DIARY and letter.pupil_id else None
    if not may_still_get(
        letter.grounds,
        get_ties(letter.person_id),
        school_id=letter.school_id,
        pupil_id=letter.pupil_id,
        places=pupil.places if pupil else (),
    ):
        return WITHDRAWN, "права на эти сведения закончились раньше, чем письмо ушло"
    if not letter.to:
        return NO_ADDRESS, "у человека нет подтверждённого адреса"
    return None


END = """
UPDATE letter SET state = ?, tries = tries + ?, tried_at = ?, problem = ?, sent_to = ?, sent_at = ?,
       body = CASE WHEN is_secret THEN '' ELSE body END, claim = '', claimed_until = NULL
WHERE id = ? AND claim = ?
"""

PUT_OFF = """
UPDATE letter SET tries = tries + 1, tried_at = ?, due_at = ?, problem = ?, claim = '',
       claimed_until = NULL
WHERE id = ? AND claim = ?
"""

RELEASE = "UPDATE letter SET claim = '', claimed_until = NULL WHERE claim = ?"


@dataclass(slots=True)
class Sender:
    """One connection's work within a sweep."""

    server: MailServer
    base_url: str
    #: A sweep lasts, so it asks the time again for each letter.
    now: Callable[[], datetime]
    deadline: float
    counts: Counter[str] = field(default_factory=Counter)
    smtp: smtplib.SMTP | None = None

    def run(self) -> None:
        """Send what is due until nothing is, or the sweep's time is over. Raises ServerTrouble."""
        try:
            while time.monotonic() < self.deadline:
                lease_ends = time.monotonic() + LEASE.total_seconds() - LEASE_MARGIN
                token, letters = claim(self.now(), self.server.domain)
                if not letters:
                    return
                try:
                    for letter in letters:
                        if time.monotonic() > min(self.deadline, lease_ends):
                            return
                        self._handle(letter, token)
                finally:
                    # What was not reached is free at once, for whoever comes next.
                    execute(RELEASE, (token,))
        finally:
            close(self.smtp)
            self.smtp = None

    def _handle(self, letter: DueLetter, token: str) -> None:
        refusal = _refusal(letter, self.now())
        if refusal:
            self._end(letter, token, *refusal)
            return
        try:
            message = self._message(letter)
        except Exception as error:
            # Nothing that a server or a later try could mend; and the others must not wait for it.
            log.error("letter %s cannot be written: %s", letter.letter_id, type(error).__name__)
            self._end(letter, token, GIVEN_UP, "такой адрес или такое письмо не отправить")
            return
        try:
            self._hand_over(letter.to, message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            self._refused(letter, token, code, answer)
        except smtplib.SMTPDataError as error:
            self._refused(letter, token, error.smtp_code, error.smtp_error)
        except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
            # Perhaps it was taken: it goes again, under the same Message-ID.
            self._drop()
            self._put_off(letter, token, f"связь с сервером прервалась ({_what(error)})")
        else:
            self._end(letter, token, SENT, "")

    def _message(self, letter: DueLetter) -> bytes:
        text = Text(letter.subject, read_blocks(letter.body))
        called = (letter.to_name, "") if letter.to_name else (letter.given_name, letter.patronymic)
        blocks = (
            paragraph(greeting(*called)),
            *text.blocks,
            paragraph(footer(letter.school_name)),
        )
        school = f" — {letter.school_name}" if letter.school_name else ""
        envelope = Envelope(
            sender_name=f"Листок{school}",
            sender=self.server.sender,
            to_name=letter.to_name or " ".join(filter(None, (letter.given_name, letter.surname))),
            to=clean_address(letter.to),
            message_id=letter.message_id,
            written_at=letter.created_at,
        )
        return make_message(envelope, text.subject, blocks, self.base_url).as_bytes()

    def _hand_over(self, to: str, message: bytes, *, again: bool = False) -> None:
        if self.smtp is None:
            self.smtp = connect(self.server)
        try:
            self.smtp.sendmail(self.server.sender, [to], message)
        except smtplib.SMTPSenderRefused as error:
            self._drop()
            if error.smtp_code == 421 and not again:
                # So many letters a connection: the next one takes it.
                self._hand_over(to, message, again=True)
                return
            raise ServerTrouble(
                f"сервер не принимает письма от {self.server.sender}: "
                f"{error.smtp_code} {_answer(error.smtp_error)}"
            ) from None
        except smtplib.SMTPHeloError as error:
            self._drop()
            raise ServerTrouble(f"сервер не отвечает ({_what(error)})") from None

    def _refused(self, letter: DueLetter, token: str, code: int, answer: bytes | str) -> None:
        says = f"{code} {_answer(answer)}"
        if code == 421:
            self._drop()
        if 500 <= code < 600:
            self._end(letter, token, GIVEN_UP, f"почта получателя отказала: {says}")
        else:
            self._put_off(letter, token, f"почта получателя просит подождать: {says}")

    def _end(self, letter: DueLetter, token: str, state: str, problem: str) -> None:
        moment = to_milliseconds(self.now())
        tried = 1 if state in (SENT, GIVEN_UP) else 0
        sent_at = moment if state == SENT else None
        to = letter.to if tried else ""
        values = (state, tried, moment, problem, to, sent_at, letter.letter_id, token)
        for is_last in (False, False, True):
            try:
                with transaction():
                    execute(END, values)
                break
            except OperationalError:
                # It is sent: a busy database is asked again before it may go out twice.
                if is_last:
                    raise
        self.counts[state] += 1

    def _put_off(self, letter: DueLetter, token: str, problem: str) -> None:
        wait = wait_after(letter.tries + 1)
        if wait is None:
            self._end(letter, token, GIVEN_UP, problem)
            return
        now = self.now()
        execute(
            PUT_OFF,
            (to_milliseconds(now), to_milliseconds(now + wait), problem, letter.letter_id, token),
        )
        self.counts[WAITING] += 1

    def _drop(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
            self.smtp = None


# The sweep


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    #: State → letters; `waiting` are those that were put off.
    counts: dict[str, int]
    #: Why the server could not be used, or "".
    trouble: str = ""
    #: There is no server at all.
    has_server: bool = True


def sweep(
    settings: Settings,
    now: Callable[[], datetime] = clock.now,
    *,
    connections: int = CONNECTIONS,
    seconds: float = LONGEST_SWEEP,
) -> Swept:
    """Send what is due. Without SMTP_URL nothing is touched: all stays in the outbox.

    Several may run at once, on several machines. Raises SettingsError.
    """
    if not settings.smtp_url:
        return Swept({}, has_server=False)
    server = read_smtp_url(settings.smtp_url, settings.base_url)
    if not _is_anything_due(now()):
        return Swept({})
    deadline = time.monotonic() + seconds

    def send() -> tuple[Counter[str], str]:
        sender = Sender(server, settings.base_url, now, deadline)
        try:
            sender.run()
        except ServerTrouble as trouble:
            return sender.counts, str(trouble)
        return sender.counts, ""

    def send_in_thread(_: int) -> tuple[Counter[str], str]:
        ensure_connection()
        try:
            return send()
        finally:
            database.close()

    if connections == 1:
        results = [send()]
    else:
        with ThreadPoolExecutor(connections) as pool:
            results = list(pool.map(send_in_thread, range(connections)))
    counts = sum((done for done, _ in results), Counter[str]())
    trouble = next((said for _, said in results if said), "")
    # Some servers take fewer connections at once than we offer: that is no trouble.
    if counts[SENT]:
        trouble = ""
    note_route(trouble, now())
    return Swept(dict(counts), trouble)


def _is_anything_due(now: datetime) -> bool:
    moment, late = to_milliseconds(now), to_milliseconds(now + CLOCK_SKEW)
    return bool(fetch_all(DUE, (moment, late, late, moment, late, 1)))


NOTE_ROUTE = """
INSERT INTO route (name, tried_at, failing_since, problem) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET tried_at = excluded.tried_at, problem = excluded.problem,
  failing_since = CASE WHEN excluded.problem = '' THEN NULL
                       ELSE COALESCE(route.failing_since, excluded.failing_since) END
"""


def note_route(trouble: str, now: datetime, name: str = ROUTE) -> None:
    """Keep how a way out fared, for the administrator's page."""
    moment = to_milliseconds(now)
    execute(NOTE_ROUTE, (name, moment, moment if trouble else None, trouble))


def ask_server(settings: Settings) -> Iterator[str]:
    """Connect and sign in, sending nothing: yields what is wrong (for `doctor`)."""
    try:
        close(connect(read_smtp_url(settings.smtp_url or "", settings.base_url)))
    except (ServerTrouble, SettingsError) as error:
        yield str(error)
