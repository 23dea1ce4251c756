"""H21: a line that drops in the middle of a file. The browser sees that it is cut, gets the rest or
the whole at the second try, and nobody else is held up. What may be shown once can be made anew."""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest

from school import clock
from school.actions.frozen_years import folder_of
from school.database import database, ensure_connection, open_database
from school.models import AccessLog, FrozenYear, Invitation, Paper, Printout
from tests.blueprints.invited import new_family
from tests.page import look_at
from tests.serving.client import COOKIE, Client, connect, read_all
from tests.serving.running import Server, wait_until

pytestmark = pytest.mark.requirement("H21")

#: Longer than what waits on the way: much of it is on the server's side when nobody is there.
KEPT = b"%PDF-1.4 " + bytes(range(256)) * 12_000


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def server(house) -> Server:
    return house[0]


@pytest.fixture
def town(server, house):
    open_database(server.environment["DATABASE_URL"])
    ensure_connection()
    yield house[1]
    database.close()


def request_of(client: Client, path: str, **headers: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {client.server.host}",
        f"Cookie: {COOKIE}={client.cookie}",
        "Connection: close",
        *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def parsed(said: bytes) -> Answer:
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): text for name, text in (line.split(": ", 1) for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)


def fetch(client: Client, path: str, **headers: str) -> Answer:
    with connect(client.server) as line:
        line.sendall(request_of(client, path, **headers))
        return parsed(read_all(line))


def drop(client: Client, sent: bytes, share: float) -> Answer:
    """What arrives of an answer until the line drops, without a goodbye."""
    with connect(client.server) as line:
        line.sendall(sent)
        said = b""
        while b"\r\n\r\n" not in said:
            said += line.recv(1024)
        length = int(parsed(said).headers["content-length"])
        want = said.index(b"\r\n\r\n") + 4 + int(length * share)
        while len(said) < want:
            said += line.recv(min(want - len(said), 65536))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return parsed(said)


@pytest.fixture
def files(server, town) -> list[tuple[str, str]]:
    """Who → the address of a file of each kind."""
    folder = Path(server.environment["DATA_DIR"])
    now = clock.now()
    made = {"state": "done", "asked_at": now, "due_at": now, "done_at": now, "file_name": "1.pdf"}
    paper = Paper.create(
        key="k", kind="strips", school=town.school, asked_by=town.administrator, title="Полоски",
        source="", points=12, **made,
    )  # fmt: skip
    printout = Printout.create(
        school=town.school, school_class=town.school_class, monday=now.date(), ordinal=1,
        title="Распечатки", source="", digest="", vector="", **made,
    )  # fmt: skip
    year = FrozenYear.create(
        school=town.school, school_year=town.year, request="r",
        **made | {"file_name": "1.zip"},
    )  # fmt: skip
    for place in ("papers", "printouts"):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "1.pdf").write_bytes(KEPT)
    folder_of(folder).mkdir(parents=True, exist_ok=True)
    (folder_of(folder) / "1.zip").write_bytes(KEPT)
    school = town.school.id
    return [
        ("administrator", f"/papers/{paper.id}/file"),
        ("class_teacher", f"/class/printouts/{printout.id}/file"),
        ("administrator", f"/office/frozen-years/{year.id}/file"),
        ("administrator", f"/office/schools/{school}/export.xlsx"),
        ("administrator", f"/office/schools/{school}/export.zip"),
        ("deputy_head", f"/oversight/schools/{school}/timeliness.xlsx"),
        ("administrator", "/office/access-log.csv"),
        ("mother", "/schools/school-2/forms/extract.pdf"),
        ("mother", "/account/data.json"),
    ]


def files_open(process: psutil.Process) -> int:
    return sum(p.num_fds() for p in (process, *process.children(recursive=True)))


