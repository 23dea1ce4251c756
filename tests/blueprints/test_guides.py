"""Guides at /help/: for everybody, light, with small pictures that say in words what they show."""

from urllib.parse import urlsplit

import pytest

from blueprints.help.views import BY_NAME
from tests.house.files import ROOT
from tests.wire import fetch, on_the_wire

HEAVIEST_PICTURE = 10_000


@pytest.mark.requirement("A13")
def test_every_guide_opens_and_is_light(visit):
    stranger = visit()
    index = stranger.get("/help/")
    listed = {a for a in index.links().values() if a.removeprefix("/help/") in BY_NAME}
    assert listed == {f"/help/{name}" for name in BY_NAME}
    shown: set[str] = set()
    for name, guide in BY_NAME.items():
        page = stranger.get(f"/help/{name}")
        assert page.heading == guide.title
        assert len(page.main) > 150, name
        assert on_the_wire(fetch(stranger.client, f"/help/{name}")) <= 5_000
        for image in page.root.xpath("//img"):
            shown.add(image.get("src"))
            assert len(image.get("alt")) > 20
            assert int(image.get("width")) <= 320
            assert image.get("loading") == "lazy"
    for address in shown:
        answer = stranger.client.get(address)
        assert answer.status_code == 200
        assert answer.content_type == "image/png"
        assert "immutable" in answer.headers["Cache-Control"]
        assert len(answer.data) <= HEAVIEST_PICTURE
    # Nothing lies there that no guide shows.
    assert len(shown) == len(list((ROOT / "static" / "help").iterdir()))
    stranger.get("/help/nothing", status=404)


@pytest.mark.requirement("H21")
def test_with_the_data_saver_there_are_words_only(visit):
    client = visit().client
    assert "<img" in fetch(client, "/help/week", "identity").get_data(as_text=True)
    saved = fetch(client, "/help/week", "identity", **{"Save-Data": "on"}).get_data(as_text=True)
    assert "<img" not in saved
    assert "Прошлая неделя" in saved


def test_guides_press_what_there_is():
    """Names of buttons and links that a guide tells to press stand in some template."""
    templates = " ".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "templates").rglob("*.html")
        if "help" not in path.parts
    )
    code = " ".join(
        path.read_text(encoding="utf-8")
        for folder in ("blueprints", "school")
        for path in (ROOT / folder).rglob("*.py")
        if path.parts[-2] != "demo" and "help" not in path.parts
    )
    known = templates + code
    pressed = [
        "Мой телефон", "Где открыт вход", "Закрыть вход", "Прошлая неделя", "Что нового",
        "Почта: куда присылать письма", "Отправить код", "Подтвердить", "Письма мне",
        "Удалить адрес", "Версия для слабовидящих", "Показать так", "Вернуть обычный вид",
        "Сменить пароль", "Кто видит мой дневник", "Посещаемость отмечена", "Что ещё внести",
        "Снять отметку о посещаемости", "в другой день", "Добавить работу", "Попросить завуча",
        "Полоски отметок для бумажных дневников", "Завести школу",
        "Таблицы: загрузить и скачать", "Проверить", "Записать в дневник", "Временные пароли",
        "Вопросы к школе", "Закрыть без ответа", "Страница школы", "Изменить сроки",
        "Изменить весь текст", "Что должны внести", "Доля записей в срок",
        "Просьбы исправить записи", "Открытая страница муниципалитета", "Состояние программы",

        "Есть код из школы? Зарегистрироваться", "Зарегистрироваться",
        "Забыли пароль или логин?", "Прислать код", "Код из школы", "Сообщить об отсутствии",
        "Отозвать сообщение", "Мои заявления и согласия", "Подать заявление",
        "Отправить и зарегистрировать", "Листы у меня", "Всё верно, передать администратору",
        "Вернуть семье", "Зарегистрировать заявление", "Принять заявление", "Отказать в приёме",
        "Заявления класса: листы",

        "Коды доступа: кто с доступом и без",
        "Напечатать памятки с кодами", "Отдано лично", "Отменить передачу",
        "Забыли пароль: код для нового",
        "Принять все предложения", "Сообщения об отсутствии", "Не принимать",
        "Пропуски без причины", "Кого нет сегодня", "Замены и изменения расписания",
        "Показать уроки и замены", "отменить урок", "Записать отсутствие и сохранить замены",
        "Изменить урок", "Лист изменений для доски",
        "Журнал пропущенных и заменённых уроков", "Сроки и заявления по школам",
    ]  # fmt: skip
    assert [words for words in pressed if words not in known] == []


def test_no_guide_names_a_page_that_is_not_there(visit):
    stranger = visit()
    for name in BY_NAME:
        for address in stranger.get(f"/help/{name}").links().values():
            if urlsplit(address).path.startswith("/help/"):
                stranger.get(address)
