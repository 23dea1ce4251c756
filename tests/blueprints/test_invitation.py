"""A code from school: registration, one more role, a new password (A7, H16)."""

import re
from datetime import timedelta

import pytest

from school import clock
from school.actions.history import Act
from school.actions.invitations import Wanted, make_codes
from school.models import (
    AccessLog,
    Account,
    Consent,
    Contact,
    Guardianship,
    History,
    Invitation,
    Letter,
    Person,
    PersonMerge,
)
from school.passwords import is_correct
from school.rules.codes import ALPHABET, check_of, in_groups
from tests.blueprints.helpers import check_came_back, complaints, open_session
from tests.blueprints.invited import consent_for, invite, new_family
from tests.town import PASSWORD as TOWN_PASSWORD
from tests.town import account, person, today
from tests.wire import fetch, on_the_wire, style_of

PASSWORD = "кот и три сосны"


@pytest.fixture
def family(town):
    return new_family(town)


def land(visitor, answer):
    """The page at the end of a row of redirects, fetched once: what is said there is said once."""
    address = answer.headers["Location"]
    for _ in range(5):
        response = visitor.client.get(address)
        if response.status_code == 200:
            return visitor._page(response, address, 200)
        address = response.headers["Location"]
    raise AssertionError("redirected in circles")


def type_code(visitor, code, status=303):
    return visitor.send(visitor.get("/invitation"), form="/invitation", status=status, code=code)


def fill_in(visitor, page, status=303, **changes):
    values = {"login": "lisa", "password": PASSWORD, "again": PASSWORD, **changes}
    return visitor.send(page, form="/registration", status=status, **values)


@pytest.mark.clause("S2 1.4", "NT внимание")
@pytest.mark.requirement("A7")
def test_a_code_opens_registration_once(town, visit, family):
    code = invite(town, family.mother, family.pupil)
    visitor = visit()
    page = visitor.follow(type_code(visitor, in_groups(code).lower()))
    assert "Лисицына Анна" in page.main
    assert "Лисицын Глеб" in page.main
    assert page.fields()["login"] == "lisitsyna.a"
    answer = fill_in(visitor, page)
    front = land(visitor, answer)
    assert "Готово, вы вошли. Ваш логин: lisa." in front.words
    assert f"/diary/{family.pupil.id}/" in front.address
    made = Account.get(Account.person == family.mother)
    assert made.login == "lisa"
    assert is_correct(PASSWORD, made.password_hash)
    row = Invitation.get(Invitation.person == family.mother)
    assert row.used_at is not None
    assert code not in str(row.__data__)
    # Nothing of it opens anything a second time.
    again = type_code(visit(), code, status=422)
    assert "Код не подошёл" in again.main
    log = [(r.event, r.person_id, r.detail) for r in AccessLog.select().order_by(AccessLog.id)]
    assert ("registered", family.mother.id, "") in log
    assert ("code_refused", None, "") in log
    assert code not in str(log)


@pytest.mark.requirement("A7")
def test_every_code_that_opens_nothing_says_the_same(town, visit, family):
    codes = {}
    for name in ("used", "expired", "replaced", "withdrawn"):
        mother = person(town.municipality, "Лисицына", name.capitalize())
        Guardianship.create(
            pupil=family.pupil, guardian=mother, kind="mother", basis="x",
            from_on=today() - timedelta(days=9),
        )  # fmt: skip
        consent_for(town, mother, family.pupil)
        codes[name] = invite(town, mother, family.pupil)
        if name == "replaced":
            invite(town, mother, family.pupil)
    by_name = {row.person.given_name: row for row in Invitation.select()}
    Invitation.update(used_at=clock.now()).where(Invitation.id == by_name["Used"].id).execute()
    Invitation.update(ends_at=clock.now() - timedelta(seconds=1)).where(
        Invitation.id == by_name["Expired"].id
    ).execute()
    Consent.update(withdrawn_at=clock.now()).where(
        Consent.subject == by_name["Withdrawn"].person_id
    ).execute()
    drawn = ALPHABET[:11]
    codes["unknown"] = drawn + check_of(drawn)
    said = set()
    for code in codes.values():
        page = type_code(visit(), code, status=422)
        said.add(check_came_back(page, "code", code))
        assert "Лисицын" not in page.words
    assert len(said) == 1
    assert "введено 5" in complaints(type_code(visit(), "T249-4", status=422))["code"]


