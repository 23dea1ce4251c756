"""Words of a public page: paragraphs, lists, addresses, and nothing that runs."""

import pytest

from school.rules.plain_text import Block, Piece, read_blocks
from school.rules.questions import QuestionError, clean_phone, clean_question, code_of, hash_codes


def shape(text):
    return [
        [[p.address or p.words for p in line] for line in block.lines]
        if block.is_list
        else "".join(p.words for p in block.lines[0])
        for block in read_blocks(text)
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("  \n\n ", []),
        ("Один\nабзац\n\nДругой", ["Один абзац", "Другой"]),
        (
            "Возьмите:\n- паспорт;\n- заявление\n  и согласие.",
            ["Возьмите:", [["паспорт;"], ["заявление и согласие."]]],
        ),
        ("— тире\n• точка\n* звезда", [[["тире"], ["точка"], ["звезда"]]]),
        ("-5 градусов", ["-5 градусов"]),
        ("<b>жирно</b> & <script>", ["<b>жирно</b> & <script>"]),
    ],
)  # fmt: skip
def test_text_becomes_blocks(text, wanted):
    assert shape(text) == wanted


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("Сайт: https://school.example.ru/a?b=1.", "https://school.example.ru/a?b=1", "."),
        ("(http://example.ru)", "http://example.ru", ")"),
        ("«https://example.ru/»", "https://example.ru/", "»"),
    ],
)
def test_an_address_leads_there(text, address, after):
    (block,) = read_blocks(text)
    assert isinstance(block, Block)
    assert Piece(address, address) in block.lines[0]
    assert block.lines[0][-1].words == after


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "https://", "//example.ru", "data:text/html,x"]
)
def test_nothing_else_is_an_address(text):
    assert not any(p.address for block in read_blocks(text) for line in block.lines for p in line)


def test_a_questions_code_is_the_same_for_the_same_form_and_read_however_typed():
    code = code_of("secret", "a" * 32)
    assert code == code_of("secret", "a" * 32)
    assert code not in (code_of("secret", "b" * 32), code_of("other", "a" * 32))
    kept = hash_codes(code)[0]
    for typed in (code.lower(), code.replace("-", " "), f"  {code.replace('-', '')}."):
        assert kept in hash_codes(typed)
    assert hash_codes("0000-0000-0000") == ()


@pytest.mark.parametrize("typed", ["2-76-27", "+7 (912) 000-00-00", "8 34342 2-76-27 доб. 5"])
def test_phones_are_taken_as_people_write_them(typed):
    assert clean_phone(f" {typed} ") == typed


@pytest.mark.parametrize("typed", ["", "112", "позвоните маме", "+7 <b>912</b> 0000000", "1" * 16])
def test_what_is_no_phone_is_told(typed):
    with pytest.raises(QuestionError, match="номер"):
        clean_phone(typed)


@pytest.mark.parametrize(("typed", "said"), [(" \n ", "несколько слов"), ("я" * 4001, "4001 букв")])
def test_a_question_has_words_and_an_end(typed, said):
    with pytest.raises(QuestionError, match=said):
        clean_question(typed)
