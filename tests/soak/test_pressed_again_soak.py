"""All forms of tests/browser/test_typed.py on a line that drops, pressed twice, after «Back»."""

import pytest

from tests.browser.conftest import device, server, town
from tests.browser.test_pressed_again import press_twice, sit_down
from tests.browser.test_typed import FORMS, check_typed, on_a_line

__all__ = ["device", "on_a_line", "server", "sit_down", "town"]

pytestmark = pytest.mark.requirement("H21")


@pytest.mark.parametrize("name", FORMS)
def test_what_was_typed_is_there_after_the_line_dropped(on_a_line, town, name):
    check_typed(on_a_line, town, FORMS[name])


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("script", [True, False])
def test_a_button_pressed_twice_and_after_back(sit_down, town, name, script):
    press_twice(sit_down(FORMS[name].who, script=script), town, FORMS[name])
