"""What stands in an extract or a written information, and how it is kept: pure.

The content is blocks of rules/flow.py as JSON, so that the same words come back in any size of
letters, also when the journal has changed since.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date

from school.rules.flow import Block, Heading, Paragraph, Table

EXTRACT, WRITTEN_INFORMATION = "extract", "written_information"
KINDS = (EXTRACT, WRITTEN_INFORMATION)
IN_PERSON, POST = "in_person", "post"
#: How it may reach the applicant: written information only «лично в руки заявителю»
#: (Регламент СОШ № 2, п. 3.6).
WAYS = {EXTRACT: (IN_PERSON, POST), WRITTEN_INFORMATION: (IN_PERSON,)}

LONGEST_SPAN_DAYS = 366


def pack(blocks: Sequence[Block]) -> str:
    """Blocks as text."""
    packed: list[dict[str, object]] = []
    for block in blocks:
        if isinstance(block, Table):
            packed.append({"caption": block.caption, "columns": block.columns, "rows": block.rows})
        elif isinstance(block, Heading):
            packed.append({"heading": block.text, "level": block.level})
        else:
            packed.append({"text": block.text})
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def unpack(text: str) -> tuple[Block, ...]:
    """The blocks that `pack` wrote."""
    blocks: list[Block] = []
    for item in json.loads(text):
        if "caption" in item:
            columns = tuple((title, share) for title, share in item["columns"])
            rows = tuple(tuple(row) for row in item["rows"])
            blocks.append(Table(item["caption"], columns, rows))
        elif "heading" in item:
            blocks.append(Heading(item["heading"], item["level"]))
        else:
            blocks.append(Paragraph(item["text"]))
    return tuple(blocks)


def checksum(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def span_problem(from_on: date, until_on: date, today: date) -> tuple[str, str]:
    """(field, what is wrong with the days that were asked for, in Russian); empty: nothing."""
    if until_on > today:
        return "until_on", "Этот день ещё не наступил: журнал за него пуст."
    if from_on > until_on:
        return "from_on", "Первый день позже последнего."
    if (until_on - from_on).days >= LONGEST_SPAN_DAYS:
        return "from_on", "Не больше года за раз: за другой год сделайте ещё одну бумагу."
    return "", ""


def gaps(ordinals: Sequence[int]) -> tuple[int, ...]:
    """Numbers that are missing between the first and the last of those given."""
    if not ordinals:
        return ()
    there = set(ordinals)
    return tuple(n for n in range(min(there), max(there)) if n not in there)
