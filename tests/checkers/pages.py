"""Pages that tests fetched, one of each shape, kept for the checkers.

Two pages of one address have the same shape where they are built of the same elements in the same
places: a week with other lessons is no other page to a checker. The workers of a run share one
folder.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: The folder of this run; empty: nobody asked for the pages.
FOLDER = "LISTOK_PAGES"

#: In the folder: an empty file for each template that was rendered.
TEMPLATES = "templates"

#: What an attribute says matters for the shape; of the others, only that it is there.
_TOLD = ("role", "type", "scope", "class", "aria-current", "aria-invalid", "tabindex")
_UNTOLD = ("value", "name", "id", "href", "for", "action", "aria-describedby", "data-page")

_kept: set[str] = set()
_rendered: set[str] = set()


@dataclass(frozen=True)
class KeptPage:
    shape: str
    #: The address with numbers and days left out.
    pattern: str
    address: str
    #: The test that fetched it first.
    test: str
    html: str
    features: frozenset[str]

    def __str__(self) -> str:
        return f"{self.address} (fetched by {self.test})"


def keep_page(html: str, root: Any, address: str) -> None:
    """Keep a page for the checkers, where it is the first of its shape."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    pattern = _pattern(address)
    features = features_of(root)
    shape = digest([pattern, *sorted(features)])
    if shape in _kept:
        return
    _kept.add(shape)
    path = Path(folder) / f"{shape}.json"
    if path.exists():
        return
    kept = {
        "shape": shape,
        "pattern": pattern,
        "address": urlsplit(address).path or "/",
        "test": os.environ.get("PYTEST_CURRENT_TEST", "?").rpartition(" ")[0],
        "html": html,
        "features": sorted(features),
    }
    half = path.with_suffix(f".{os.getpid()}")
    half.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    half.replace(path)


def note_template(_: Any, template: Any, **__: Any) -> None:
    """A template was rendered: for who asks which pages nobody fetched."""
    folder = os.environ.get(FOLDER)
    if folder and template.name not in _rendered:
        _rendered.add(template.name)
        noted = Path(folder) / TEMPLATES / template.name
        noted.parent.mkdir(parents=True, exist_ok=True)
        noted.touch()


def read_templates(folder: Path) -> set[str]:
    """The names of all templates that were rendered."""
    noted = folder / TEMPLATES
    return {str(path.relative_to(noted)) for path in noted.rglob("*.*")}


def read_pages(folder: Path) -> list[KeptPage]:
    """All kept pages, in an order that every run has."""
    pages = []
    for path in sorted(folder.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        pages.append(KeptPage(**{**kept, "features": frozenset(kept["features"])}))
    return pages


def choose_pages(pages: Iterable[KeptPage]) -> list[KeptPage]:
    """The fewest pages (nearly) that together show everything there was: of each address the one
    that shows most, and of the others those that have what none of the chosen has."""
    fullest: dict[str, KeptPage] = {}
    rest = sorted(pages, key=lambda page: (len(page.features), page.shape), reverse=True)
    missing = frozenset().union(*(page.features for page in rest))
    for page in rest:
        fullest.setdefault(page.pattern, page)
    chosen = list(fullest.values())
    missing -= frozenset().union(*(page.features for page in chosen))
    while missing:
        best = max(rest, key=lambda page: (len(page.features & missing), page.shape))
        chosen.append(best)
        missing -= best.features
    return chosen


def features_of(root: Any) -> frozenset[str]:
    """What a page is built of: each kind of element in its place, and how headings follow."""
    found = {_kind(element) for element in root.iter() if isinstance(element.tag, str)}
    headings = [element.tag for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    found |= {f"{before} then {after}" for before, after in pairwise(headings)}
    return frozenset(found)


def _kind(element: Any) -> str:
    names = [name for name in element.attrib if name not in _UNTOLD and name not in _TOLD]
    told = [f"{name}={element.get(name)}" for name in _TOLD if element.get(name) is not None]
    parent = element.getparent()
    above = "" if parent is None else f"{parent.tag}.{parent.get('class', '')}>"
    words = "" if (element.text or "").strip() or len(element) else " empty"
    return f"{above}{element.tag}[{' '.join(sorted(names) + told)}]{words}"


def _pattern(address: str) -> str:
    return re.sub(r"\d+", "N", urlsplit(address).path.replace("-", ""))


def digest(words: Iterable[str], *files: bytes) -> str:
    """A short name of words and files."""
    made = hashlib.sha256("\n".join(words).encode())
    for body in files:
        made.update(body)
    return made.hexdigest()[:16]
