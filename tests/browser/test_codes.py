"""From the administrator's slip to the family's diary, by the people it takes."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from school.database import database
from school.models import HandOver, Invitation
from school.rules.codes import read_code
from tests.blueprints.invited import new_family
from tests.town import PASSWORD

OWN = "кот и три сосны"


def sign_in(device, login):
    device.open("/sign-in")
    device.page.fill("#login", login)
    device.page.fill("#password", PASSWORD)
    device.page.click("main button")
    device.page.wait_for_url(lambda address: "/sign-in" not in address)


@pytest.mark.requirement("A5")
@pytest.mark.requirement("A6")
@pytest.mark.requirement("A7")
def test_a_slip_on_paper_becomes_a_family_at_its_diary(device, town):
    with database.atomic():
        family = new_family(town)
    office, teacher, phone = device(1024), device(320), device(320)
    sign_in(office, "administrator")
    office.open("/office/codes")
    office.page.get_by_role("button", name="Напечатать памятки всем").click()
    slip = office.page.locator(".slip", has_text="Лисицына Анна")
    image = slip.locator("img").get_attribute("src")
    scanned = scan(image)
    assert read_code(slip.locator(".code").inner_text()) == read_code(scanned.partition("#")[2])
    office.page.get_by_role("button", name="переданы").click()
    office.page.wait_for_url("**/office/codes")
    # The class teacher gives it to the mother, on the phone in the corridor.
    sign_in(teacher, "class_teacher")
    teacher.open(f"/class/{town.school_class.id}/codes")
    teacher.fits()
    teacher.page.get_by_role("button", name="Отдано лично: Лисицына").click()
    teacher.page.get_by_text("Записано: памятка отдана").wait_for()
    assert [row.step for row in HandOver.select().order_by(HandOver.id)][-1] == "to_person"
    # She holds her phone before the code.
    phone.page.goto(phone.url + "/" + scanned.split("/", 3)[3])
    assert phone.page.input_value("#code") == scanned.partition("#")[2]
    assert phone.page.url == phone.url + "/invitation"
    phone.fits()
    phone.page.get_by_role("button", name="Дальше").click()
    phone.page.wait_for_url("**/invitation/registration")
    assert "Лисицын Глеб" in phone.page.inner_text("main")
    phone.fits()
    for field in ("password", "again"):
        phone.page.fill(f"#{field}", OWN)
    phone.page.get_by_role("button", name="Зарегистрироваться").click()
    phone.page.wait_for_url(f"**/diary/{family.pupil.id}/**")
    assert "Ваш логин: lisitsyna.a" in phone.page.inner_text("#said")
    assert Invitation.get(Invitation.person == family.mother).used_at is not None
    code = scanned.partition("#")[2]
    assert not [address for address in phone.asked if code in address.partition("#")[0]]


def scan(source):
    """What a scanner reads in a picture of a page."""
    picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    return zxingcpp.read_barcodes(picture.convert("L"))[0].text
