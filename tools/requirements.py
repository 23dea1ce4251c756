"""Prints row → tests, and the rows that have none: `make requirements`.

Rows are read from docs/requirements.md, tests from `@pytest.mark.requirement("A4")` in their
source, without running anything.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT, LATER = "built", "later"
_ROW = re.compile(r"^\| ([A-H]\d+) \| (.+?) \| (built|later)(?: \((.+)\))? \|$")


@dataclass(frozen=True, slots=True)
class Row:
    row_id: str
    text: str
    state: str
    #: What is not there yet of a row that is built.
    missing: str = ""


def list_rows(table: str) -> list[Row]:
    """The rows of docs/requirements.md. Raises ValueError for a line that is none."""
    rows = []
    for line in table.splitlines():
        if line.startswith(("| ID |", "| --- |")) or not line.startswith("|"):
            continue
        match = _ROW.match(line)
        if match is None:
            raise ValueError(f"no row of the table: {line}")
        rows.append(Row(match[1], match[2], match[3], match[4] or ""))
    return rows


def list_markers(source: str, name: str, marker: str = "requirement") -> list[tuple[str, str]]:
    """Pairs of row (or clause) and test in a module's source. Raises ValueError for a marker
    whose row is not written out."""
    return list(_markers(ast.parse(source, name), name, marker))


def _markers(node: ast.AST, name: str, marker: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in child.decorator_list:
                for row_id in _named_rows(decorator, marker):
                    yield row_id, f"{name}::{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from _markers(child, f"{name}::{child.name}", marker)
        elif isinstance(child, ast.Assign | ast.Expr):
            # pytestmark of a module, or a marker on one set of parameters.
            for row_id in _named_rows(child, marker):
                yield row_id, name


def _named_rows(node: ast.AST, marker: str) -> Iterator[str]:
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == marker
        ):
            for argument in call.args:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    raise ValueError(f"line {call.lineno}: write the row's name out")
                yield argument.value


def find_tests(tests: Path, marker: str = "requirement") -> dict[str, list[str]]:
    """Row (or clause) → the tests that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(tests.rglob("test_*.py")):
        name = path.relative_to(tests.parent).as_posix()
        for row_id, test in list_markers(path.read_text(encoding="utf-8"), name, marker):
            found[row_id].append(test)
    return found


def main() -> None:
    rows = list_rows((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8"))
    tests = find_tests(ROOT / "tests")
    for row in rows:
        if row.row_id in tests:
            print(f"{row.row_id} ({row.state}): {row.text}")
            for test in tests[row.row_id]:
                print(f"    {test}")
    bare = [row for row in rows if row.row_id not in tests]
    print(f"\nRows without a test, {len(bare)} of {len(rows)}:")
    for row in bare:
        print(f"{row.row_id} ({row.state}): {row.text}")


if __name__ == "__main__":
    main()
