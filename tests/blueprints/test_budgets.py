"""Bytes, requests and statements of design.md, 'Budgets', on the fixed text of tests/data."""

from datetime import date

import pytest

from tests.fixed_week import build_fixed_week
from tests.wire import fetch, on_the_wire, scripts_of, style_of

MONDAY = date(2026, 9, 14)


@pytest.fixture
def device(town, visit):
    build_fixed_week(town, MONDAY)
    return visit(town.mother, own_device=True).client


@pytest.mark.requirement("H21")
def test_first_visit_fits(town, device):
    week = f"/diary/{town.pupil.id}/week/{MONDAY}"
    for encoding, most in (("br", 10_000), ("gzip", 10_000)):
        page = fetch(device, week, encoding)
        assert page.status_code == 200
        plain = fetch(device, week, "identity").get_data(as_text=True)
        css = fetch(device, style_of(plain), encoding)
        print(encoding, "page", on_the_wire(page), "css", on_the_wire(css))
        assert on_the_wire(page) + on_the_wire(css) <= most
        # Nothing else is needed to paint: scripts are deferred, no fonts, no images.
        assert plain.count("<link") == 2
        assert plain.count("<script") == plain.count("<script defer")


@pytest.mark.requirement("H21")
def test_scripts_fit(town, device):
    plain = fetch(device, f"/diary/{town.pupil.id}/week/{MONDAY}", "identity")
    scripts = scripts_of(plain.get_data(as_text=True))
    assert len(scripts) == 2
    for encoding in ("br", "gzip"):
        size = sum(on_the_wire(fetch(device, script, encoding)) for script in scripts)
        print(encoding, "scripts", size)
        assert size <= 18_000


@pytest.mark.requirement("H21")
def test_next_week_fits(town, device):
    week = f"/diary/{town.pupil.id}/week/{MONDAY}"
    whole = on_the_wire(fetch(device, week))
    part = on_the_wire(fetch(device, week, **{"HX-Request": "true"}))
    print("whole", whole, "fragment", part)
    assert whole <= 5_500
    assert part <= 4_000
