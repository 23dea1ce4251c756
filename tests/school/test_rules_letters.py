"""Addresses, waiting times, and who may still get a letter: pure decisions."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.letters import (
    Envelope,
    RegisterDayLine,
    as_html,
    as_text,
    bullets,
    button,
    make_message,
    one_line,
    paragraph,
    read_blocks,
    register_day,
)
from school.rules.access import Child, Duty, Place, Ties
from school.rules.letters import (
    BY_ACCOUNT,
    BY_DIARY,
    BY_DUTY,
    RETRY_AFTER,
    AddressError,
    clean_address,
    may_still_get,
    wait_after,
)
from tests.mail import content_of_html, content_of_text, written
from tests.town import moment, today


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("teacher@example.ru", "teacher@example.ru"),
        ("  Anna.Ivanova+school@Mail.RU ", "Anna.Ivanova+school@mail.ru"),
        ("школа@почта.рф".replace("школа", "school"), "school@xn--80a1acny.xn--p1ai"),
        ("o'brien@a-b.example.com", "o'brien@a-b.example.com"),
    ],
)
def test_an_address_is_kept_as_letters_go_there(typed, kept):
    assert clean_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "anna", "anna@", "@mail.ru", "anna@mail", "anna@@mail.ru", "a b@mail.ru",
        "anna@mail..ru", "anna@-mail.ru", "anna@mail.ru.", "anna@127.0.0.1", "anna@[127.0.0.1]",
        "anna@mail.ru, boris@mail.ru", "анна@mail.ru", "anna@mail.ru\r\nBcc: all@mail.ru",
        "anna\r\nBcc: x@mail.ru", "a" * 65 + "@mail.ru", "anna@" + "a" * 64 + ".ru",
        ".anna@mail.ru", "anna.@mail.ru", "an..na@mail.ru", "anna@mail.ru\0",
        "Anna <anna@mail.ru>", "anna@ma_il.ru",
        "anna@" + ".".join(["mail"] * 60) + ".ru",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(typed):
    with pytest.raises(AddressError) as refusal:
        clean_address(typed)
    assert len(str(refusal.value)) > 15


@given(st.text(max_size=80))
def test_whatever_is_typed_is_an_address_or_refused(typed):
    try:
        kept = clean_address(typed + "@example.ru")
    except AddressError:
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert kept.count("@") == 1
    assert " " not in kept
    assert clean_address(kept) == kept


def test_waits_grow_and_end():
    waits = [wait_after(n) for n in range(1, len(RETRY_AFTER) + 1)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    # RFC 5321, 4.5.4.1: at least four to five days.
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=6)
    assert wait_after(len(RETRY_AFTER) + 1) is None


def test_rights_are_those_of_today():
    place = Place(1, 10)
    mother = Ties(7, (), (Child(5, "Фёдор", is_self=False),))
    teacher = Ties(8, (Duty("teacher", 1, 1, None),), ())
    assert may_still_get(BY_DIARY, mother, school_id=1, pupil_id=5, places=[place])
    assert not may_still_get(BY_DIARY, Ties(7, (), ()), school_id=1, pupil_id=5, places=[place])
    assert not may_still_get(BY_DIARY, mother, school_id=1, pupil_id=6, places=[place])
    assert not may_still_get(BY_DIARY, teacher, school_id=1, pupil_id=5, places=[place])
    assert not may_still_get(BY_DIARY, mother, school_id=1, pupil_id=None, places=[place])
    assert may_still_get(BY_DUTY, teacher, school_id=1, pupil_id=None, places=[])
    assert not may_still_get(BY_DUTY, teacher, school_id=2, pupil_id=None, places=[])
    assert not may_still_get(BY_DUTY, mother, school_id=1, pupil_id=None, places=[])
    assert may_still_get(BY_ACCOUNT, Ties(7, (), ()), school_id=None, pupil_id=None, places=[])


# Words and MIME

BLOCKS = (
    paragraph("Отметка 5 < 6 & «Дроби»\nвторая строка"),
    bullets(["первая", '<b onclick="x">жирная</b>', "третья"]),
    button("Открыть", "/diary/5/week/2026-11-22?a=1&b=2"),
)
BASE = "https://diary.example.org"


def envelope(**changes):
    values = {
        "sender_name": "Листок — СОШ № 2",
        "sender": "listok@example.org",
        "to_name": "Вера Учителева",
        "to": "teacher@example.ru",
        "message_id": "<a@example.org>",
        "written_at": moment(today(), "12:00"),
    }
    return Envelope(**{**values, **changes})


def test_text_and_html_say_the_same():
    text, html = as_text(BLOCKS, BASE), as_html(BLOCKS, BASE, "Тема")
    assert content_of_html(html) == content_of_text(text)
    assert f"Открыть: {BASE}/diary/5/week/2026-11-22?a=1&b=2" in text
    assert "<b onclick" not in html


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_text_and_html_say_the_same_whatever_is_in_them(texts):
    blocks = (paragraph(texts[0]), bullets(texts), button(texts[-1], "/account/"))
    html = as_html(blocks, BASE, "Тема")
    assert content_of_html(html) == content_of_text(as_text(blocks, BASE))


def test_the_kept_form_of_a_letter_gives_the_same_letter():
    text = register_day(today(), [line()])
    assert read_blocks(text.to_json()) == text.blocks
    assert read_blocks("") == ()


def test_a_letter_is_valid_mime_with_the_text_first():
    message, parts = written(make_message(envelope(), "Записи", BLOCKS, BASE).as_bytes())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in parts] == ["utf-8", "utf-8"]
    assert not message.defects
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"].addresses[0].display_name == "Листок — СОШ № 2"
    assert message["Date"].datetime == moment(today(), "12:00")


def test_a_line_of_smtp_is_never_too_long():
    long = (paragraph("Слово " * 3000), bullets(["х" * 5000]))
    body = make_message(envelope(to_name="Ы" * 300), "Т" * 500, long, BASE).as_bytes()
    assert max(len(row) for row in body.splitlines()) <= 998


@pytest.mark.parametrize(
    "evil", ["Тема\r\nBcc: all@example.ru", "Тема\nX: y", "Тема\u2028X", "a\0b", "\ud800x"]
)
def test_no_header_is_smuggled_in(evil):
    body = make_message(
        envelope(sender_name=evil, to_name=evil), evil, (paragraph(evil),), BASE
    ).as_bytes()
    message, _ = written(body)
    assert message["Bcc"] is None
    assert message["X"] is None
    assert len(message.get_all("Subject")) == 1
    assert [address.addr_spec for address in message["To"].addresses] == ["teacher@example.ru"]
    assert "\n" not in one_line(evil)


def line(**changes):
    at = moment(today(), "10:05")
    values = {
        "lesson_id": 1, "subject": "Алгебра", "group_name": "7А", "held_on": date(2026, 11, 20),
        "lesson_number": 3, "who": "", "counts": (("mark", 12), ("topic", 1)), "corrected": 0,
        "first_at": at, "last_at": at + timedelta(minutes=36),
    }  # fmt: skip
    return RegisterDayLine(**{**values, **changes})


@pytest.mark.requirement("H12")
def test_the_nightly_letter_counts_and_names_no_child():
    own = line()
    stranger = line(who="Соседкина Нина Ивановна", corrected=2)
    text = register_day(date(2026, 11, 20), [stranger, own])
    said = as_text(text.blocks, BASE)
    assert "Алгебра, 7А, урок 20 ноября, 3-й: отметки — 12, тема — 1; с " in said
    assert "исправлений 2" in said
    assert "записи внёс другой человек: Соседкина Нина Ивановна" in said
    assert f"{BASE}/gradebook/days/2026-11-20" in said


def test_a_long_day_is_cut():
    text = register_day(date(2026, 11, 20), [line(lesson_id=n) for n in range(60)])
    assert len(text.blocks[1][1]) == 41
    assert text.blocks[1][1][-1] == "и ещё 20 строк"
