"""No address of a third party, and none of the machine it was written on."""

import re
from urllib.parse import urlsplit

import pytest

from school.settings import is_loopback
from tests.house.files import find_text, list_files, name_of

_URL = re.compile(r"(?:https?|wss?|ftp):\\?/\\?/[^\s\"'`<>()«»]*", re.IGNORECASE)
_BARE = re.compile(r"(?:src|href|action)\s*=\s*[\"']//", re.IGNORECASE)
#: Names of schemas, which nobody fetches, and names reserved for examples.
_NAMES_ONLY = {"www.w3.org", "schema.org"}
_EXAMPLE = re.compile(r"^([a-z0-9-]+\.)*example\.(org|com|ru)$")
#: Put together so that this file does not name what it looks for.
_MACHINE = re.compile(r"(?<![\w.])/(?:" + "|".join(("home", "Users", "root", "work")) + r")/\w")

SHIPPED = ("app.py", "tasks.py", "blueprints", "school", "templates", "static", "migrations")


def third_parties(text: str) -> list[str]:
    found = _BARE.findall(text)
    for url in _URL.findall(text):
        host = urlsplit(url.replace("\\", "")).hostname or ""
        is_filled_in = host.startswith("{") or host in ("", "…")
        if not (is_filled_in or is_loopback(host) or host in _NAMES_ONLY or _EXAMPLE.match(host)):
            found.append(url)
    return found


def test_what_is_shipped_names_no_third_party():
    looked_at = 0
    for path in list_files(*SHIPPED):
        text = find_text(path)
        if text is not None:
            looked_at += 1
            assert not third_parties(text), name_of(path)
    assert looked_at > 50


def test_no_file_names_a_path_of_somebodys_machine():
    for path in list_files():
        found = _MACHINE.search(find_text(path) or "")
        assert found is None, f"{name_of(path)}: {found}"


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.jsdelivr.net/npm/htmx">',
        "url(http://fonts.gstatic.com/s/roboto)",
        'fetch("wss://push.somewhere.ru/")',
        '<img src="//counter.yadro.ru/hit">',
        "HTTPS://EXAMPLE.ORG.EVIL.RU/",
    ],
)
def test_a_third_party_is_seen(text):
    assert third_parties(text)


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8000", "xmlns='http://www.w3.org/2000/svg'", 'f"http://{host}:{port}"',
     "BASE_URL=https://…", "https://diary.example.org", "postgresql://…"],
)  # fmt: skip
def test_names_and_this_machine_are_no_third_party(text):
    assert not third_parties(text)
