"""Words that people type for a public page: paragraphs, lists and addresses, nothing else (A14).

No HTML is taken: what looks like it is shown as it was typed.
"""

import re
from dataclasses import dataclass

#: A paragraph is split by an empty line; «- » begins a line of a list.
_ITEM = re.compile(r"^\s*[-–—•*]\s+(.*)$")
_ADDRESS = re.compile(r"https?://[^\s<>«»\"']+")
#: What ends a sentence does not belong to the address before it.
_AFTER = ".,;:!?)"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words, or an address that leads somewhere."""

    words: str
    address: str = ""


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (one line), or a list."""

    is_list: bool
    lines: tuple[Line, ...]


def read_blocks(text: str) -> tuple[Block, ...]:
    """The paragraphs and lists of a text, in order."""
    blocks: list[Block] = []
    words: list[str] = []
    items: list[str] = []

    def end() -> None:
        if words:
            blocks.append(Block(False, (_pieces(" ".join(words)),)))
        if items:
            blocks.append(Block(True, tuple(_pieces(item) for item in items)))
        words.clear()
        items.clear()

    for line in text.splitlines():
        item = _ITEM.match(line)
        if item and item[1].strip():
            if words:
                end()
            items.append(item[1].strip())
        elif not line.strip():
            end()
        elif items:
            # A long item goes on in the next line.
            items[-1] += f" {line.strip()}"
        else:
            words.append(line.strip())
    end()
    return tuple(blocks)


def _pieces(line: str) -> Line:
    found: list[Piece] = []
    place = 0
    for match in _ADDRESS.finditer(line):
        address = match[0].rstrip(_AFTER)
        if address.partition("//")[2] == "":
            continue
        if match.start() > place:
            found.append(Piece(line[place : match.start()]))
        found.append(Piece(address, address))
        place = match.start() + len(address)
    if place < len(line):
        found.append(Piece(line[place:]))
    return tuple(found)
