# ruff: noqa: E501 - a table
"""Faults to plant in a good page, and who sees them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

PAGE, AXE, HTMLCS, EYES, NU = "page.py", "axe", "HTML_CodeSniffer", "eyes", "Nu checker"


@dataclass(frozen=True)
class Fault:
    name: str
    #: Who sees it, and a word of what they say.
    seen_by: str
    word: str
    plant: Callable[[str], str]

    def __str__(self) -> str:
        return f"{self.seen_by}: {self.name}"


def swap(old: str, new: str) -> Callable[[str], str]:
    def plant(html: str) -> str:
        planted = re.sub(old, new, html, count=1, flags=re.DOTALL)
        assert planted != html, f"no {old!r} to plant a fault in"
        return planted

    return plant


def add(markup: str) -> Callable[[str], str]:
    """Somewhere in the middle of the content."""
    return swap("</main>", markup + "</main>")


def style(rules: str) -> Callable[[str], str]:
    return swap("</head>", f"<style>{rules}</style></head>")


FAULTS = [
    # What our own reading of the markup sees.
    Fault("no language", PAGE, "lang", swap(' lang="ru"', "")),
    Fault("no title", PAGE, "no title", swap("<title>.*?</title>", "<title></title>")),
    Fault("two h1", PAGE, "2 h1", add("<h1>Ещё раз</h1>")),
    Fault("no h1", PAGE, "0 h1", swap("<h1(.*?)</h1>", r"<p\1</p>")),
    Fault("a heading left out", PAGE, "jumps from h1 to h3", add("<h3>Сразу третий</h3>")),
    Fault("no way to zoom", PAGE, "viewport", swap("<meta name=.viewport.*?>", "")),
    Fault("no caption", PAGE, "caption", swap("<caption>.*?</caption>", "")),
    Fault("an empty cell", PAGE, "an empty cell", swap("<tbody>", "<tbody><tr><td></td></tr>")),
    Fault("a header of nothing", PAGE, "th without scope", swap(' scope="col"', "")),
    Fault("a link «здесь»", PAGE, "says nothing", add('<a href="/view">здесь</a>')),
    Fault(
        "two ways, one name",
        PAGE,
        "lead to",
        add('<a href="/view">Класс</a> <a href="/">Класс</a>'),
    ),
    Fault("no label", PAGE, "no label", add('<input name="x">')),
    Fault("one id twice", PAGE, "twice", add('<p id="main">Ещё</p>')),
    Fault(
        "Tab in an order of its own", PAGE, "tabindex 3", add('<a href="/" tabindex="3">Домой</a>')
    ),
    Fault("the mode not first", PAGE, "first links", swap(r'<a class="view".*?</a>', "")),
    Fault(
        "nowhere to say what happened", PAGE, "live region", swap(r'<div id="said".*?</div>', "")
    ),
    Fault("an image without words", PAGE, "without alt", add('<img src="/static/x.png">')),
    Fault("a style inside", PAGE, "inline style", add('<p style="color:red">Красное</p>')),
    Fault("a broken tag", PAGE, "invalid HTML", add("<p><div></p></div></span>")),
    Fault("no token", PAGE, "without token", add('<form method="post"><button>Да</button></form>')),
    # axe-core.
    Fault("a role that is none", AXE, "aria-roles", add('<p role="lesson">Урок</p>')),
    Fault("an attribute that is none", AXE, "aria-valid-attr", add('<p aria-labels="x">Урок</p>')),
    Fault(
        "a button in a link",
        AXE,
        "nested-interactive",
        add('<div role="button" tabindex="0">Раз <a href="/">Два</a></div>'),
    ),
    Fault("a list of anything", AXE, "list", add("<ul><p>Не пункт</p></ul>")),
    Fault("words outside of all parts", AXE, "region", swap("</main>", "</main><p>Снаружи</p>")),
    Fault("pale words", AXE, "color-contrast", style("main p { color: #aaa; background: #fff }")),
    Fault(
        "zoom forbidden",
        AXE,
        "meta-viewport",
        swap("initial-scale=1", "initial-scale=1, user-scalable=no, maximum-scale=1"),
    ),
    Fault(
        "hidden, yet focused",
        AXE,
        "aria-hidden-focus",
        add('<p aria-hidden="true"><a href="/">Домой</a></p>'),
    ),
    # HTML_CodeSniffer.
    Fault("pale words", HTMLCS, "G18", style("main p { color: #aaa; background: #fff }")),
    Fault(
        "choices without a question",
        HTMLCS,
        "H71",
        add('<fieldset><label><input type="radio" name="r"> да</label></fieldset>'),
    ),
    Fault(
        "sent by nothing",
        HTMLCS,
        "H32",
        add('<form action="/x"><label>Имя <input name="n"></label></form>'),
    ),
    Fault("one id twice", HTMLCS, "F77", add('<p id="main">Ещё</p>')),
    # The Nu checker.
    Fault("an attribute of old", NU, "obsolete", add('<p align="center">Текст</p>')),
    Fault(
        "a list in a paragraph of words",
        NU,
        "not allowed as child",
        add("<span><ul><li>Раз</li></ul></span>"),
    ),
    Fault("a value that is none", NU, "Bad value", add('<a href="/ x y">Далеко</a>')),
    Fault(
        "a colspan too many",
        NU,
        "column",
        add("<table><caption>Т</caption><tr><td colspan='3'>Раз<tr><td>Два</table>"),
    ),
    Fault("a label of nothing", NU, "for", add('<label for="nobody">Имя</label>')),
    # Our own eyes.
    Fault(
        "no line around the focus",
        EYES,
        "focus is not seen",
        style("a:focus { outline: 0 !important }"),
    ),
    Fault(
        "a pale line around the focus",
        EYES,
        "hardly seen",
        style("a:focus { outline-color: #eee !important }"),
    ),
    Fault(
        "focus under a bar",
        EYES,
        "focus is hidden",
        add(
            '<p class="bar">Полоса</p><style>.bar { position: fixed; left: 0; right: 0; top: 0; bottom: 0; background: #fff }</style>'
        ),
    ),
    Fault(
        "focus off the screen",
        EYES,
        "where nothing is",
        style(".home, .home:focus { position: absolute; left: -99em }"),
    ),
    Fault(
        "Tab goes back",
        EYES,
        "Tab goes back up",
        style("main { display: flex; flex-direction: column-reverse }"),
    ),
    Fault(
        "too small to press",
        EYES,
        "px to press",
        style(
            "button { min-height: 0 !important; padding: 0 !important; font-size: .7rem !important }"
        ),
    ),
    Fault("wider than a phone", EYES, "sticks out of 320 px", style("main { width: 400px }")),
    Fault("words cut off", EYES, "cut off", style("h1 { height: 12px; overflow: hidden }")),
    Fault("words over words", EYES, "over one another", style("h1 { margin-bottom: -30px }")),
    Fault(
        "no room for spacing",
        EYES,
        "with more spacing",
        style("h1 { white-space: nowrap; font-size: 20px }"),
    ),
    Fault("a pale field", EYES, "border rgb", style("input { border-color: #ddd !important }")),
]