@pytest.mark.requirement("A7")
def test_guessing_codes_is_slowed_down(visit, town, family):
    code = invite(town, family.mother, family.pupil)
    visitor = visit()
    page = visitor.get("/invitation")
    for _ in range(20):
        visitor.send(page, form="/invitation", status=422, code="T249-43P8-9222")
    answer = visitor.send(page, form="/invitation", status=429, code=code)
    assert int(answer.headers["Retry-After"]) > 0
    assert "Слишком много" in answer.main
    assert AccessLog.select().where(AccessLog.event == "code_refused").count() == 20


def test_what_is_wrong_is_said_beside_the_field(town, visit, family):
    account(person(town.municipality, "Занятова"), login="lisa")
    visitor = visit()
    page = visitor.follow(type_code(visitor, invite(town, family.mother, family.pupil)))
    taken = fill_in(visitor, page, status=422)
    assert "Свободны: lisitsyna.a" in check_came_back(taken, "login", "lisa")
    for field, values, said in (
        ("login", {"login": "я и ты"}, "пробелов"),
        ("password", {"password": "йцукенгш", "again": "йцукенгш"}, "легко угадать"),
        ("password", {"password": "лисицына1", "again": "лисицына1"}, "легко угадать"),
        ("again", {"again": "другой"}, "не совпали"),
        ("email", {"email": "нет адреса"}, "Адрес пишут так"),
    ):
        wrong = fill_in(visitor, page, status=422, **{"login": "lisa2", **values})
        assert said in complaints(wrong)[field]
    assert Invitation.get().used_at is None


def test_the_same_form_twice_makes_one_account(town, visit, family):
    visitor = visit()
    page = visitor.follow(type_code(visitor, invite(town, family.mother, family.pupil)))
    fields = {**page.fields("/registration"), "login": "Lisa", "password": PASSWORD,
              "again": PASSWORD}  # fmt: skip
    with visitor.client.session_transaction() as cookie:
        before = dict(cookie)
    visitor.post("/invitation/registration", fields)
    # The second press went out before the first one's answer came.
    with visitor.client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(before)
    answer = visitor.post("/invitation/registration", fields)
    assert f"/diary/{family.pupil.id}/" in land(visitor, answer).address
    assert Account.select().where(Account.person == family.mother).count() == 1


def test_an_address_given_at_once_gets_its_code(town, visit, family):
    visitor = visit()
    page = visitor.follow(type_code(visitor, invite(town, family.mother, family.pupil)))
    front = land(visitor, fill_in(visitor, page, email="lisa@mail.ru"))
    assert "На почту отправлен код" in front.words
    assert Contact.get(Contact.person == family.mother).confirmed_at is None
    assert Letter.get(Letter.person == family.mother).address == "lisa@mail.ru"


@pytest.mark.requirement("A7")
def test_who_has_an_account_adds_the_child_to_it(town, visit, family):
    """The teacher of the school is the mother, whom the office wrote down a second time."""
    Person.update(surname="Лисицына", given_name="Анна").where(Person.id == town.teacher).execute()
    code = invite(town, family.mother, family.pupil)
    visitor = visit()
    page = visitor.follow(type_code(visitor, code))
    sign_in = visitor.get(
        next(a for words, a in page.links().items() if "войдите" in words.lower())
    )
    answer = visitor.send(sign_in, login="teacher", password=TOWN_PASSWORD)
    page = visitor.follow(answer)
    assert "Добавить к моей записи" in page.main
    front = land(visitor, visitor.send(page, form="/registration"))
    assert "Добавлено к вашей учётной записи" in front.words
    assert "Дневник: Глеб" in front.links()
    assert Guardianship.get(Guardianship.pupil == family.pupil).guardian_id == town.teacher.id
    assert PersonMerge.get().kept_id == town.teacher.id
    assert not Account.select().where(Account.person == family.mother).exists()


def test_a_code_of_another_name_is_not_added(town, visit, family):
    code = invite(town, family.mother, family.pupil)
    visitor = visit(town.mother)
    page = visitor.follow(type_code(visitor, code))
    assert "выписан на другое имя" in page.main
    token = (
        page.fields(0)["csrf_token"]
        if page.root.xpath("//form")
        else visitor.get("/sign-out").fields()["csrf_token"]
    )
    visitor.post("/invitation/registration", {"csrf_token": token}, status=422)
    assert Invitation.get().used_at is None
    assert Guardianship.get(Guardianship.pupil == family.pupil).guardian_id == family.mother.id


