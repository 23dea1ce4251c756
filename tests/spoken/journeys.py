"""What a person without sight does with the program, and what they hear: twelve journeys.

Each begins signed out at the sign-in page. Keys are pressed as on a keyboard and nothing is
looked at; a sentence is waited for, never a time. What Orca says of its own (how many links a
page has) is left out.
"""

from school.models import Subject
from tests.spoken.screen_reader import ScreenReader
from tests.spoken.september import MONDAY, PASSWORD, September


def sign_in(reader: ScreenReader, login: str, title: str) -> None:
    """By keys alone, from the top of the page."""
    reader.go("/sign-in")
    reader.until("Tab", "Логин запись необходимо заполнить")
    reader.type(login)
    reader.until("Tab", "Пароль пароль")
    reader.type(PASSWORD)
    reader.press_and_open("Return", title)


def mother(reader: ScreenReader) -> None:
    sign_in(reader, "mother", "Королёв Фёдор, 7А: что нового")


def teacher(reader: ScreenReader) -> None:
    sign_in(reader, "teacher", "Мои уроки: пятница, 18 сентября")


def signing_in(reader: ScreenReader, september: September) -> None:
    """The first link of every page is the visually impaired mode; a wrong password is said."""
    said = " ".join(reader.go("/sign-in"))
    assert "Версия для слабовидящих ссылка. К содержанию страницы ссылка. Листок" in said
    reader.until("Tab", "Логин запись необходимо заполнить", most=4)
    reader.type("mother")
    reader.until("Tab", "Пароль пароль", most=1)
    reader.type("wrong")
    reader.press_and_open("Return", "Ошибка: Вход в дневник и журнал")
    reader.until("h", "Проверьте, пожалуйста заголовок уровень 2", most=3)
    reader.until("Down", "Логин или пароль", most=3)
    mother(reader)
    reader.until("h", "Королёв Фёдор, 7А: что нового заголовок уровень 1", most=2)


def todays_mark(reader: ScreenReader, september: September) -> None:
    mother(reader)
    reader.go(f"{september.diary}/day/2026-09-18")
    reader.until("h", "пятница, 18 сентября 2026 года заголовок уровень 1", most=2)
    reader.until("h", "Уроки сегодня заголовок уровень 2", most=1)
    # From the end up: the last lesson is the newest.
    reader.press("ctrl+End", "Up")
    reader.until("Down", "Отметка 3 Контрольная работа", most=2)
    reader.until("Up", "Алгебра ссылка. , 15:30–16:10", most=3)


def sum_behind_an_average(reader: ScreenReader, september: September) -> None:
    mother(reader)
    town = september.town
    algebra = Subject.get(Subject.name == "Алгебра", Subject.school == town.school)
    reader.go(f"{september.diary}/subjects")
    reader.until("t", "Отметки по порядку", most=1)
    reader.until("Down", "Алгебра ссылка. Отметки заголовок столбца 5, 4, 4, 3", most=3)
    reader.go(f"{september.diary}/subjects/{algebra.id}")
    reader.until("h", "Средний балл заголовок уровень 2", most=2)
    reader.until("Down", "4,00.", most=1)
    words = "5 на 1, плюс 4 на 2, плюс 4 на 3, плюс 3 на 1; делить на 7; равно 4,00."
    said = reader.until("Down", words, most=2)
    assert "точка в центре" not in " ".join(said)
    reader.until("Down", "пятёрка от 4,5, четвёрка от 3,5", most=3)


def absence(reader: ScreenReader, september: September) -> None:
    mother(reader)
    reader.go(f"{september.diary}/attendance")
    reader.until("Down", "Пропущено 2 урока: болезнь — 2. Опозданий нет.")
    reader.until("h", "По дням заголовок уровень 2")
    reader.until("h", "Четверг, 17 сентября ссылка заголовок уровень 3")
    reader.until("Down", "Отсутствие: болезнь — 1. Химия.", most=2)


def form_with_an_error(reader: ScreenReader, september: September) -> None:
    """The title says it first; the summary leads to the field, which says what is wrong."""
    mother(reader)
    reader.go(f"{september.diary}/attendance/excuse")
    reader.until("Tab", "С какого дня запись")
    reader.type("99.99.2026")
    reader.until("Tab", "Сообщить нажимаемая кнопка")
    reader.press_and_open("Return", "Ошибка: Сообщить об отсутствии: Королёв Фёдор, 7А")
    reader.until("h", "Проверьте", most=3)
    reader.until("Tab", "С какого дня", most=2)
    reader.press("Return")
    reader.until("Tab", "По какой день запись", most=2)
    said = reader.until("shift+Tab", "С какого дня запись 99.99.2026", most=2)
    assert "неверн" in " ".join(said).lower() or "Введите" in " ".join(said), said


