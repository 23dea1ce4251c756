"""Pictures of the guides, made anew from a demo that runs on this machine.

    DEMO=1 flask --app app serve          # with the demo loaded
    python tools/guide_pictures.py http://127.0.0.1:8000 static/help

Each shows a part of one page as a phone of 320 px does, in eight colours, so that it weighs no
more than 10 KB. Look at what came out before it is committed.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
WIDTH, LEAST, HIGHEST, COLOURS, HEAVIEST = 320, 220, 340, 8, 10_000


def _open(page: Page, address: str) -> None:
    page.goto(address)


def _follow(page: Page, words: str) -> None:
    page.get_by_role("link", name=words, exact=True).first.click()


def _marked(page: Page) -> Locator:
    """A lesson with a mark."""
    if not page.get_by_text("Отметка").count():
        _follow(page, "← Прошлая неделя")
    return page.locator("xpath=//main//dd[contains(., 'Отметка')]/preceding-sibling::dt[1]")


def _open_lesson(page: Page) -> None:
    """The last lesson that was: today, or on a day before."""
    while not page.locator("main table a").count():
        page.locator("main .steps a").first.click()
    page.locator("main table a").first.click()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль", exact=True).fill("demo")
    page.get_by_role("button", name="Войти").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


#: Name → who is signed in (nobody: ""), how to get to the page, what is shown of it.
SHOTS: dict[str, tuple[str, Callable[[Page, str], None], Callable[[Page], Locator]]] = {
    "sign-in": ("", lambda page, url: _open(page, f"{url}/sign-in"), lambda p: p.locator("form")),
    "invitation": (
        "",
        lambda page, url: _open(page, f"{url}/invitation"),
        lambda p: p.locator("form"),
    ),
    "view": ("", lambda page, url: _open(page, f"{url}/view"), lambda p: p.locator("form")),
    "week": ("parent", lambda page, url: _follow(page, "Неделя"), _marked),
    "tomorrow": (
        "pupil",
        lambda page, url: _follow(page, "Завтра"),
        lambda p: p.locator("main dl"),
    ),
    "register": (
        "teacher",
        lambda page, url: _open_lesson(page),
        lambda p: p.locator("table.register tbody"),
    ),
    "questions": (
        "admin",
        lambda page, url: _open(page, f"{url}/office/help"),
        lambda p: p.locator("main table"),
    ),
}


def picture(shot: bytes) -> bytes:
    """A screenshot in few colours."""
    image = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    made = io.BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def main(url: str, folder: Path) -> int:
    """Make all of them; the exit status says whether each is light enough."""
    folder.mkdir(parents=True, exist_ok=True)
    heavy = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (login, way, part) in SHOTS.items():
            context = browser.new_context(
                viewport={"width": WIDTH, "height": 1200}, java_script_enabled=False
            )
            page = context.new_page()
            if login:
                _sign_in(page, url, login)
            way(page, url)
            box = part(page).first.bounding_box()
            if box is None:
                raise SystemExit(f"{name}: nothing to show")
            clip = {**box, "height": min(max(box["height"], LEAST), HIGHEST)}
            made = picture(page.screenshot(clip=clip, full_page=True))
            (folder / f"{name}.png").write_bytes(made)
            heavy += len(made) > HEAVIEST
            print(f"{name}.png {len(made)} B")
            context.close()
        browser.close()
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), Path(sys.argv[2])))
