"""What a walk through the regulations needs: the program under a clock that the test sets, a
school under one of the five, and somebody with a browser of their own."""

import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from PIL import Image

from school import clock
from school.actions.history import Act
from school.actions.regulations import start_regulation
from school.database import database, ensure_connection
from school.models import RegulationAct, School
from tests.browser.conftest import Device
from tests.town import PASSWORD, Town, build_town


@dataclass
class SetClock:
    """The clock of the program, which runs in this process."""

    zone: str
    moment: datetime = field(init=False)

    def set(self, local: str) -> None:
        """«2026-04-30T12:00», where the school is."""
        self.moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(self.zone))

    @property
    def day(self) -> str:
        return f"{self.moment:%d.%m.%Y}"


def set_clock(monkeypatch: pytest.MonkeyPatch, local: str, zone: str) -> SetClock:
    """Let the program believe that it is that time."""
    made = SetClock(zone)
    made.set(local)
    monkeypatch.setattr(clock, "now", lambda: made.moment.astimezone(ZoneInfo("UTC")))
    return made


def build_school(regulation: str, zone: str) -> Town:
    """The town whose first school is under one of the five regulations."""
    with database.atomic():
        town = build_town()
        School.update(regulation=regulation, time_zone=zone).where(
            School.id == town.school
        ).execute()
        # What it began under stays as somebody else's, for versions are never deleted.
        RegulationAct.update(school=None, template="none").where(
            RegulationAct.school == town.school
        ).execute()
        start_regulation(School.get_by_id(town.school.id), act=Act(clock.now(), None))
    return town


@dataclass
class People:
    """Everybody of a walk, each with a browser; who comes on another day signs in again."""

    device: Callable[..., Device]
    clock: SetClock
    own: dict[str, Device] = field(default_factory=dict)
    came: dict[str, str] = field(default_factory=dict)

    def at(self, login: str, path: str = "/", password: str = PASSWORD) -> Any:
        """The page of somebody who is signed in, at an address."""
        found = self.own.get(login) or self.device(360, script=False)
        self.own[login] = found
        if self.came.get(login) != self.clock.day:
            self.came[login] = self.clock.day
            found.context.clear_cookies()
            found.open("/sign-in")
            found.page.get_by_label("Логин").fill(login)
            found.page.get_by_label("Пароль", exact=True).fill(password)
            found.page.get_by_role("button", name="Войти").click()
            found.page.wait_for_url(lambda address: "/sign-in" not in address)
        found.open(path)
        found.fits()
        return found.page


def scan(image: Image.Image) -> str:
    """What a phone's camera reads of a picture."""
    (found,) = zxingcpp.read_barcodes(image)
    return str(found.text)


def scan_page(png: bytes) -> str:
    """The same of a picture in a page."""
    return scan(Image.open(io.BytesIO(png)).convert("L"))


def scan_paper(pdf: bytes, folder: Path) -> str:
    """The same of a sheet that was printed, at the resolution of a cheap printer."""
    (folder / "slip.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-gray", "-r", "150", "-singlefile", "-png", "slip.pdf", "slip"]
    subprocess.run(command, cwd=folder, check=True)
    return scan_page((folder / "slip.png").read_bytes())


def fresh() -> None:
    """See what the program wrote meanwhile."""
    database.close()
    ensure_connection()
