"""Text browsers in a terminal of tmux, typed key by key."""

import os
import re
import shlex
import subprocess
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.engines.hands import Hand, program

WAIT = 15.0
COLUMNS, ROWS = 100, 60
_numbers = count(1)


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, place: Path, command: Sequence[str], rows: int = ROWS) -> None:
        self.tmux = [program("tmux"), "-u", "-S", str(place / f"t{next(_numbers)}")]
        subprocess.run(
            [*self.tmux, "-f", "/dev/null", "new-session", "-d", "-s", "text",
             "-x", str(COLUMNS), "-y", str(rows), shlex.join(command)],
            check=True, timeout=10,
            env={"PATH": os.environ["PATH"], "HOME": str(place), "LC_ALL": "C.UTF-8",
                 "TERM": "screen"},
        )  # fmt: skip

    def keys(self, *keys: str) -> None:
        """Press keys by their tmux names: Enter, Tab, C-u."""
        self._send(*keys)

    def type(self, text: str) -> None:
        self._send("-l", "--", text)

    def _send(self, *words: str) -> None:
        subprocess.run([*self.tmux, "send-keys", "-t", "text", *words], check=True, timeout=10)

    @property
    def screen(self) -> str:
        return subprocess.run(
            [*self.tmux, "capture-pane", "-p", "-t", "text"],
            check=True, capture_output=True, text=True, timeout=10,
        ).stdout  # fmt: skip

    @property
    def last_line(self) -> str:
        lines = self.screen.rstrip("\n").splitlines()
        return lines[-1] if lines else ""

    def wait_for(self, pattern: str) -> str:
        """Wait until the screen shows it."""
        deadline = time.monotonic() + WAIT
        while not re.search(pattern, self.screen):
            assert time.monotonic() < deadline, f"no {pattern!r} on the screen:\n{self.screen}"
            time.sleep(0.05)
        return self.screen

    def wait_for_last_line(self, pattern: str) -> None:
        deadline = time.monotonic() + WAIT
        while not re.search(pattern, self.last_line):
            assert time.monotonic() < deadline, f"no {pattern!r} at the bottom:\n{self.screen}"
            time.sleep(0.05)

    def settle(self) -> None:
        """Wait until the screen stands still."""
        before = ""
        for _ in range(60):
            time.sleep(0.08)
            now = self.screen
            if now == before:
                return
            before = now

    def end(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], check=False, timeout=10)


class W3m(Terminal):
    """w3m. What it opens in an editor (texts of several lines) becomes `editor_writes`."""

    def __init__(self, place: Path, address: str, editor_writes: str = "") -> None:
        self.editor = place / "editor"
        self.edits(editor_writes)
        super().__init__(
            place,
            [program("w3m"), "-cookie", "-o", f"editor={self.editor}", "-o", "confirm_qq=0",
             "-o", "display_charset=UTF-8", address],
        )  # fmt: skip

    def edits(self, text: str) -> None:
        self.editor.write_text(
            f'#!/bin/sh\nprintf "%s" {shlex.quote(text)} > "$1"\n: > "$0.done"\n'
        )
        self.editor.chmod(0o755)
        self.edited.unlink(missing_ok=True)

    @property
    def edited(self) -> Path:
        """There once the editor wrote."""
        return self.editor.with_name("editor.done")

    def find(self, text: str) -> None:
        """From the top of the page, put the cursor on a text."""
        self.keys("g")
        self.type("/")
        self.wait_for_last_line("Forward:")
        self.type(text)
        self.keys("Enter")
        self.settle()

    def follow(self, text: str) -> None:
        """Follow the link with this text, or press this button."""
        self.find(text)
        self.keys("Enter")

    def fill(self, text: str) -> None:
        """Type into the line of the form under the cursor."""
        self.keys("Enter")
        self.wait_for_last_line("TEXT|PASSWORD|Text|Password|:")
        self.keys("C-u")
        self.type(text)
        self.keys("Enter")
        self.settle()


class TextHand(Hand):
    """What both text browsers have in common."""

    terminal: Terminal

    def __init__(self, url: str, album: Path) -> None:
        self.url, self.album, self.faults = url, album, {}

    def words(self) -> str:
        return " ".join(re.sub(r"\[\d+\]|_{2,}", " ", self.terminal.screen).split())

    def look(self, name: str) -> None:
        screen = self.terminal.screen
        (self.album / f"{name}.txt").write_text(screen, encoding="utf-8")
        self.faults[name] = [
            f"letters that cannot be read: {line.strip()}"
            for line in screen.splitlines()
            if "\ufffd" in line
        ]

    def close(self) -> None:
        self.terminal.end()


