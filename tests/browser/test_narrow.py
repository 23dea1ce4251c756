"""What a phone of 320 px shows of lists to choose from and of tables of counts."""

import pytest
from playwright.sync_api import expect

from tests.serving.client import COOKIE, open_session

#: Which of its words a closed list does not show whole.
CLOSED = """
function (list) {
  var style = getComputedStyle(list), words = document.createElement('div');
  words.style.font = style.font;
  words.style.width = list.clientWidth - parseFloat(style.paddingLeft) * 2 - 24 + 'px';
  if (style.whiteSpace !== 'normal') { words.style.whiteSpace = 'pre'; }
  document.body.appendChild(words);
  var longest = '';
  Array.from(list.options).forEach(function (option) {
    words.textContent = option.textContent;
    if (words.scrollHeight > list.clientHeight || words.scrollWidth > words.clientWidth) {
      longest = option.textContent + ' in ' + words.clientWidth + ' × ' + list.clientHeight +
        ' needs ' + words.scrollWidth + ' × ' + words.scrollHeight;
    }
  });
  words.remove();
  return longest;
}
"""


@pytest.fixture
def come(device, town):
    def open_page(who, path, look=""):
        made = device(320, 640)
        cookies = {COOKIE: open_session(who)} | ({"listok-look": look} if look else {})
        made.context.add_cookies(
            [{"name": name, "value": value, "url": made.url} for name, value in cookies.items()]
        )
        made.open(path)
        return made

    return open_page


@pytest.mark.parametrize("look", ["", "z200"])
def test_a_closed_list_shows_its_words_whole(come, town, look):
    made = come(town.mother, "/account/requests/new", look)
    lists = made.page.locator("select")
    assert lists.count() >= 2
    for number in range(lists.count()):
        assert lists.nth(number).evaluate(CLOSED) == ""
    made.fits()


def test_what_there_is_none_of_takes_no_line_on_a_phone(come, town):
    path = f"/oversight/schools/{town.school.id}/terms"
    for look in ("", "z200"):
        page = come(town.deputy_head, path, look).page
        expect(page.locator("td.zero").first).to_be_hidden()
        expect(page.locator("td[data-label='Срок прошёл']").first).to_be_visible()
    page.set_viewport_size({"width": 1400, "height": 800})
    expect(page.locator("td.zero").first).to_be_visible()
