"""A real screen reader, in Russian, on a screen that nobody sees.

Orca reads Debian's Chromium by the accessibility bus, keys come from the X server as from a
keyboard, and what would sound is written down. Each reader has a screen, a bus, a home and a
browser of its own, and all of them end with it.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import FLAGS, WHOLE_CHROMIUM

ORCA = Path(__file__).parent / "orca"
#: Orca is for Debian's own Python.
PYTHON = "/usr/bin/python3"
BUS_LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
#: Program → Debian package.
PROGRAMS = {
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus-daemon",
    BUS_LAUNCHER: "at-spi2-core",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "orca": "orca",
    str(WHOLE_CHROMIUM): "chromium",
}
#: The browser asks nothing of its own: no «save the password?», no «translate?».
PREFERENCES = {
    "credentials_enable_service": False,
    "profile": {"password_manager_enabled": False},
    "translate": {"enabled": False},
}
#: Generous: nothing waits so long but on a machine that is busy with other tests.
LONGEST = 30.0
#: Nothing new for so long: it has said all that it had to say.
SILENCE = 0.7


class ScreenReader:
    """Orca and the browser that it reads."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.said_file = folder / "said"
        self.said_file.touch()
        self.context: BrowserContext
        self.page: Page
        self._browser: Browser
        self._started: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "log").open("wb")
        #: How many sentences were there when the last key was pressed.
        self._before = 0
        for name in ("home", "run", "config", "data", "cache"):
            (folder / name).mkdir(mode=0o700)
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "LANG": "C.UTF-8",
            "LANGUAGE": "ru",
            "GSETTINGS_BACKEND": "memory",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ORCA_SAID": str(self.said_file),
        }

    # Starting and ending

    def start(self, chromium: Browser) -> None:
        """Everything that is between a page and an ear."""
        for program, package in PROGRAMS.items():
            if shutil.which(program) is None:
                pytest.fail(
                    f"{program} is not installed: apt-get install -y {package}", pytrace=False
                )
        size = ("-screen", "0", "1024x768x24", "-nolisten", "tcp")
        number = self._start_telling("Xvfb", "-displayfd", "{}", *size)
        self._environment["DISPLAY"] = f":{number}"
        bus = self._start_telling(
            "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address={}"
        )
        self._environment["DBUS_SESSION_BUS_ADDRESS"] = bus
        self._start(BUS_LAUNCHER, "--launch-immediately", "--screen-reader=1")
        # Without a window manager no window has the keyboard.
        self._start("openbox")
        self._start(PYTHON, str(ORCA / "start.py"), str(self.folder / "debug"))
        self.hears("Чтение с экрана включено")
        profile = self.folder / "browser"
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(json.dumps(PREFERENCES))
        self._start(
            str(WHOLE_CHROMIUM),
            *FLAGS,
            "--force-renderer-accessibility",
            # Nothing of the browser's own around the page.
            f"--app={self.url}/sign-in",
            # No bar about flags on top of the page.
            "--test-type",
            "--lang=ru",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        )
        listening = profile / "DevToolsActivePort"
        self._wait(lambda: listening.exists() and "\n" in listening.read_text(), "browser")
        port = listening.read_text().split()[0]
        self._browser = chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.context = self._browser.contexts[0]
        self.page = self.context.pages[0]
        self.opens("Вход в дневник и журнал")

    def _start(self, *command: str, **more: int | Sequence[int]) -> None:
        self._started.append(
            subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
                **more,
            )
        )

    def _start_telling(self, *command: str) -> str:
        """Start what writes its address to a file descriptor, once it is there."""
        reading, writing = os.pipe()
        self._start(*(word.format(writing) for word in command), pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as pipe:
            told = pipe.readline().strip()
        assert told, f"{command[0]} did not start: {self._complaints()}"
        return told

    def _complaints(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def end(self) -> None:
        """End all that was started, and whatever that has started in turn: it has our folder in
        its environment."""
        with suppress(Exception):
            self._browser.close()
        for process in reversed(self._started):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and list(self._ours()):
            for process in self._started:
                process.poll()
            time.sleep(0.05)
        for left in self._ours():
            with suppress(psutil.NoSuchProcess):
                left.kill()
        for process in self._started:
            process.wait()
        self._log.close()

    def _ours(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get("ORCA_SAID") == str(self.said_file):
                    yield process

    # Keys and ears

    @property
    def all_said(self) -> list[str]:
        """Every sentence from the beginning on; spaces are told as one."""
        lines = self.said_file.read_text(encoding="utf-8").split("\n")[:-1]
        told = (" ".join(json.loads(line).split()) for line in lines)
        return [words for words in told if words]

    @property
    def said(self) -> list[str]:
        """What was said since the last key."""
        return self.all_said[self._before :]

    def go(self, address: str) -> list[str]:
        """Open a page and wait until it is announced."""
        self._before = len(self.all_said)
        self.page.goto(self.url + address)
        return self.opens(self.page.title())

    def press_and_open(self, key: str, title: str) -> list[str]:
        """Press a key that leads to another page, and wait until that is announced."""
        self._before = len(self.all_said)
        self._xdotool("key", "--clearmodifiers", key)
        return self.opens(title)

    def reads(self, last: str) -> list[str]:
        """Let it read the whole page out by its own command, up to these words."""
        self.press("ctrl+Home")
        self._before = len(self.all_said)
        self._xdotool("key", "KP_Add")
        self.hears(last)
        return self.listen()

    def press(self, *keys: str) -> list[str]:
        """Press keys one after the other («Tab», «h», «Return»); what was said to the last."""
        for key in keys:
            self._before = len(self.all_said)
            self._xdotool("key", "--clearmodifiers", key)
            self.listen()
        return self.said

    def type(self, text: str) -> list[str]:
        """Type letters that are on the keyboard."""
        self._before = len(self.all_said)
        self._xdotool("type", "--delay", "40", text)
        return self.listen()

    def _xdotool(self, *words: str) -> None:
        command = ["xdotool", *words]
        subprocess.run(command, env=self._environment, check=True, timeout=LONGEST)

    def listen(self) -> list[str]:
        """Wait until it is silent; what was said since the last key."""
        deadline = time.monotonic() + LONGEST
        count, since = len(self.all_said), time.monotonic()
        while time.monotonic() < deadline:
            time.sleep(0.05)
            if len(self.all_said) != count:
                count, since = len(self.all_said), time.monotonic()
            elif time.monotonic() - since > SILENCE:
                break
        return self.said

    def hears(self, words: str) -> None:
        """Wait until that was said since the last key."""
        self._wait(lambda: words in " ".join(self.said), words)

    def hears_ever(self, words: str) -> None:
        """Wait until that was said since the page began to load: what the program says by
        itself comes among other things."""

        def since_page() -> str:
            said = self.all_said
            loads = [n for n, one in enumerate(said) if "веб-документ" in one]
            return " ".join(said[loads[-1] if loads else 0 :])

        self._wait(lambda: words in since_page(), words)

    def _wait(self, fact: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + LONGEST
        while not fact():
            assert time.monotonic() < deadline, f"never said «{what}»; said was: {self.said}"
            time.sleep(0.05)

    def opens(self, title: str) -> list[str]:
        """Wait until a page of that title is read out; what was said of it."""
        self.hears(f"Завершение загрузки {title}")
        return self.listen()

    def until(self, key: str, words: str, *, most: int = 60) -> list[str]:
        """Press a key until that is said; what was said to the last press."""
        heard = []
        for _ in range(most):
            said = self.press(key)
            heard += said
            if words in " ".join(said):
                return said
        raise AssertionError(f"«{words}» was not said after {most} times {key}: {heard}")


@contextmanager
def screen_reader(chromium: Browser, url: str) -> Iterator[ScreenReader]:
    """Orca, reading a browser of its own, with the sign-in page of the program open."""
    # Sockets have short names.
    with tempfile.TemporaryDirectory(prefix="orca", ignore_cleanup_errors=True) as folder:
        made = ScreenReader(Path(folder), url)
        try:
            made.start(chromium)
            yield made
        finally:
            made.end()