def test_a_file_that_is_cut_is_seen_to_be_and_comes_whole_at_the_second_try(server, town, files):
    for who, path in files:
        client = Client(server, town.people[who])
        logged = AccessLog.select().where(AccessLog.event.in_(["export", "print"])).count()
        part = drop(client, request_of(client, path), 0.5)
        assert part.status == 200, (path, part.status)
        length = int(part.headers["content-length"])
        assert len(part.body) < length, path
        assert part.headers["cache-control"].startswith("no-store"), path
        assert "attachment" in part.headers["content-disposition"], path
        # What a browser does whose download is resumed: the rest if it is the same, else anew.
        tag = part.headers["etag"]
        got = len(part.body)
        rest = fetch(client, path, Range=f"bytes={got}-", If_Range=tag)
        if rest.status == 206:
            whole = part.body + rest.body
            assert rest.headers["content-range"] == f"bytes {got}-{length - 1}/{length}"
        else:
            assert (rest.status, rest.headers["etag"] != tag) == (200, True), path
            whole = rest.body
        again = fetch(client, path)
        assert (again.status, len(again.body)) == (200, int(again.headers["content-length"])), path
        if "/file" in path:
            assert (rest.status, whole, again.body) == (206, KEPT, KEPT), path
        assert fetch(client, path, Range=f"bytes={got}-", If_Range='"other"').status == 200
        assert fetch(client, path, Range=f"bytes={length * 9}-").status == 416
        # Each time that it was sent for is told, whatever arrived; what is one's own is not.
        lines = AccessLog.select().where(AccessLog.event.in_(["export", "print"])).count() - logged
        assert lines in (5, 0), (path, lines)
        assert (lines == 0) == (path.startswith(("/papers/", "/schools/"))), path

    clients = {who: Client(server, town.people[who]) for who, _ in files}
    web = server.part("granian")
    open_before = files_open(web)
    for number in range(40):
        who, path = files[number % 3]
        drop(clients[who], request_of(clients[who], path), number / 40)
    assert fetch(clients["administrator"], files[0][1]).body == KEPT
    wait_until(lambda: files_open(web) <= open_before + 4, 5, "files closed")
    assert "Traceback" not in server.said


def test_the_memory_does_not_grow_with_the_file(server, town):
    """80 MB by three at once, two of whom fall asleep in the middle: read as it is sent."""
    size, now = 80_000_000, clock.now()
    paper = Paper.create(
        key="large", kind="strips", school=town.school, asked_by=town.administrator, title="Все",
        source="", points=12, state="done", asked_at=now, due_at=now, done_at=now,
        file_name="large.pdf",
    )  # fmt: skip
    path = f"/papers/{paper.id}/file"
    folder = Path(server.environment["DATA_DIR"]) / "papers"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "large.pdf").open("wb") as file:
        file.truncate(size)
    client = Client(server, town.administrator)
    web = server.part("granian")
    fetch(client, path, Range="bytes=0-9")

    def memory() -> int:
        return sum(p.memory_full_info().pss for p in (web, *web.children(recursive=True)))

    before, most = memory(), 0
    with connect(server) as one, connect(server) as other, connect(server) as awake:
        for line in (one, other, awake):
            line.sendall(request_of(client, path))
        for line in (one, other):
            line.recv(65536)
        got, room = 0, bytearray(1_000_000)
        while read := awake.recv_into(room):
            if got // 20_000_000 != (got := got + read) // 20_000_000:
                most = max(most, memory())
    print(f"\n{(most - before) / 1e6:.1f} MB more while {got / 1e6:.0f} MB are sent")
    assert got > size
    assert most - before < 8_000_000
    assert fetch(client, path, Range=f"bytes={size - 5}-").body == bytes(5)


def test_slips_whose_page_was_lost_on_the_way_are_made_anew(server, town):
    """Their codes are shown once: the same form again says so and what to do, and whoever does it
    has one code that works, as before."""
    family = new_family(town)
    office = Client(server, town.administrator)
    address = f"/class/{town.school_class.id}/codes/print"
    ticked = f"{family.mother.id}-{family.pupil.id}"

    def form() -> bytes:
        fields = {**office.get(address).fields("/codes/print"), "points": "12", "code": ticked}
        return b"".join(office.raw_post(address, urlencode(fields).encode()))

    sent = form()
    assert drop(office, sent, 0.5).status == 200
    with connect(server) as line:
        line.sendall(sent)
        again = parsed(read_all(line))
    assert again.status == 422
    assert "Эти памятки уже сделаны" in again.body.decode()
    assert Invitation.select().where(Invitation.person == family.mother).count() == 1

    with connect(server) as line:
        line.sendall(form())
        page = parsed(read_all(line))
    assert page.status == 200
    codes = list(Invitation.select().where(Invitation.person == family.mother))
    assert [code.replaced_at is None for code in codes] == [False, True]

    # The PDF is made of what the page sends: however often, as long as the page is open.
    root = look_at(page.body.decode())[1]
    (pdf,) = root.xpath("//form[contains(@action, '/codes/pdf')]")
    fields = {n.get("name"): n.get("value") for n in pdf.xpath(".//input")}
    sent = b"".join(office.raw_post(pdf.get("action"), urlencode(fields).encode()))
    part = drop(office, sent, 0.5)
    with connect(server) as line:
        line.sendall(sent)
        whole = parsed(read_all(line))
    assert part.status == whole.status == 200
    assert whole.body.startswith(b"%PDF")
    assert int(whole.headers["content-length"]) == len(whole.body) > len(part.body)
