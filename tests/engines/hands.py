"""Hands in old engines: one way to say what somebody does, whichever engine they have."""

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest
import websocket

from tests.chromium import CHROMIUM, FLAGS
from tests.engines import downloads
from tests.serving.running import free_port

HERE = Path(__file__).resolve().parent
EYES = (HERE / "eyes.js").read_text(encoding="utf-8")
PATIENCE = 20.0
PHONE, DESK = (360, 640), (1024, 768)
NARROW = (320, 640)


class NotYet(Exception):
    """The engine is between two pages."""


def program(name: str, package: str = "") -> str:
    """The path of a program that the tests drive."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed: apt-get install -y {package or name}", pytrace=False)
    return path


class Hand(ABC):
    """Somebody at a browser. Words are what stands at the thing that is meant."""

    url = ""
    #: Whether it runs the pages' own scripts.
    has_script = False
    #: What was seen to be wrong with how pages look, by the name of the look.
    faults: dict[str, list[str]]
    #: Where pictures of pages go.
    album: Path

    @abstractmethod
    def open(self, path: str) -> None: ...

    @abstractmethod
    def follow(self, words: str) -> None:
        """Go where a link leads."""

    @abstractmethod
    def press(self, words: str) -> None:
        """Press a button."""

    @abstractmethod
    def fill(self, label: str, text: str, *, row: str = "", nth: int = 1) -> None:
        """Type into a field, over what stands there. Where nothing shows its label it is the
        nth field after the words `row`."""

    @abstractmethod
    def words(self) -> str:
        """What can be read, in one line."""

    def resize(self, size: tuple[int, int]) -> None:  # noqa: B027
        """Another screen, where the engine has one of pixels."""

    @abstractmethod
    def look(self, name: str) -> None:
        """Keep a picture of the page, and what is wrong with it: overlaps, cuts, out of reach."""

    @abstractmethod
    def close(self) -> None: ...

    def mark_page(self) -> None:  # noqa: B027
        """Know this document again."""

    def is_marked_page(self) -> bool:
        """Whether a script changed the document instead of asking for another."""
        return False

    def shows(self, pattern: str) -> str:
        """Wait until the page shows it; what it shows then."""
        deadline = time.monotonic() + PATIENCE
        while True:
            shown = ""
            with suppress(NotYet):
                shown = self.words()
            if re.search(pattern, shown):
                return shown
            assert time.monotonic() < deadline, f"no {pattern!r} in: {shown[:3000]}"
            time.sleep(0.1)


class Pointing(Hand):
    """Whoever has pixels, a pointer and keys; and script, by which the tests look."""

    has_script = True

    def __init__(self, url: str, album: Path) -> None:
        self.url, self.album, self.faults = url, album, {}

    @abstractmethod
    def run(self, script: str) -> Any:
        """The value of an expression in the page; NotYet while there is none."""

    @abstractmethod
    def go(self, address: str) -> None: ...

    @abstractmethod
    def click(self, x: float, y: float) -> None: ...

    @abstractmethod
    def type(self, text: str) -> None: ...

    @abstractmethod
    def grab(self, file: Path) -> None: ...

    def eyes(self, call: str, *arguments: str) -> Any:
        given = ", ".join(json.dumps(one) for one in arguments)
        return self.run(f"(function () {{ {EYES}\nreturn window.eyes.{call}({given}); }}())")

    def open(self, path: str) -> None:
        self.go(self.url + path)
        self._wait(lambda: self.run("document.readyState") == "complete", path)

    def follow(self, words: str) -> None:
        self._point("link", words)

    def press(self, words: str) -> None:
        self._point("button", words)

    def fill(self, label: str, text: str, *, row: str = "", nth: int = 1) -> None:
        del row, nth  # its label can be asked for
        self._point("field", label)
        assert self.eyes("ready", label), label
        self.type(text)
        # Keys go their own way to the page.
        self._wait(lambda: self.eyes("value", label) == text, f"«{text}» in «{label}»")

    def words(self) -> str:
        return str(self.eyes("words"))

    def look(self, name: str) -> None:
        self.grab(self.album / f"{name}.png")
        self.faults[name] = list(self.eyes("faults"))

    def mark_page(self) -> None:
        self.run("window.stays = true")

    def is_marked_page(self) -> bool:
        return bool(self.run("Boolean(window.stays)"))

    def _point(self, kind: str, words: str) -> None:
        place: list[float] = []

        def there() -> bool:
            place[:] = self.eyes("aim", kind, words) or []
            return bool(place)

        self._wait(there, f"{kind} «{words}»")
        self.click(*place)

    def _wait(self, fact: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(NotYet):
                if fact():
                    return
            assert time.monotonic() < deadline, f"no {what} in: {self.words()[:3000]}"
            time.sleep(0.1)


class PhantomJS(Pointing):
    """PhantomJS 2.1.1 by the WebDriver it has built in; clicks and keys are the engine's own."""

    def __init__(self, url: str, album: Path) -> None:
        super().__init__(url, album)
        port = free_port()
        self.process = subprocess.Popen(
            [str(downloads.phantomjs()), f"--webdriver=127.0.0.1:{port}",
             "--webdriver-loglevel=NONE", "--cookies-file=", "--disk-cache=false"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=album,
            env={**os.environ, "OPENSSL_CONF": "/dev/null"},
        )  # fmt: skip
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.session = ""
        _try_until(lambda: self._ask("GET", "/status"))
        self.session = (
            "/session/"
            + self._ask("POST", "/session", {"desiredCapabilities": {}}, whole=True)["sessionId"]
        )
        self.resize(PHONE)

    def run(self, script: str) -> Any:
        # Not WebDriver's own «execute»: the pages' policy forbids what it does.
        said = self._of_page(
            "return this.evaluateJavaScript(arguments[0])",
            f"function () {{ return JSON.stringify([{script}]); }}",
        )
        if not said:
            raise NotYet(script[-200:])
        return json.loads(said)[0]

    def go(self, address: str) -> None:
        self._ask("POST", "/url", {"url": address})

    def click(self, x: float, y: float) -> None:
        self._of_page("this.sendEvent('click', arguments[0], arguments[1])", x, y)

    def type(self, text: str) -> None:
        self._of_page("this.sendEvent('keypress', arguments[0])", text)

    def resize(self, size: tuple[int, int]) -> None:
        self._of_page("this.viewportSize = {width: arguments[0], height: arguments[1]}", *size)

    def grab(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def close(self) -> None:
        self.connection.close()
        _end(self.process)

    def _of_page(self, script: str, *arguments: Any) -> Any:
        return self._ask("POST", "/phantom/execute", {"script": script, "args": list(arguments)})

    def _ask(self, method: str, path: str, body: Any = None, *, whole: bool = False) -> Any:
        data = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, self.session + path, data)
            answer = json.loads(self.connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        if answer["status"] != 0:
            raise NotYet(answer["value"].get("message", answer))
        return answer if whole else answer["value"]


class DevTools(Pointing):
    """A Chromium of any year by its DevTools, without a library that knows only new ones."""

    def __init__(self, url: str, album: Path, executable: Path, *flags: str) -> None:
        super().__init__(url, album)
        port = free_port()
        profile = album / "profile"
        self.process = self.start(executable, port, profile, flags)
        self._number = 0
        pages = _try_until(lambda: self._pages(port))
        self.socket = websocket.create_connection(
            pages[0]["webSocketDebuggerUrl"], timeout=60, suppress_origin=True
        )
        self.tell("Page.enable")
        self.resize(PHONE)

    def start(
        self, executable: Path, port: int, profile: Path, flags: tuple[str, ...]
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [str(executable), "--headless", f"--remote-debugging-port={port}",
             f"--user-data-dir={profile}", "--disable-dev-shm-usage",
             "--remote-allow-origins=*", *FLAGS, *flags, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    @staticmethod
    def _pages(port: int) -> list[dict[str, str]]:
        with urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        if not pages:
            raise OSError("no page yet")
        return pages

    def run(self, script: str) -> Any:
        said = self.tell("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in said or said.get("wasThrown"):
            raise NotYet(str(said)[:500])
        return said["result"].get("value")

    def go(self, address: str) -> None:
        self.run("window.leaves = true")
        self.tell("Page.navigate", url=address)
        self._wait(lambda: not self.run("Boolean(window.leaves)"), address)

    def click(self, x: float, y: float) -> None:
        for what in ("mousePressed", "mouseReleased"):
            self.tell(
                "Input.dispatchMouseEvent", type=what, x=int(x), y=int(y), button="left",
                clickCount=1,
            )  # fmt: skip

    def type(self, text: str) -> None:
        for letter in text:
            self.tell(
                "Input.dispatchKeyEvent", type="keyDown", text=letter, unmodifiedText=letter,
                key=letter,
            )  # fmt: skip
            self.tell("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def resize(self, size: tuple[int, int]) -> None:
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
            deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def grab(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self.tell("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        self.socket.close()
        _end(self.process)

    def tell(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        number = self._number
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("id") == number:
                break
        if "error" in said:
            raise NotYet(str(said["error"]))
        return said["result"]


class Window:
    """A view of Qt in a process of its own (qt_window.py), told line by line what to do."""

    def __init__(self, python: str, environment: dict[str, str], kind: str, log: Path) -> None:
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [python, str(HERE / "qt_window.py"), kind],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                env={**os.environ, **environment},
            )  # fmt: skip
        self.log = log
        assert self.tell("start") == "ready", log.read_text()

    def tell(self, what: str, *arguments: Any) -> Any:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps([what, *arguments]).encode() + b"\n")
        stdin.flush()
        line = stdout.readline()
        assert line, f"the window is gone:\n{self.log.read_text()[-2000:]}"
        return json.loads(line)

    def close(self) -> None:
        _end(self.process)


class QtWebKit(Pointing):
    """QtWebKit 602.1, the engine of Debian's wkhtmltopdf, in a window of its own."""

    def __init__(self, url: str, album: Path) -> None:
        super().__init__(url, album)
        python = "/usr/bin/python3"
        try:
            self.window = Window(
                python, {"QT_QPA_PLATFORM": "offscreen"}, "webkit", album / "window.log"
            )
        except AssertionError as error:
            pytest.fail(f"apt-get install -y python3-pyqt5.qtwebkit\n{error}", pytrace=False)
        self.resize(PHONE)

    def run(self, script: str) -> Any:
        said = self.window.tell("run", f"JSON.stringify([{script}])")
        if not said:
            raise NotYet(script[-200:])
        return json.loads(said)[0]

    def go(self, address: str) -> None:
        self.run("window.leaves = true")
        self.window.tell("go", address)
        self._wait(lambda: not self.run("Boolean(window.leaves)"), address)

    def click(self, x: float, y: float) -> None:
        self.window.tell("click", x, y)

    def type(self, text: str) -> None:
        self.window.tell("type", text)

    def resize(self, size: tuple[int, int]) -> None:
        self.window.tell("resize", *size)

    def grab(self, file: Path) -> None:
        self.window.tell("grab", str(file))

    def close(self) -> None:
        self.window.close()


class Chromium56(DevTools):
    """The engine of Qt 5.9 in a window on a screen that nobody sees; it has DevTools, but they
    take no pictures yet."""

    def start(
        self, executable: Path, port: int, profile: Path, flags: tuple[str, ...]
    ) -> "subprocess.Popen[bytes]":
        del flags
        read, write = os.pipe()
        self.screen = subprocess.Popen(
            [program("Xvfb", "xvfb"), "-displayfd", str(write), "-screen", "0", "1280x1024x24"],
            pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            display = pipe.readline().strip()
        self.window = Window(
            sys.executable,
            {
                "PYTHONPATH": str(executable),
                "DISPLAY": f":{display}",
                "QT_QPA_PLATFORM": "xcb",
                "QTWEBENGINE_DISABLE_SANDBOX": "1",
                "QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{port}",
                "XDG_DATA_HOME": str(profile),
                "XDG_RUNTIME_DIR": str(profile.parent),
            },
            "webengine",
            profile.parent / "window.log",
        )
        return self.window.process

    def resize(self, size: tuple[int, int]) -> None:
        self.window.tell("resize", *size)

    def click(self, x: float, y: float) -> None:
        time.sleep(0.3)  # a page that was not painted yet hears nothing
        super().click(x, y)

    def grab(self, file: Path) -> None:
        time.sleep(0.3)  # what it painted last may be of the page before
        self.window.tell("grab", str(file))

    def close(self) -> None:
        super().close()
        _end(self.screen)


def of_today(url: str, album: Path) -> Hand:
    return DevTools(url, album, CHROMIUM)


def on_a_slow_line(url: str, album: Path) -> Hand:
    """Chromium of today at 50 kbit/s with a round trip of half a second."""
    hand = DevTools(url, album, CHROMIUM)
    hand.tell("Network.enable")
    hand.tell(
        "Network.emulateNetworkConditions", offline=False, latency=500,
        downloadThroughput=50_000 / 8, uploadThroughput=50_000 / 8,
    )  # fmt: skip
    return hand


def chromium_109(url: str, album: Path) -> Hand:
    return DevTools(url, album, downloads.chromium_of(downloads.CHROMIUM_109))


def chromium_69(url: str, album: Path) -> Hand:
    return DevTools(url, album, downloads.chromium_of(downloads.CHROMIUM_69))


def chromium_56(url: str, album: Path) -> Hand:
    return Chromium56(url, album, downloads.qt_5_9())


def _try_until(fact: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return fact()
        except OSError:
            assert time.monotonic() < deadline, "the engine does not start"
            time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With all that it started: Debian's Chromium is a shell script around another."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.terminate()
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
