"""Every page that a test fetches is checked: what is wrong with it fails the test.

`Visitor` is a browser without script: it fetches, checks, fills in forms and follows links.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import html5lib
from flask.testing import FlaskClient
from lxml import etree
from turbohtml.etree import document_fromstring, to_lxml

from tests.checkers.pages import keep_page

_LABELLED = ("input", "select", "textarea")
_NO_LABEL_NEEDED = ("hidden", "submit", "button")
_EMPTY_LINK_WORDS = {"здесь", "тут", "подробнее", "далее", "ссылка", "сюда"}


def problems_of(html: str, address: str = "?") -> list[str]:
    """What is wrong with a page, as sentences. A good one is kept for the checkers, who look at
    it when all tests are done (tests/checkers)."""
    found, root = look_at(html)
    if not found:
        keep_page(html, root, address)
    return found


def look_at(html: str) -> tuple[list[str], Any]:
    """What is wrong with a page, and its tree; nothing is kept."""
    root = to_lxml(document_fromstring(html))
    found = list(_invalid(_VALUES.sub('="-"', _WORDS.sub("-", html))))
    for check in _CHECKS:
        found.extend(check(root))
    return found, root


# Words between tags and values in quotes cannot make markup wrong, but for «&», «<» and control
# characters. Without them most pages of a run are one and the same markup, which html5lib, slow
# as it is, has read before.
_HARMLESS = r"[^<>&\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]"
_WORDS = re.compile(rf"(?<=>)(?=\s*[^<\s]){_HARMLESS}+(?=<)")
_VALUES = re.compile(rf'="(?:(?!"){_HARMLESS})*"')


@cache
def _invalid(markup: str) -> tuple[str, ...]:
    """What a parser of HTML 5 complains of."""
    parser = html5lib.HTMLParser()
    parser.parse(markup)
    return tuple(f"invalid HTML at {place}: {code} {more}" for place, code, more in parser.errors)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _check_document(root: Any) -> list[str]:
    found = []
    if root.get("lang") != "ru":
        found.append("html has no lang=ru")
    titles = root.xpath("//head/title")
    if len(titles) != 1 or len(_text(titles[0])) < 5:
        found.append("no title")
    if len(root.xpath("//h1")) != 1:
        found.append(f"{len(root.xpath('//h1'))} h1 elements")
    if not root.xpath("//meta[@name='viewport']"):
        found.append("no viewport")
    levels = [int(h.tag[1]) for h in root.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    for before, after in pairwise(levels):
        if after > before + 1:
            found.append(f"a heading jumps from h{before} to h{after}")
    return found


def _check_ids(root: Any) -> list[str]:
    ids = root.xpath("//@id")
    found = [f"id {name!r} twice" for name in sorted(set(ids)) if ids.count(name) > 1]
    found += [f"id {name!r} has a blank" for name in ids if re.search(r"\s", name) or not name]
    for attribute in ("aria-labelledby", "aria-describedby", "for"):
        for value in root.xpath(f"//@{attribute}"):
            found += [
                f"{attribute} names {n!r}, which is not there"
                for n in value.split()
                if n not in ids
            ]
    for href in root.xpath("//a/@href[starts-with(., '#')]"):
        if href[1:] not in ids:
            found.append(f"link to {href}, which is not there")
    return found


def _check_forms(root: Any) -> list[str]:
    found = []
    labelled = set(root.xpath("//label/@for"))
    for element in root.xpath("//input|//select|//textarea"):
        if element.get("type") in _NO_LABEL_NEEDED:
            continue
        if not (
            element.get("id") in labelled
            or (element.get("aria-label") or "").strip()
            or element.get("aria-labelledby")
            or element.xpath("ancestor::label")
        ):
            found.append(f"no label: {element.tag} name={element.get('name')!r}")
    for form in root.xpath("//form"):
        if (form.get("method") or "get").lower() == "post" and not form.xpath(
            ".//input[@name='csrf_token' and string-length(@value) > 20]"
        ):
            found.append(f"a form without token: {form.get('action')!r}")
        action = form.get("action") or "/"
        if urlsplit(action).netloc:
            found.append(f"a form leads away: {action}")
    for button in root.xpath("//button|//input[@type='submit']"):
        if not (_text(button) or button.get("value") or button.get("aria-label")):
            found.append("a button without words")
    return found


def _check_tables(root: Any) -> list[str]:
    found = []
    for table in root.xpath("//table"):
        caption = table.xpath("./caption")
        if not caption or not _text(caption[0]):
            found.append("a table without caption")
        for cell in table.xpath(".//th"):
            if cell.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
                found.append(f"th without scope: {_text(cell)!r}")
        for cell in table.xpath(".//th|.//td"):
            # A blank of the grid is an answer, and its linear twin says it in words.
            if table.get("class") in ("grid", "dense marks") and cell.tag == "td":
                continue
            if not _text(cell) and not cell.xpath(".//input|.//select|.//textarea|.//button"):
                found.append(f"an empty cell in «{_text(caption[0]) if caption else '?'}»")
    return found


def _check_links(root: Any) -> list[str]:
    found = []
    for link in root.xpath("//a"):
        words = _text(link) or (link.get("aria-label") or "")
        if not words or words.lower().strip(" .→←") in _EMPTY_LINK_WORDS or len(words) < 2:
            found.append(f"a link that says nothing: {words!r} → {link.get('href')}")
        if not link.get("href"):
            found.append(f"a link without address: {words!r}")
    by_words: dict[str, set[str]] = {}
    for link in root.xpath("//main//a[@href][not(ancestor::table)]"):
        where = link.get("href").partition("#")[0] or link.get("href")
        by_words.setdefault(link.get("aria-label") or _text(link), set()).add(where)
    found += [
        f"«{words}» lead to {len(addresses)} pages: {sorted(addresses)}"
        for words, addresses in by_words.items()
        if len(addresses) > 1
    ]
    first = [link.get("href") for link in root.xpath("//body//a")[:2]]
    if first != ["/view", "#main"]:
        found.append("the first links are not the visually impaired mode and the content")
    return found


def _check_live_region(root: Any) -> list[str]:
    """What an action did is said in one place, which is there from the start, before the rest."""
    regions = root.xpath("//*[@id='said' and @aria-live='polite'][following::main]")
    return [] if len(regions) == 1 else [f"{len(regions)} live regions before the content"]


def _check_inline(root: Any) -> list[str]:
    found = [f"inline style: {element.tag}" for element in root.xpath("//*[@style]|//style")]
    for script in root.xpath("//script"):
        if not script.get("src"):
            found.append("inline script")
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.startswith(("on", "hx-on")):
                found.append(f"inline handler {name}")
            if name in ("src", "href", "action") and value.strip().lower().startswith(
                "javascript:"
            ):
                found.append(f"script in {name}")
            if name == "src" and urlsplit(value).netloc:
                found.append(f"a third party: {value}")
            if name == "tabindex" and value not in ("0", "-1"):
                found.append(f"tabindex {value}")
    found += [f"an image without alt: {i.get('src')}" for i in root.xpath("//img[not(@alt)]")]
    for link in root.xpath("//link/@href"):
        if urlsplit(link).netloc:
            found.append(f"a third party: {link}")
    return found


_CHECKS = (
    _check_document,
    _check_ids,
    _check_forms,
    _check_tables,
    _check_links,
    _check_live_region,
    _check_inline,
)


@dataclass
class Page:
    """An answer, checked."""

    status: int
    address: str
    html: str
    headers: Any
    root: Any = field(repr=False)

    @property
    def words(self) -> str:
        """All words of the page, for looking something up."""
        return _text(self.root)

    @property
    def title(self) -> str:
        return _text(self.root.xpath("//title")[0])

    @property
    def heading(self) -> str:
        return _text(self.root.xpath("//h1")[0])

    @property
    def main(self) -> str:
        return _text(self.root.xpath("//main")[0])

    def fields(self, form: int | str = -1) -> dict[str, str]:
        """What a browser would send of a form: by index, or by part of its action."""
        element = self._form(form)
        sent: dict[str, str] = {}
        for control in element.xpath(".//input|.//select|.//textarea"):
            name = control.get("name")
            if not name:
                continue
            if control.tag == "select":
                chosen = control.xpath("./option[@selected]") or control.xpath("./option")
                sent[name] = chosen[0].get("value") if chosen else ""
            elif control.tag == "textarea":
                sent[name] = control.text or ""
            elif control.get("type") in ("checkbox", "radio"):
                if control.get("checked") is not None:
                    sent[name] = control.get("value") or "on"
            elif control.get("type") != "submit":
                sent[name] = control.get("value") or ""
        return sent

    def action(self, form: int | str = -1) -> str:
        return self._form(form).get("action") or self.address

    def _form(self, form: int | str) -> Any:
        forms = self.root.xpath("//form")
        if isinstance(form, int):
            return forms[form]
        return next(f for f in forms if form in (f.get("action") or ""))

    def links(self) -> dict[str, str]:
        """Words → address of every link."""
        return {_text(link): link.get("href") for link in self.root.xpath("//a[@href]")}


class Visitor:
    """A browser without script whose every page is checked."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str, *, status: int = 200, **options: Any) -> Page:
        return self._page(self.client.get(address, **options), address, status)

    def post(
        self, address: str, fields: dict[str, str], *, status: int = 303, **options: Any
    ) -> Page:
        return self._page(self.client.post(address, data=fields, **options), address, status)

    def send(
        self, page: Page, *, form: int | str = -1, status: int = 303, **changes: str | None
    ) -> Page:
        """Fill in a form of a page and send it; a change of None leaves the field out. Names
        with a hyphen are given by `**{"mark-1": "5"}`."""
        fields = page.fields(form)
        for name, value in changes.items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value
        return self.post(page.action(form), fields, status=status)

    def follow(self, page: Page) -> Page:
        """The page a redirect leads to."""
        return self.get(page.headers["Location"])

    def _page(self, response: Any, address: str, status: int) -> Page:
        html = response.get_data(as_text=True)
        assert response.status_code == status, (
            f"{address}: {response.status_code} instead of {status}\n{html[:3000]}"
        )
        root = None
        if response.mimetype == "text/html" and html and status not in (301, 302, 303, 308):
            problems, root = look_at(html)
            assert not problems, f"{address}: " + "; ".join(problems)
            keep_page(html, root, address)
        headers = response.headers
        assert "default-src 'none'" in headers.get("Content-Security-Policy", "")
        assert "Cookie" in headers.get("Vary", "")  # Flask's session no longer sees to it
        return Page(status, address, html, headers, root)


def as_text(root: Any) -> str:
    """A tree as text, for messages."""
    return str(etree.tostring(root, encoding="unicode"))
