"""Bytes, requests and statements of design.md, 'Budgets', on the fixed text of tests/data."""

from datetime import date

import pytest

from tests.fixed_week import build_fixed_week

MONDAY = date(2026, 9, 14)


def on_the_wire(response):
    """Bytes of an answer with its headers, as HTTP/1.1 sends them."""
    head = f"HTTP/1.1 {response.status}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in response.headers
    )
    return len(head.encode()) + 2 + len(response.get_data())


@pytest.fixture
def device(town, visit):
    build_fixed_week(town, MONDAY)
    return visit(town.mother, own_device=True).client


def fetch(device, address, encoding="br", **headers):
    return device.get(address, headers={"Accept-Encoding": encoding, **headers})


@pytest.mark.requirement("H21")
def test_first_visit_fits(town, device):
    week = f"/diary/{town.pupil.id}/week/{MONDAY}"
    for encoding, most in (("br", 10_000), ("gzip", 10_000)):
        page = fetch(device, week, encoding)
        assert page.status_code == 200
        plain = fetch(device, week, "identity").get_data(as_text=True)
        style = plain.split('rel="stylesheet" href="')[1].split('"')[0]
        css = fetch(device, style, encoding)
        print(encoding, "page", on_the_wire(page), "css", on_the_wire(css))
        assert on_the_wire(page) + on_the_wire(css) <= most
        # Nothing else is needed to paint: scripts are deferred, no fonts, no images.
        assert plain.count("<link") == 2
        assert plain.count("<script") == plain.count("<script defer")


@pytest.mark.requirement("H21")
def test_scripts_fit(town, device):
    plain = fetch(device, f"/diary/{town.pupil.id}/week/{MONDAY}", "identity")
    scripts = [
        part.split('"')[0] for part in plain.get_data(as_text=True).split('<script defer src="')[1:]
    ]
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
