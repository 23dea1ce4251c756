"""The text of a regulation: reading it with line numbers, and changing single lines of it.

The text is TOML, one thing a line, so that a deputy head can read it, each line with its
comment, and so that an error can name its line.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

_SECTION = re.compile(r"^\s*\[([A-Za-z0-9_.-]+)\]\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
#: A whole regulation is a few pages.
LONGEST_TEXT = 60_000


class RegulationError(Exception):
    """A regulation's text is wrong: in which line (0: in none alone), and why, in Russian."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"строка {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


class RegulationText:
    """A text with its sections and keys, each with the number of its line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values = _read(text)
        self._lines: dict[tuple[str, str], int] = {}
        for number, section, key in _keys(text):
            self._lines.setdefault((section, key), number)

    def line(self, section: str, key: str = "") -> int:
        """The line of a key (or of the section it is), else of its section, else 0."""
        of_its_own = f"{section}.{key}" if section and key else section or key
        places = ((section, key), (of_its_own, ""), (section, ""))
        return next((self._lines[place] for place in places if place in self._lines), 0)

    def has_line(self, section: str, key: str) -> bool:
        return (section, key) in self._lines

    def wrong(self, section: str, key: str, reason: str) -> RegulationError:
        return RegulationError(self.line(section, key), reason)

    def section(self, name: str) -> dict[str, Any]:
        """The keys of a section «a» or «a.b»; empty where it is not there."""
        found: Any = self.values
        for part in name.split("."):
            found = found.get(part, {}) if isinstance(found, dict) else found
        if not isinstance(found, dict):
            raise self.wrong("", name, f"«{name}» — это раздел, пишите его заголовком [{name}]")
        return found


def _keys(text: str) -> list[tuple[int, str, str]]:
    """(line, section, key) of every header (key "") and every key."""
    found = []
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _SECTION.match(line), _KEY.match(line)
        if header:
            section = header[1]
            found.append((number, section, ""))
        elif key:
            found.append((number, section, key[1]))
    return found


def _read(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_TEXT:
        raise RegulationError(0, f"текст длиннее {LONGEST_TEXT} знаков")
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        last = len(text.splitlines())
        line = int(place[1]) if place and place[1] else last
        words = str(error).partition(" (at ")[0]
        # The commonest slip has a name of its own.
        if "overwrite" in words or "twice" in words:
            words = "это уже было выше"
        raise RegulationError(line, f"запись не читается ({words})") from None
    except RecursionError:
        raise RegulationError(0, "слишком много вложенных скобок") from None


def with_lines(text: str, section: str, changes: Mapping[str, str | None]) -> str:
    """The text with keys of a section written anew: key → what stands after «=», or None to
    take the line out. Comments stay; keys that are new go to the section's end."""
    lines = text.replace("\r\n", "\n").splitlines()
    left = dict(changes)
    found: list[str] = []
    present, end = "", None
    for line in lines:
        header, key = _SECTION.match(line), _KEY.match(line)
        if header:
            present = header[1]
        if present == section and key and not header and key[1] in left:
            value = left.pop(key[1])
            if value is not None:
                found.append(f"{key[1]} = {value}")
                end = len(found)
            continue
        found.append(line)
        if present == section and line.strip() and not line.lstrip().startswith("#"):
            end = len(found)
    new = [f"{key} = {value}" for key, value in left.items() if value is not None]
    if new and end is None:
        found += ["", f"[{section}]"]
        end = len(found)
    if new and end is not None:
        found[end:end] = new
    return "\n".join(found) + "\n"


def quoted(words: str) -> str:
    """A text as a TOML string."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return '"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"'
