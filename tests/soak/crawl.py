"""Every page of the demo municipality: links followed, forms sent badly and well.

The tests of pages fetch pages of a small town; here they are as full as a school's. Each is kept
for the checkers (tests/checkers/pages.py).
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from school.models import Person
from tests.blueprints.helpers import open_session
from tests.checkers.pages import keep_page
from tests.page import Page, look_at

#: So many pages of an address for each person, and so many forms with the same fields.
PAGES, FORMS = 2, 2
#: What nobody means who types it: too long, no day, no number.
JUNK = "Ъ99.99.9999" * 60
#: Forms that end the session of whoever sends them.
LEAVES = ("auth.sign_out", "auth.sign_out_everywhere", "auth.lock")


@dataclass(frozen=True)
class SeenForm:
    who: str
    person: Person | None
    method: str
    address: str
    #: Name, value and whether somebody types it.
    controls: tuple[tuple[str, str, bool], ...]


@dataclass
class Crawl:
    app: Flask
    people: dict[str, Person | None]
    #: What tests/page.py finds wrong.
    wrong: list[str] = field(default_factory=list)
    pages: int = 0
    _forms: dict[Any, SeenForm] = field(default_factory=dict)

    def run(self) -> None:
        """Links first, then the forms seen on the way, then links again: forms change what there
        is to see."""
        for who, person in self.people.items():
            self._follow(who, person)
        for form in list(self._forms.values()):
            self._send(form)
        for who, person in self.people.items():
            self._follow(who, person)

    def _follow(self, who: str, person: Person | None) -> None:
        client, _ = self._come_in(person)
        queue, seen, counted = deque(["/"]), {"/"}, Counter[Any]()
        while queue:
            address = queue.popleft()
            endpoint = self._endpoint(address)
            asked = urlsplit(address)
            kind = (re.sub(r"\d+", "N", asked.path), *sorted(dict(parse_qsl(asked.query))))
            if endpoint in ("", "static") or counted[kind] >= PAGES:
                continue
            counted[kind] += 1
            page = self._ask(client, who, "GET", address)
            if page is None:
                continue
            if isinstance(page, str):
                links = [page]
            else:
                links = page.xpath("//a/@href")
                self._note_forms(who, person, address, page)
            for link in (found.partition("#")[0] for found in links):
                if link.startswith("/") and link not in seen:
                    seen.add(link)
                    queue.append(link)

    def _send(self, form: SeenForm) -> None:
        """Junk in all fields, nothing in them, the form as it came, and once more when that
        changed what it was about."""
        for typed in (JUNK, "", None, ""):
            client, token = self._come_in(form.person)
            sent: dict[str, list[str]] = {}
            for name, value, is_typed in form.controls:
                filled = value if typed is None or not is_typed else typed
                sent.setdefault(name, []).append(filled[:200] if form.method == "GET" else filled)
            if form.method == "GET":
                query = urlencode(sent, doseq=True)
                address = f"{form.address.partition('?')[0]}?{query}"
                page = self._ask(client, form.who, "GET", address)
            else:
                sent["csrf_token"] = [token]
                page = self._ask(client, form.who, "POST", form.address, sent)
            if isinstance(page, str):
                self._ask(client, form.who, "GET", page)

    def _ask(
        self, client: FlaskClient, who: str, method: str, address: str, sent: Any = None
    ) -> Any:
        """The tree of the page, or where it leads; None: neither."""
        answer = client.open(address, method=method, data=sent)
        assert answer.status_code < 500, f"{method} {address} by {who}: {answer.status_code}"
        if answer.status_code in (301, 302, 303, 308):
            return answer.headers["Location"]
        if answer.mimetype != "text/html":
            return None
        self.pages += 1
        html = answer.get_data(as_text=True)
        problems, root = look_at(html)
        self.wrong += [f"{method} {address} by {who}: {problem}" for problem in problems]
        keep_page(html, root, address)
        return root

    def _come_in(self, person: Person | None) -> tuple[FlaskClient, str]:
        """A browser in which a person is signed in, and its token."""
        client = self.app.test_client() if person is None else open_session(self.app, person).client
        page = client.get("/sign-out").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page
        return client, found[1]

    def _endpoint(self, address: str, method: str = "GET") -> str:
        try:
            endpoint, _ = self.app.url_map.bind("").match(urlsplit(address).path, method=method)
        except HTTPException:
            return ""
        return str(endpoint)

    def _note_forms(self, who: str, person: Person | None, address: str, root: Any) -> None:
        page = Page(200, address, "", {}, root)
        for number, element in enumerate(root.xpath("//form")):
            method = (element.get("method") or "get").upper()
            action = page.action(number)
            endpoint = self._endpoint(action, method)
            if endpoint in LEAVES:
                continue
            for button in [None, *element.xpath(".//button[@name]")]:
                controls = tuple(_controls(page, number, element, button))
                names = sorted({re.sub(r"\d+", "N", name) for name, _, _ in controls})
                pressed = "" if button is None else button.get("value")
                for n in range(FORMS):
                    key = (endpoint, method, pressed, *names, n)
                    if key not in self._forms:
                        self._forms[key] = SeenForm(who, person, method, action, controls)
                        break


def _controls(
    page: Page, number: int, element: Any, button: Any
) -> Iterator[tuple[str, str, bool]]:
    """What a browser would send of a form: name, value, and whether somebody types it."""
    hidden = set(element.xpath(".//input[@type='hidden']/@name"))
    for name, value in page.fields(number).items():
        yield name, value, name not in hidden
    if button is not None:
        yield button.get("name"), button.get("value") or "", False