def mark_by_keyboard(reader: ScreenReader, september: September) -> None:
    """Every field says whose and what it is; what was saved is said by itself."""
    teacher(reader)
    reader.go(f"/gradebook/lessons/{september.lesson_id}")
    reader.until("Tab", "Отметка, Петров-Сосновский Артём, Контрольная работа запись")
    reader.type("5")
    reader.press("Tab")
    reader.hears("Всё сохранено")
    reader.until("shift+Tab", "Отметка, Петров-Сосновский Артём, Контрольная работа запись 5")


def linear_twin(reader: ScreenReader, september: September) -> None:
    """A pupil's line of the grid as a page of its own, from lesson to lesson."""
    teacher(reader)
    town = september.town
    reader.go(f"/gradebook/groups/{town.group.id}/pupils/{town.pupil.id}")
    reader.until("h", "Королёв Фёдор: Алгебра, 7А заголовок уровень 1", most=2)
    reader.until("Down", "Средний балл: ")
    reader.until("t", "Уроки: ", most=1)
    reader.until("Tab", "15 сентября, Контрольная работа запись 5", most=40)
    reader.until("Tab", "16 сентября, Контрольная работа запись 4", most=2)


def entering_a_code(reader: ScreenReader, september: September) -> None:
    """Wrong first: the sentence says what to do. In small letters, as it is on the slip."""
    reader.go("/invitation")
    reader.until("Tab", "Код с памятки запись необходимо заполнить")
    reader.type("t249")
    reader.press_and_open("Return", "Ошибка: Код из школы")
    reader.until("h", "Проверьте", most=3)
    reader.until("Tab", "неверный ввод. 12 знаков, например T249-43P8-922T.")
    reader.hears("В коде 12 знаков, а введено 4.")
    reader.press("ctrl+a")
    reader.type(september.code.lower())
    reader.press_and_open("Return", "Придумайте логин и пароль")


def request_and_its_stage(reader: ScreenReader, september: September) -> None:
    mother(reader)
    reader.go("/account/requests/new")
    reader.until("Tab", "Что вам нужно")
    reader.until("Tab", "Своими словами запись")
    reader.type("2026")
    reader.until("Tab", "Отправить и зарегистрировать нажимаемая кнопка")
    reader.press_and_open("Return", "Заявление № 1")
    reader.hears_ever("Заявление зарегистрировано под № 1.")
    reader.go("/account/requests")
    reader.until("Tab", "№ 1 от 18.09.2026")
    reader.until("Down", "Готовится ответ. У кого: администратор. До конца", most=2)


def visually_impaired_mode(reader: ScreenReader, september: September) -> None:
    """Before sign-in: from the first link to «готово»."""
    reader.go("/sign-in")
    reader.until("ctrl+Home", "Версия для слабовидящих.", most=2)
    reader.press_and_open("Return", "Вид страниц: версия для слабовидящих")
    reader.until("Tab", "обычные. выбрано радио-кнопка")
    reader.press("space")
    reader.until("Tab", "Показать так нажимаемая кнопка")
    reader.press_and_open("Return", "Вид страниц: версия для слабовидящих")
    reader.hears_ever("Готово: все страницы теперь выглядят так, как эта.")


def week_read_out(reader: ScreenReader, september: September) -> None:
    """Read by Orca's own «say all»: whole sentences from start to end, and no list between."""
    mother(reader)
    reader.go(f"{september.diary}/week/{MONDAY}?as=text")
    said = reader.reads("Конец недели")
    text = " ".join(said)
    for words in (
        "Понедельник, 14 сентября заголовок уровень 2 1-й урок: Информатика. С 08:30 до 09:10, "
        "кабинет 100. Тема: Представление информации. Задано: параграф 1.4, вопросы с 1 по 5",
        "Отметка 3 за контрольную работу, вес 3. 2-й урок: Английский язык.",
        "Отсутствие: болезнь.",
        "Пятница, 18 сентября, сегодня заголовок уровень 2",
    ):
        assert words in text, text
    week = text[text.index("Понедельник") : text.index("Конец недели")]
    for noise in ("описания", "жирная точка", "ссылка", "стрелка", "каб.", "упр.", "§", "№"):
        assert noise not in week, f"{noise}: {week}"


JOURNEYS = {
    "sign in": signing_in,
    "today's mark": todays_mark,
    "the sum behind an average": sum_behind_an_average,
    "an absence": absence,
    "a form with an error": form_with_an_error,
    "a mark saved by keyboard": mark_by_keyboard,
    "the grid's linear twin": linear_twin,
    "entering a code": entering_a_code,
    "a request and its stage": request_and_its_stage,
    "the visually impaired mode": visually_impaired_mode,
    "a week read out": week_read_out,
}
