"""docs/engines.md: who can do what in which engine, as the last whole run of `make soak` saw it."""

from tests.engines import ENGINES
from tests.engines.tasks import TASKS
from tests.house.files import ROOT

FILE = ROOT / "docs" / "engines.md"
LOOKS = "looks"
COLUMNS = (*TASKS, LOOKS)

HEAD = """\
# Engines and tasks

What somebody can do in a real engine of that age, written by the last whole run of `make soak`
(`tests/soak/test_engines_soak.py`): each cell was done by pointer and keys, and believed when the
database held it. `make test` does all tasks in PhantomJS, and the main ones
in w3m.

«By script» is htmx within the page, «by link» a whole page; marks are «each saved when left» by
`register.js`, or go «into one form» with its button. Under «looks» stands in how many pictures
(360, 1024 and 320 px wide) nothing overlapped, was cut, stuck out or could not be pointed at; of a
text browser, how many screens had no letter that cannot be read.

"""


def render(cells: dict[str, dict[str, str]]) -> str:
    """The file for cells by engine and column."""
    lines = [
        "| engine | " + " | ".join(COLUMNS) + " |",
        "| --- " * (len(COLUMNS) + 1) + "|",
        *(
            f"| {name} | " + " | ".join(row[column] for column in COLUMNS) + " |"
            for name, row in cells.items()
        ),
    ]
    return HEAD + "\n".join(lines) + "\n"


def parse(text: str) -> dict[str, dict[str, str]]:
    """The cells of the file."""
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    head, _, *body = rows
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}


def is_whole(cells: dict[str, dict[str, str]]) -> bool:
    """Every engine, every column, no empty cell."""
    return list(cells) == list(ENGINES) and all(
        list(row) == list(COLUMNS) and all(row.values()) for row in cells.values()
    )
