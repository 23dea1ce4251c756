"""Diary pages that a family's device keeps: 304 where nothing changed, kept bodies otherwise.

The ETag is made from what a page depends on, never from its body: page or fragment, revision
vector, the viewer's access and look, today in the school's zone, release. An unchanged page so
costs two statements and no rendering.
"""

import functools
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, current_app, g, make_response, request, session
from flask_login import current_user

from blueprints.access import Viewer
from blueprints.looks import present_look, saves_data
from blueprints.responses import asks_for_fragment, choose_encoding, compress, encoded
from school import clock
from school.queries.revisions import Revisions, get_revisions
from school.queries.ties import hash_token

#: Kept bodies of one process: about two thousand weeks.
KEPT_BYTES = 16_000_000


class KeptBodies:
    """Compressed bodies by ETag and encoding, the least asked for given up first. An ETag never
    means another body, so nothing has to be invalidated."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> bytes | None:
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
            return body

    def put(self, key: tuple[str, str], body: bytes) -> None:
        with self._lock:
            if key in self._bodies or len(body) > self._most_bytes:
                return
            self._bodies[key] = body
            self._bytes += len(body)
            while self._bytes > self._most_bytes:
                _, given_up = self._bodies.popitem(last=False)
                self._bytes -= len(given_up)


kept_bodies = KeptBodies(KEPT_BYTES)


def kept(view: Callable[..., Any]) -> Callable[..., Any]:
    """A diary view `(pupil_id, …)` whose page depends on the pupil's revisions and the viewer.

    Only for the pupil and the guardians: whoever of the staff opens a diary leaves a trace, and
    their page is not kept.
    """

    @functools.wraps(view)
    def answer(pupil_id: int, **values: Any) -> Any:
        viewer = current_user._get_current_object()
        child = viewer.ties.child(pupil_id)
        # A message is for one look: such a page is not kept.
        if child is None or request.method not in ("GET", "HEAD") or "_flashes" in session:
            return view(pupil_id=pupil_id, **values)
        etag = _etag(pupil_id, viewer, clock.today(child.time_zone))
        if request.if_none_match.contains_weak(etag):
            return _kept_answer(Response(status=304), etag, viewer)
        encoding = choose_encoding()
        body = kept_bodies.get((etag, encoding))
        if body is None:
            response = make_response(view(pupil_id=pupil_id, **values))
            if response.status_code != 200:
                return response
            body = compress(response.get_data(), encoding)
            kept_bodies.put((etag, encoding), body)
        return _kept_answer(encoded(Response(body, mimetype="text/html"), encoding), etag, viewer)

    return answer


def revisions_of(pupil_id: int) -> Revisions:
    """The revisions of the pupil whose page is asked for, read once a request."""
    found: Revisions | None = g.get("revisions")
    if found is None:
        found = g.revisions = get_revisions(pupil_id)
    return found


def _etag(pupil_id: int, viewer: Viewer, today: date) -> str:
    depends_on = (
        request.full_path,
        asks_for_fragment(),
        (present_look(), saves_data()),
        revisions_of(pupil_id).vector,
        viewer.ties,
        (viewer.person.surname, viewer.person.given_name),
        # «Since the last visit» is another time for another sign-in, and after a pause.
        hash_token(viewer.id),
        viewer.person.visited_before_at,
        today,
        current_app.extensions["release"],
    )
    return hashlib.sha256(repr(depends_on).encode()).hexdigest()[:20]


def _kept_answer(response: Response, etag: str, viewer: Viewer) -> Response:
    """On one's own device the page may be kept and has to be asked about each time; on a shared
    one nothing stays."""
    if viewer.person.is_own_device:
        response.headers["ETag"] = f'W/"{etag}"'
        response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, Accept-Encoding, HX-Request, Save-Data"
    return response


def keep_public(depends_on: object, make: Callable[[], Any]) -> Any:
    """A page for everybody, which any cache may keep and has to ask about: `depends_on` is what
    it tells of, apart from this release's words. For who is signed in it has a menu and is made
    anew. It carries no form."""
    if current_user.is_authenticated or "_flashes" in session:
        return make()
    parts = (
        request.full_path,
        asks_for_fragment(),
        (present_look(), saves_data()),
        depends_on,
        current_app.extensions["release"],
    )
    etag = hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        response = make_response(make())
        if response.status_code != 200:
            return response
    response.headers["ETag"] = f'W/"{etag}"'
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Cookie, Accept-Encoding, HX-Request, Save-Data"
    return response