class W3mHand(TextHand):
    """w3m 0.5.3: no script, no style sheet."""

    terminal: W3m

    def open(self, path: str) -> None:
        if not hasattr(self, "terminal"):
            self.terminal = W3m(self.album, self.url + path)
            return
        self.terminal.keys("U")
        self.terminal.wait_for_last_line("Goto URL")
        self.terminal.keys("C-u")
        self.terminal.type(self.url + path)
        self.terminal.keys("Enter")
        self.terminal.settle()

    def follow(self, words: str) -> None:
        self.terminal.follow(words)
        self.terminal.settle()

    def press(self, words: str) -> None:
        # The heading or the menu may say the same: a button is the last that does.
        self.terminal.keys("G", "$")
        self.terminal.type("?")
        self.terminal.wait_for_last_line("Backward:")
        self.terminal.type(words)
        self.terminal.keys("Enter")
        self.terminal.settle()
        self.terminal.keys("Enter")

    def fill(self, label: str, text: str, *, row: str = "", nth: int = 1) -> None:
        self.terminal.edits(text)
        self.terminal.find(row or label)
        for _ in range(nth):
            self.terminal.keys("Tab")
        self.terminal.keys("Enter")
        deadline = time.monotonic() + WAIT
        while not self.terminal.edited.exists():
            if re.match("TEXT:|Password:", self.terminal.last_line):
                self.terminal.keys("C-u")
                self.terminal.type(text)
                self.terminal.keys("Enter")
                break
            assert time.monotonic() < deadline, f"no field at {label}:\n{self.terminal.screen}"
            time.sleep(0.03)
        self.terminal.settle()


class LynxHand(TextHand):
    """Lynx 2.9, its links and fields by their numbers."""

    def open(self, path: str) -> None:
        if not hasattr(self, "terminal"):
            settings = self.album / "lynx.cfg"
            settings.write_text(
                "ACCEPT_ALL_COOKIES:TRUE\nCHARACTER_SET:utf-8\nFORCE_SSL_PROMPT:yes\n"
                "DEFAULT_KEYPAD_MODE:LINKS_AND_FIELDS_ARE_NUMBERED\nPERSISTENT_COOKIES:FALSE\n"
            )
            # A screen that holds any of the pages whole: a number is then all it takes.
            self.terminal = Terminal(
                self.album,
                [program("lynx"), f"-cfg={settings}", "-nopause", "-tna", "-noreferer",
                 self.url + path],
                rows=150,
            )  # fmt: skip
            return
        self.terminal.keys("g")
        self.terminal.wait_for("URL to open")
        self.terminal.keys("C-u")
        self.terminal.type(self.url + path)
        self.terminal.keys("Enter")
        self.terminal.settle()

    def follow(self, words: str) -> None:
        self._go(self._numbers(words)[0])
        self.terminal.settle()

    def press(self, words: str) -> None:
        self._go(self._numbers(words)[-1])
        self.terminal.wait_for("submit button")
        self.terminal.keys("Enter")
        self.terminal.settle()

    def fill(self, label: str, text: str, *, row: str = "", nth: int = 1) -> None:
        self.terminal.settle()
        screen = self.terminal.screen
        after = screen[screen.index(row or label) :]
        number = re.findall(r"\[(\d+)\]", after)[nth - 1]
        self.terminal.type(f"{number}g")
        self.terminal.keys("Enter")
        self.terminal.wait_for("Inactive")
        self.terminal.keys("Enter")
        self.terminal.wait_for(r"tab to move off|tab key|Tab|Enter text")
        self.terminal.keys("C-u")
        self.terminal.type(text)
        self.terminal.settle()
        self.terminal.keys("Tab")
        self.terminal.settle()

    def _numbers(self, words: str) -> list[str]:
        self.terminal.settle()
        found = re.findall(rf"\[(\d+)\](?:BUTTON\))?\s*{re.escape(words)}", self.terminal.screen)
        assert found, f"no «{words}» to go to on:\n{self.terminal.screen}"
        return found

    def _go(self, number: str) -> None:
        self.terminal.type(number)
        self.terminal.keys("Enter")