def test_a_code_is_forgotten_with_the_session(town, visit, family):
    visitor = visit()
    type_code(visitor, invite(town, family.mother, family.pupil))
    with visitor.client.session_transaction() as cookie:
        cookie["invitation"][1] -= 31 * 60 * 1000
        cookie.modified = True
    answer = visitor.get("/invitation/registration", status=303)
    assert answer.headers["Location"] == "/invitation"
    # Whoever signs in at the same screen for another reason does not find it either.
    type_code(visitor, invite(town, family.mother, family.pupil))
    visitor.send(visitor.get("/sign-in"), login="teacher", password=TOWN_PASSWORD)
    visitor.get("/invitation/registration", status=303)


# Forgotten


def slip_for(town, somebody, pupil):
    act = Act(clock.now(), town.people["administrator"].id, "r")
    made, _ = make_codes(
        [Wanted(somebody.id, "guardian", pupil.id, "password")], town.school.id, act,
        secret="for tests only, thirty-two letters or more", request="again",
    )  # fmt: skip
    return made[0].code


@pytest.mark.requirement("H16")
def test_a_new_slip_lets_its_person_choose_a_new_password(app, town, visit):
    elsewhere = open_session(app, town.mother)
    code = slip_for(town, town.mother, town.pupil)
    visitor = visit()
    page = visitor.follow(type_code(visitor, code))
    assert "mother" in page.main
    weak = visitor.send(
        page, form="/registration", status=422, password="мария2010", again="мария2010"
    )
    assert "легко угадать" in complaints(weak)["password"]
    answer = visitor.send(page, form="/registration", password=PASSWORD, again=PASSWORD)
    assert "Новый пароль действует" in land(visitor, answer).words
    assert is_correct(PASSWORD, Account.get(Account.person == town.mother).password_hash)
    elsewhere.get("/account/", status=303)
    assert History.get(History.field == "password").new == "by code"
    assert Letter.get(Letter.kind == "password_changed").person_id == town.mother.id
    type_code(visit(), code, status=422)


@pytest.mark.requirement("H16")
@pytest.mark.parametrize("typed", ["Mother", "M.K@mail.ru"])
def test_a_confirmed_address_gets_a_code_by_letter(town, visit, typed):
    Contact.create(
        person=town.mother, kind="email", address="m.k@mail.ru", entered_at=clock.now(),
        confirmed_at=clock.now(),
    )  # fmt: skip
    visitor = visit()
    answer = visitor.send(visitor.get("/sign-in/forgotten"), form="forgotten", login=typed)
    said = visitor.follow(answer).words
    letter = Letter.get(Letter.person == town.mother)
    assert letter.is_secret
    assert letter.address == "m.k@mail.ru"
    code = re.search(r"Код: ([0-9A-Z-]{14})", letter.body)[1]
    assert Invitation.get().ends_at - clock.now() <= timedelta(hours=1)
    # Whoever asks about nobody is told the same, and so is who has no address.
    for nobody in ("nobody", "father", "x@mail.ru", "@"):
        stranger = visit()
        other = stranger.send(stranger.get("/sign-in/forgotten"), form="forgotten", login=nobody)
        assert stranger.follow(other).words == said
    assert Letter.select().count() == 1
    page = visitor.follow(type_code(visitor, code))
    visitor.send(page, form="/registration", password=PASSWORD, again=PASSWORD)
    assert is_correct(PASSWORD, Account.get(Account.person == town.mother).password_hash)


def test_letters_do_not_flood_a_mailbox(town, visit):
    Contact.create(
        person=town.mother, kind="email", address="m.k@mail.ru", entered_at=clock.now(),
        confirmed_at=clock.now(),
    )  # fmt: skip
    visitor = visit()
    page = visitor.get("/sign-in/forgotten")
    for _ in range(10):
        visitor.send(page, form="forgotten", login="mother")
    assert Letter.select().count() == 3
    visitor.send(page, form="forgotten", login="mother", status=429)


@pytest.mark.requirement("H16")
def test_the_page_says_what_to_do_without_an_address(visit, town):
    page = visit().get("/sign-in/forgotten")
    assert "классному руководителю" in page.main
    assert "администратору школы" in page.main
    sign_in = visit().get("/sign-in")
    assert "/sign-in/forgotten" in sign_in.links().values()
    assert "/invitation" in sign_in.links().values()


# Bytes


@pytest.mark.requirement("H21")
def test_the_page_for_the_code_is_as_light_as_the_sign_in_page(visit):
    client = visit().client
    sizes = {}
    for address in ("/invitation", "/sign-in"):
        plain = fetch(client, address, "identity").get_data(as_text=True)
        css = fetch(client, style_of(plain), "br")
        sizes[address] = on_the_wire(fetch(client, address, "br")) + on_the_wire(css)
    print(sizes)
    assert sizes["/invitation"] <= 5_000
    assert sizes["/invitation"] <= sizes["/sign-in"] * 1.05
