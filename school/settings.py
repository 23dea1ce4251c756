"""Settings: the environment, read once into one frozen value."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

SETTING_NAMES = frozenset(
    {
        "HOST",
        "PORT",
        "DATABASE_URL",
        "DATA_DIR",
        "SECRET_KEY",
        "BASE_URL",
        "SMTP_URL",
        "SMS_URL",
        "DEMO",
    }
)


class SettingsError(Exception):
    """A setting is wrong; the message says which and how to mend it."""


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this very machine."""
    if not host:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Settings:
    host: str
    port: int
    database_url: str
    data_dir: Path
    secret_key: str
    base_url: str
    smtp_url: str | None
    sms_url: str | None
    demo: bool

    @property
    def is_secure(self) -> bool:
        """Whether people reach the pages by https: decides about cookies and HSTS."""
        return self.base_url.startswith("https://")

    @property
    def is_local(self) -> bool:
        """Whether both the listening address and the public address are loopback."""
        return is_loopback(self.host) and is_loopback(urlsplit(self.base_url).hostname)

    @property
    def setup_code(self) -> str:
        """What the first-run wizard asks for where it can be reached from outside: only who can
        read the server's own settings knows it."""
        return hmac.new(self.secret_key.encode(), b"setup", hashlib.sha256).hexdigest()[:10]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises SettingsError, naming the setting."""
        host = environment.get("HOST") or "127.0.0.1"
        try:
            port = int(environment.get("PORT") or 8000)
            if not 1 <= port <= 65535:
                raise ValueError(port)
        except ValueError:
            raise SettingsError("PORT — это число, например 8000.") from None
        base_url = (environment.get("BASE_URL") or f"http://{_in_address(host)}:{port}").rstrip("/")
        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
            raise SettingsError("BASE_URL пишут так: https://diary.example.org")
        database_url = environment.get("DATABASE_URL") or "sqlite:///var/listok.db"
        if urlsplit(database_url).scheme not in ("sqlite", "postgresql"):
            raise SettingsError("DATABASE_URL начинается с sqlite:/// или postgresql://")
        data_dir = Path(environment.get("DATA_DIR") or "var")
        settings = cls(
            host=host,
            port=port,
            database_url=database_url,
            data_dir=data_dir,
            secret_key=environment.get("SECRET_KEY") or _kept_secret(data_dir),
            base_url=base_url,
            smtp_url=environment.get("SMTP_URL") or None,
            sms_url=environment.get("SMS_URL") or None,
            demo=environment.get("DEMO", "") not in ("", "0"),
        )
        if settings.demo and not settings.is_local:
            raise SettingsError(
                "DEMO показывает пароли, поэтому с ним HOST и BASE_URL должны быть этим "
                "компьютером: уберите DEMO или слушайте 127.0.0.1."
            )
        return settings


def _in_address(host: str) -> str:
    """A host as an address names it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _kept_secret(data_dir: Path) -> str:
    """The secret of this installation, made on the first run and kept in DATA_DIR, mode 600."""
    path = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True)
    # Web and worker may start at once: the complete file is linked into place by one of them.
    if not path.exists():
        draft = data_dir / f"secret-key.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
