"""Static files under hashed names, compressed once when the program starts, kept for a year.

Few and small, so they stay in memory: no build step and no copies on disk to go stale.
"""

import gzip
import hashlib
import mimetypes
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
from flask import Flask, Response, abort

from blueprints.access import public
from blueprints.responses import choose_encoding, encoded

#: Where a PNG says how wide and high it is.
PNG_SIZE = slice(16, 24)
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StaticFile:
    hashed_name: str
    content_type: str
    #: Content encoding → body; "" is uncompressed.
    bodies: dict[str, bytes]


def read_static_files(folder: Path) -> dict[str, StaticFile]:
    """The files of a folder and of those in it by name («help/week.png» is «help-week.png»),
    each compressed as small as it gets; pictures are already."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, raw = "-".join(path.relative_to(folder).parts), path.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()[:8]
        content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        is_picture = content_type.startswith("image/")
        found[name] = StaticFile(
            hashed_name=f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}",
            content_type=content_type if is_picture else f"{content_type}; charset=utf-8",
            bodies={"": raw}
            if is_picture
            else {
                "": raw,
                "gzip": gzip.compress(raw, 9, mtime=0),
                "br": brotli.compress(raw, mode=brotli.MODE_TEXT, quality=11),
            },
        )
    return found


@dataclass(frozen=True, slots=True)
class Picture:
    """What <img> needs."""

    address: str
    width: int
    height: int


def picture_of(file: StaticFile | None) -> Picture | None:
    """A PNG's address and size, or None where there is none."""
    if file is None:
        return None
    width, height = struct.unpack(">II", file.bodies[""][PNG_SIZE])
    return Picture(f"/static/{file.hashed_name}", width, height)


def init_static_files(app: Flask, folder: Path) -> None:
    """Serve a folder at /static/ and give templates `static(name)`."""
    files = read_static_files(folder)
    by_hashed_name = {file.hashed_name: file for file in files.values()}

    @public()
    def static(name: str) -> Any:
        file = by_hashed_name.get(name)
        if file is None:
            abort(404)
        encoding = choose_encoding()
        encoding = encoding if encoding in file.bodies else ""
        body = Response(file.bodies[encoding], content_type=file.content_type)
        response = encoded(body, encoding)
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        response.vary.add("Accept-Encoding")
        return response

    app.add_url_rule("/static/<name>", "static", static)
    app.jinja_env.globals["static_picture"] = lambda name: picture_of(files.get(name))
    app.jinja_env.globals["static"] = lambda name: f"/static/{files[name].hashed_name}"
    # What pages look like: a new style sheet or template is a new page for those who kept one.
    app.extensions["release"] = _release(folder.parent, files)


def _release(house: Path, files: dict[str, StaticFile]) -> str:
    """A short name of this state of the program's pages."""
    digest = hashlib.sha256()
    for name in sorted(file.hashed_name for file in files.values()):
        digest.update(name.encode())
    for folder in ("templates", "blueprints", "school"):
        for path in sorted((house / folder).rglob("*")):
            if path.suffix in (".html", ".py"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
