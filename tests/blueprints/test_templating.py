"""Our template compiler: what it may do faster, and what has to stay as Jinja does it."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from jinja2.exceptions import UndefinedError
from markupsafe import Markup

from blueprints.templating import TemplateEnvironment


@pytest.fixture
def environment() -> TemplateEnvironment:
    return TemplateEnvironment(Flask(__name__), autoescape=True)


def shown(environment: TemplateEnvironment, source: str, **context: Any) -> str:
    return environment.from_string(source).render(**context)


class Titled:
    """Knows itself how it looks in HTML."""

    def __html__(self) -> str:
        return "<b>5</b>"


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("7«А» <3 & 'x' \"y\"", "7«А» &lt;3 &amp; &#39;x&#39; &#34;y&#34;"),
        (Markup("<br>"), "<br>"),
        (Titled(), "<b>5</b>"),
        (5, "5"),
        (None, "None"),
        (["<"], "[&#39;&lt;&#39;]"),
    ],
)
def test_what_is_printed_is_escaped_once(
    environment: TemplateEnvironment, value: Any, html: str
) -> None:
    assert shown(environment, "{{ value }}", value=value) == html


def test_what_a_macro_or_a_block_made_is_not_escaped_again(
    environment: TemplateEnvironment,
) -> None:
    source = (
        "{% macro link(to) %}<a>{{ to }}</a>{% endmacro %}"
        "{% set kept %}<i>{{ value }}</i>{% endset %}"
        "{{ link(value) }}{{ kept }}{{ link(value) ~ value }}{{ value|upper }}"
    )
    assert shown(environment, source, value="<") == ("<a>&lt;</a><i>&lt;</i><a>&lt;</a>&lt;&lt;")


def test_what_is_not_html_is_not_escaped() -> None:
    plain = TemplateEnvironment(Flask(__name__), autoescape=False)
    assert shown(plain, "{{ value }}", value="<") == "<"


def test_where_escaping_is_known_only_later_it_is_done(environment: TemplateEnvironment) -> None:
    source = "{% autoescape wanted %}{{ value }}{% endautoescape %}"
    assert shown(environment, source, value="<", wanted=True) == "&lt;"
    assert shown(environment, source, value="<", wanted=False) == "<"


def test_a_mistyped_name_is_an_error(environment: TemplateEnvironment) -> None:
    lesson = SimpleNamespace(topic="Дроби")
    assert shown(environment, "{{ lesson.topic }}", lesson=lesson) == "Дроби"
    with pytest.raises(AttributeError):
        shown(environment, "{{ lesson.topik }}", lesson=lesson)
    with pytest.raises(UndefinedError):
        shown(environment, "{{ leson.topic }}", lesson=lesson)


def test_a_key_is_asked_for_as_one(environment: TemplateEnvironment) -> None:
    words = {"topic": "Дроби", "items": "Пункты"}
    assert shown(environment, "{{ words['topic'] }}", words=words) == "Дроби"
    with pytest.raises(AttributeError):
        shown(environment, "{{ words.topic }}", words=words)


def test_whether_a_name_is_there_can_be_asked(environment: TemplateEnvironment) -> None:
    source = "{{ 'columns' if part.columns is defined else 'none' }}"
    assert shown(environment, source, part=SimpleNamespace(columns=())) == "columns"
    assert shown(environment, source, part=SimpleNamespace()) == "none"
    source = "{{ 'none' if part.columns is undefined else 'columns' }}"
    assert shown(environment, source, part=SimpleNamespace()) == "none"


def test_a_name_that_python_keeps_for_itself(environment: TemplateEnvironment) -> None:
    thing = SimpleNamespace(**{"class": "7А"})
    assert shown(environment, "{{ thing.class }}", thing=thing) == "7А"
