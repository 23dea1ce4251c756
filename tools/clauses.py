"""Makes docs/clauses.md: clause → row → page → test. `make clauses`; `--check` only compares.

Clauses come from docs/clauses.toml, what is built from docs/requirements.md, and the tests from
`@pytest.mark.clause("S2 2.2")` in their source, without running anything.
"""

import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.requirements import BUILT, ROOT, Row, find_tests, list_rows

LIST, TABLE = ROOT / "docs" / "clauses.toml", ROOT / "docs" / "clauses.md"

HEAD = """\
# The five regulations, clause by clause

Clause → row of [requirements.md](requirements.md) → page → tests that name the clause
(`@pytest.mark.clause("S2 2.2")`). Made by `make clauses` of [clauses.toml](clauses.toml) and of
the tests; a test holds that this file is what the command makes. `built`: a person can do it;
in brackets what is still missing. `later`: the program does not do it yet, and says so here.
A clause marked ⏱ sets a term.
"""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of one of the five regulations."""

    #: «S2 2.2».
    key: str
    says: str
    rows: tuple[str, ...]
    pages: tuple[str, ...]
    #: The row whose term it sets, or empty.
    term: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A regulation with its clauses, in the order of its text."""

    key: str
    name: str
    template: str
    clauses: tuple[Clause, ...]


def read_texts(source: str) -> tuple[Text, ...]:
    """The regulations of docs/clauses.toml."""
    return tuple(
        Text(
            key,
            text["name"],
            text["template"],
            tuple(
                Clause(
                    f"{key} {name}",
                    line["says"],
                    tuple(line["rows"]),
                    tuple(line["pages"]),
                    line.get("term", ""),
                )
                for name, line in text["clauses"].items()
            ),
        )
        for key, text in tomllib.loads(source).items()
    )


def state_of(clause: Clause, rows: Mapping[str, Row]) -> str:
    """«built», «built (B12: messages later)», «B1 built; F1 later», or that it asks nothing.
    Raises KeyError for a row that is none."""
    if not clause.rows:
        return "nothing to do"
    by_state: dict[str, list[str]] = defaultdict(list)
    for row_id in clause.rows:
        by_state[rows[row_id].state].append(row_id)
    notes = [f"{r}: {rows[r].missing}" for r in by_state[BUILT] if rows[r].missing]
    if len(by_state) > 1 and by_state[BUILT]:
        said = "; ".join(f"{', '.join(ids)} {state}" for state, ids in by_state.items() if ids)
    else:
        said = rows[clause.rows[0]].state
    return f"{said} ({'; '.join(notes)})" if notes else said


def make_table(
    texts: Iterable[Text], rows: Mapping[str, Row], tests: Mapping[str, Iterable[str]]
) -> str:
    """The text of docs/clauses.md."""
    parts = [HEAD]
    for text in texts:
        parts.append(f"\n## {text.key}: {text.name}\n")
        parts.append("| clause | what | rows | state | pages | tests |")
        parts.append("| --- | --- | --- | --- | --- | --- |")
        for clause in text.clauses:
            cells = (
                clause.key.removeprefix(f"{text.key} ") + (" ⏱" if clause.term else ""),
                clause.says,
                " ".join(clause.rows) or "—",
                state_of(clause, rows),
                "<br>".join(f"`{page}`" for page in clause.pages) or "—",
                "<br>".join(f"`{test}`" for test in _short(tests.get(clause.key, ()))) or "—",
            )
            parts.append(f"| {' | '.join(cells)} |")
    return "\n".join(parts) + "\n"


def _short(tests: Iterable[str]) -> list[str]:
    """Without the folder that all share, each once."""
    return list(dict.fromkeys(test.removeprefix("tests/") for test in tests))


def read_rows() -> dict[str, Row]:
    """The rows of docs/requirements.md by their id."""
    found = list_rows((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8"))
    return {row.row_id: row for row in found}


def make() -> str:
    """The table as it has to be now."""
    texts = read_texts(LIST.read_text(encoding="utf-8"))
    return make_table(texts, read_rows(), find_tests(ROOT / "tests", "clause"))


def main() -> None:
    made = make()
    if "--check" not in sys.argv:
        TABLE.write_text(made, encoding="utf-8")
    elif TABLE.read_text(encoding="utf-8") != made:
        raise SystemExit("docs/clauses.md is stale: make clauses")


if __name__ == "__main__":
    main()
