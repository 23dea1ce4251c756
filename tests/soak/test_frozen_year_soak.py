"""The demo's whole archive: frozen, verified, loaded back, frozen again: the same file."""

import time

from app import create_app
from blueprints.papers.frozen_year import freeze_year
from school import clock
from school.actions.frozen_loading import load_frozen_year
from school.actions.history import Act
from school.database import database, ensure_connection
from school.demo import load_demo
from school.exchange.frozen.archive import verify_archive
from school.exchange.frozen.tables import find_year
from school.models import SchoolYear


def test_the_archive_of_the_demo_comes_back_equal(new_database, tmp_path, capsys):
    url, again_url = new_database("sqlite"), new_database("postgresql")
    app = create_app(DATABASE_URL=url, DATA_DIR=str(tmp_path), TESTING=True)
    ensure_connection()
    load_demo(now=clock.now())
    head = find_year(SchoolYear.select().order_by(SchoolYear.id).first().id)
    assert head is not None
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    began = time.monotonic()
    with app.app_context():
        made = freeze_year(head, tmp_path / "first", today=clock.today(head.time_zone))
    assert made is not None
    frozen, began = time.monotonic() - began, time.monotonic()
    rows = verify_archive(made.path).rows
    verified, began = time.monotonic() - began, time.monotonic()
    database.close()
    again = create_app(DATABASE_URL=again_url, DATA_DIR=str(tmp_path), TESTING=True)
    ensure_connection()
    load_frozen_year(made.path, Act(clock.now(), None))
    loaded = time.monotonic() - began
    with again.app_context():
        back = freeze_year(head, tmp_path / "second", today=clock.today(head.time_zone))
    assert back is not None
    assert back.path.read_bytes() == made.path.read_bytes()
    with capsys.disabled():
        print(
            f"\n{head.short_name}: {rows} rows, {made.path.stat().st_size / 1e6:.1f} MB; frozen in "
            f"{frozen:.0f} s, verified in {verified:.1f} s, loaded in {loaded:.1f} s"
        )
