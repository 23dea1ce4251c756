"""What an action did is announced once: by the live region, on the page that follows, and never
again."""

import pytest

from tests.town import PASSWORD

#: How often words came into the live region since the page was there.
LISTEN = """
window.announced = [];
document.addEventListener('DOMContentLoaded', function () {
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      Array.prototype.forEach.call(change.addedNodes, function (node) {
        if (node.textContent.trim()) { window.announced.push(node.textContent.trim()); }
      });
    });
  }).observe(document.getElementById('said'), {childList: true});
});
"""


@pytest.mark.requirement("H20")
def test_the_status_of_an_action_is_announced_once(device):
    phone = device(320)
    phone.page.add_init_script(LISTEN)
    phone.open("/view")
    phone.page.check("#size-150")
    phone.page.get_by_role("button", name="Показать так").click()
    phone.page.wait_for_url("**/view")
    phone.page.wait_for_timeout(1500)  # waiting for a fact evaluates text, which CSP forbids
    assert phone.page.evaluate("window.announced") == [
        "Готово: все страницы теперь выглядят так, как эта."
    ]
    assert phone.page.locator("#said p").count() == 1
    phone.open("/sign-in")
    phone.page.wait_for_timeout(500)
    assert phone.page.evaluate("window.announced") == []
    assert phone.page.locator("#said").inner_text() == ""


@pytest.mark.requirement("H19")
def test_the_mode_is_chosen_by_keyboard_without_script_and_followed_everywhere(device):
    phone = device(320, script=False)
    phone.open("/sign-in")
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")
    phone.page.wait_for_url("**/view")
    phone.page.check("#size-200")
    phone.page.check("#scheme-2")
    phone.page.get_by_role("button", name="Показать так").click()
    phone.page.wait_for_url(lambda address: "/view?next=" in address)
    body = "(function (style) { return [style.fontSize, style.color, style.backgroundColor]; })"
    shown = phone.page.evaluate(f"{body}(getComputedStyle(document.body))")
    assert shown == ["32px", "rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    phone.page.get_by_role("link", name="Вернуться").click()
    phone.page.wait_for_url("**/sign-in")
    phone.page.fill("#login", "mother")
    phone.page.fill("#password", PASSWORD)
    phone.page.click("main button")
    phone.page.wait_for_url("**/diary/**")
    assert phone.page.evaluate(f"{body}(getComputedStyle(document.body))")[0] == "32px"
    phone.fits()
