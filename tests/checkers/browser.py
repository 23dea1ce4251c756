"""Pages in Chromium: axe-core, HTML_CodeSniffer and our own eyes (eyes.js), look by look."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Frame, Page, Route, sync_playwright

from blueprints.static_files import read_static_files
from school.rules.looks import NOTHING_CHOSEN, Look
from tests.checkers.pages import KeptPage
from tests.chromium import CHROMIUM, FLAGS

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent.parent / "static"

ORIGIN = "http://127.0.0.1"
#: Kept pages are shown in today's dress, whatever hash they named.
_HASHED = re.compile(r"/static/(.+)\.[0-9a-f]{8}(\.[a-z]+)$")
#: Width and height.
WIDE, NARROW = (1024, 768), (320, 640)

#: Everything but what is marked as experimental; target sizes are off unless asked for. Where
#: colours are forced, they are the system's and not the page's.
AXE = """(only, forced = matchMedia('(forced-colors: active)').matches) => axe.run({
    resultTypes: ['violations'],
    ...only && {runOnly: only.filter((rule) => !forced || rule !== 'color-contrast')},
    rules: {'target-size': {enabled: true}, 'color-contrast': {enabled: !forced}}})
  .then(function (found) {
    return found.violations.map(function (one) {
      return 'axe ' + one.id + ' (' + one.impact + '): ' + one.help + ': ' +
        one.nodes.slice(0, 3).map(function (node) { return node.html.slice(0, 200); }).join(' | ');
    });
  })"""
#: Of axe's rules those whose answer hangs on how a page looks. The others ask the same elements
#: the same in every view.
AXE_OF_LOOKS = (
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
    "target-size",
)
#: Errors; what HTML_CodeSniffer warns of is a question to a person, put to every page alike.
HTMLCS = """new Promise(function (resolve, reject) {
  HTMLCS.process('WCAG2AA', document, function () {
    resolve(HTMLCS.getMessages().filter(function (one) { return one.type === 1; })
      .map(function (one) {
        return 'HTML_CodeSniffer ' + one.code + ': ' + one.msg + ' ' +
          (one.element.outerHTML || '').slice(0, 200);
      }));
  }, reject);
})"""
#: The register opens at its newest day: half a cell may lie under the names, which stay in place
#: while it scrolls. What scrolls within itself is judged from its beginning.
FROM_THE_BEGINNING = """document.querySelectorAll('.scroll').forEach(function (box) {
  box.scrollLeft = 0;
})"""
#: The page of ours in whose frame pages are shown: to load one into a frame, and to give that
#: another width, costs Chromium a third of what a window costs it. Both schemes, since a frame is
#: asked for the scheme of what holds it.
HOST = """<!DOCTYPE html><html lang="ru" style="color-scheme: light dark"><title>Страница</title>
<body style="margin: 0">
<iframe name="shown" src="/empty" style="border: 0; display: block"></iframe>
<script>
var frame = document.querySelector('iframe');
function show(address, width, height) {
  return new Promise(function (resolve) {
    frame.onload = function () { resolve(); };
    size(width, height);
    frame.contentWindow.location.replace(address);
  });
}
function size(width, height) {
  frame.style.width = width + 'px';
  frame.style.height = height + 'px';
  if (frame.contentWindow.innerWidth !== width) { throw new Error('no ' + width + ' px'); }
}
function lay(widths, height) {
  return widths.reduce(function (found, width) {
    size(width, height);
    return found.concat(frame.contentWindow.eyes.layout());
  }, []);
}
</script>"""
#: 512 px is a screen of 1024 px at 200 %, 256 px the same at 400 %.
WIDTHS = (240, 256, 320, 512, 1024)


@dataclass(frozen=True)
class View:
    """One way in which somebody has a page before them."""

    name: str
    look: Look = NOTHING_CHOSEN
    #: With script, as the page comes; without it, as the data saver sends it.
    script: bool = False
    #: What the device asks for, as Playwright calls it.
    device: tuple[tuple[str, str], ...] = ()
    #: The least contrast of words: 4.5, or 7 in the schemes for people who see badly.
    contrast: float = 4.5
    #: Whether axe asks only what hangs on the look: the page is seen in another view too.
    is_look_alone: bool = False


ORDINARY = View("ordinary", script=True)
#: What `make test` takes in turn, one of them for each page, and `make soak` all of them.
LOOKS = (
    View("black on white, 200 %", Look(200, 1, 2, 2), contrast=7),
    View("white on black, one column", Look(150, 2, 1, 1, one_column=True), contrast=7),
    View("blue, serifs", Look(125, 3, 0, 1, serif=True), contrast=7),
    View("brown, 175 %", Look(175, 4, 1, 0), contrast=7),
    View("green, 200 %, one column", Look(200, 5, 2, 1, serif=True, one_column=True), contrast=7),
    View("dark device", device=(("color_scheme", "dark"),)),
)
#: Beside them: what only the device asks for.
WISHES = (
    View("more contrast", device=(("contrast", "more"),), contrast=7),
    View(
        "dark, more contrast", device=(("contrast", "more"), ("color_scheme", "dark")), contrast=7
    ),
    View("forced colours", device=(("forced_colors", "active"),)),
    View("nothing moves", device=(("reduced_motion", "reduce"),)),
)


@contextmanager
def start_chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        raise FileNotFoundError(f"{CHROMIUM} is missing: apt-get install -y {CHROMIUM.name}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Checker:
    """Pages in one view of one browser."""

    def __init__(self, browser: Browser, view: View) -> None:
        self.view = view
        self._html = ""
        self._files = {
            name: (file.content_type, file.bodies[""])
            for name, file in read_static_files(STATIC).items()
        }
        self._context = browser.new_context(
            viewport={"width": WIDE[0], "height": WIDE[1]},
            locale="ru-RU",
            **dict(view.device),  # type: ignore[arg-type]
        )
        self._context.route("**/*", self._answer)
        for script in (Path(AXE_FILE_PATH), HERE / "HTMLCS.js", HERE / "eyes.js"):
            self._context.add_init_script(path=script)
        self._host: Page = self._context.new_page()
        self._html = HOST
        self._host.goto(ORIGIN)

    def close(self) -> None:
        self._context.close()

    def _answer(self, route: Route) -> None:
        named = _HASHED.match(urlsplit(route.request.url).path)
        if named and named[1] + named[2] in self._files:
            content_type, body = self._files[named[1] + named[2]]
            route.fulfill(content_type=content_type, body=body)
        elif route.request.resource_type == "document":
            route.fulfill(content_type="text/html; charset=utf-8", body=self._html)
        else:
            route.fulfill(status=404, body="")

    def open(self, page: KeptPage) -> Frame:
        """A page as it stands in a wide window."""
        self._html = dressed(page.html, self.view)
        self._host.evaluate("(given) => show(...given)", [ORIGIN + page.address, *WIDE])
        shown = self._host.frame("shown")
        assert shown is not None
        return shown

    def problems(self, page: KeptPage) -> list[str]:
        """What the checkers and we find in a page; the page is loaded once."""
        shown = self.open(page)
        shown.evaluate(FROM_THE_BEGINNING)
        rules = list(AXE_OF_LOOKS) if self.view.is_look_alone else None
        found: list[str] = shown.evaluate(AXE, rules) + shown.evaluate(HTMLCS)
        if dict(self.view.device).get("forced_colors") is None:
            found += shown.evaluate(f"eyes.colours({self.view.contrast})")
        found += shown.evaluate("eyes.order().concat(eyes.focus())")
        self._host.evaluate("(given) => size(...given)", NARROW)
        found += shown.evaluate("eyes.focus().concat(eyes.targets())")
        found += self._lay(WIDTHS)
        shown.evaluate("eyes.space()")
        return found + [f"with more spacing: {one}" for one in self._lay(NARROW[:1])]

    def _lay(self, widths: Sequence[int]) -> list[str]:
        """What is wrong with the layout at some widths."""
        found: list[str] = self._host.evaluate(
            "(given) => lay(...given)", [list(widths), NARROW[1]]
        )
        return found


def dressed(html: str, view: View) -> str:
    """A page as the layout would send it in a view, whatever look it was fetched in."""
    classes = f' class="{view.look.classes}"' if view.look.classes else ""
    html = re.sub(r'<html lang="ru" class="[^"]*">', '<html lang="ru">', html)
    html = html.replace('<html lang="ru">', f'<html lang="ru"{classes}>', 1)
    if classes and "/static/looks." not in html:
        link = '<link rel="stylesheet" href="/static/looks.00000000.css">'
        html = html.replace('<link rel="icon"', link + '\n<link rel="icon"', 1)
    if not view.script:
        html = re.sub(r"<script[^>]*></script>\n?", "", html)
    return html


def check(
    browser: Browser, pages: Iterable[tuple[KeptPage, View]]
) -> Iterator[tuple[KeptPage, View, list[str]]]:
    """Each page in its view, with what is wrong there."""
    checkers: dict[str, Checker] = {}
    try:
        for page, view in pages:
            if view.name not in checkers:
                checkers[view.name] = Checker(browser, view)
            yield page, view, checkers[view.name].problems(page)
    finally:
        for checker in checkers.values():
            checker.close()
