"""What everybody must be able to do in any engine, said once; and the table of who can.

Each task is done with hands (hands.py, terminals.py) and believed by the database.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from school import clock
from school.actions.history import Act
from school.actions.invitations import Wanted, make_codes
from school.database import database, ensure_connection
from school.models import (
    Account,
    Attendance,
    Guardianship,
    Homework,
    Lesson,
    Mark,
    Person,
    ServiceRequest,
    StudyPeriod,
    TeachingGroup,
    Work,
    WorkKind,
)
from tests import town as towns
from tests.blueprints.invited import consent_for
from tests.engines.hands import DESK, NARROW, PHONE, Hand
from tests.serving.running import SECRET
from tests.town import PASSWORD, Town, today

OWN_PASSWORD = "tihij samovar u okna"
HOMEWORK = "Номера 5 и 6"


@dataclass(frozen=True)
class Cast:
    """The people and the lesson of one engine: what one does is nothing to the others."""

    town: Town
    code: str
    newcomer: Person
    login: str
    mother: Person
    pupil: Person
    group: TeachingGroup
    lesson: Lesson
    pupils: list[Person]


def make_cast(town: Town, name: str) -> Cast:
    """`name` goes into logins and the names of groups."""
    with database.atomic():
        StudyPeriod.get_or_create(
            school=town.school, school_year=town.year, kind="quarter", ordinal=1,
            defaults={
                "name": "1 четверть", "from_grade": 5, "until_grade": 9,
                "from_on": towns.year_start(), "until_on": today() + timedelta(days=30),
            },
        )  # fmt: skip
        newcomer = towns.person(town.municipality, "Лисицына")
        mother = towns.person(town.municipality, "Королёва", "Мария")
        towns.account(mother, f"mother.{name}")
        pupils = [
            towns.person(town.municipality, surname, given_name)
            for surname, given_name in (
                ("Королёв", "Фёдор"), ("Попов", "Артём"), ("Яковлев", "Ян"),
            )
        ]  # fmt: skip
        group = towns.make_group(
            town.school, town.year, town.school_class, "Алгебра", town.teacher, pupils,
            name=f"7А {name}",
        )  # fmt: skip
        for pupil in pupils:
            towns.enrol(town.school_class, pupil)
        for guardian in (newcomer, mother):
            Guardianship.create(
                pupil=pupils[0], guardian=guardian, kind="mother",
                basis="свидетельство о рождении", from_on=towns.year_start(),
            )  # fmt: skip
        consent_for(town, newcomer, pupils[0])
        act = Act(clock.now(), town.administrator.id, "r")
        (code,), _ = make_codes(
            [Wanted(newcomer.id, "guardian", pupils[0].id)], town.school.id, act,
            secret=SECRET, request=secrets.token_hex(8),
        )  # fmt: skip
        lesson = towns.make_lesson(group, town.teacher, today(), number=2)
        read = towns.make_group(
            town.school, town.year, town.school_class, "Геометрия", town.colleague, pupils,
            name=f"7А {name}",
        )  # fmt: skip
        before = towns.make_lesson(
            read, town.colleague, today() - timedelta(days=today().weekday()),
            topic="Сложение векторов",
        )  # fmt: skip
        Homework.create(school=town.school, lesson=before, text=HOMEWORK)
        kind = WorkKind.get(WorkKind.school == town.school, WorkKind.name == "Контрольная работа")
        work = Work.create(school=town.school, lesson=before, work_kind=kind, weight=3, ordinal=1)
        Mark.create(school=town.school, work=work, pupil=pupils[0], position=1, value="4")
    return Cast(
        town, code.code, newcomer, f"mother.{name}", mother, pupils[0], group, lesson, pupils
    )


@dataclass
class Day:
    """A day at one engine: tasks in the order in which somebody does them."""

    hand: Hand
    cast: Cast
    #: Seconds that each task took.
    took: dict[str, float] = field(default_factory=dict)
    #: Each task that was done, and how: a cell of docs/engines.md.
    how: dict[str, str] = field(default_factory=dict)

    def do_all(self) -> None:
        """Every task in its order; what fails is an AssertionError."""
        for task, do in TASKS.items():
            began = time.monotonic()
            how = do(self)
            self.took[task] = time.monotonic() - began
            self.how[task] = how or "yes"
        assert {look: wrong for look, wrong in self.hand.faults.items() if wrong} == {}

    def enter_a_code(self) -> None:
        hand = self.hand
        hand.open("/invitation")
        hand.shows("Код из школы")
        hand.look("code")
        hand.fill("Код с памятки", self.cast.code)
        hand.press("Дальше")
        hand.shows("Придумайте логин")
        hand.look("registration")
        hand.fill("Логин", f"own.{self.cast.login}", row="Можно оставить")
        hand.fill("Пароль", OWN_PASSWORD, row="Хотя бы 8")
        hand.fill("Пароль ещё раз", OWN_PASSWORD)
        hand.press("Зарегистрироваться")
        hand.shows("Готово, вы вошли")
        fresh()
        assert Account.get(Account.person == self.cast.newcomer).login == f"own.{self.cast.login}"
        self.sign_out()

    def sign_in(self, login: str = "") -> None:
        hand = self.hand
        hand.open("/sign-in")
        hand.shows("Вход в дневник и журнал")
        hand.fill("Логин", login or self.cast.login)
        hand.fill("Пароль", PASSWORD)
        hand.press("Войти")
        hand.shows("Мои уроки" if login else "Королёв Фёдор")

    def read_the_week(self) -> None:
        hand = self.hand
        hand.follow("Неделя")
        shown = hand.shows("неделя")
        for words in ("Геометрия", "Сложение векторов", HOMEWORK, "Контрольная"):
            assert words in shown, f"no «{words}» in the week: {shown}"
        hand.look("week")

    def next_week(self) -> str:
        hand = self.hand
        hand.mark_page()
        hand.follow("Следующая неделя")
        hand.shows("Эта неделя")
        hand.look("next-week")
        how = "by script" if hand.is_marked_page() else "by link"
        hand.follow("Эта неделя")
        hand.shows(HOMEWORK)
        return how

    def open_a_subject(self) -> None:
        hand = self.hand
        hand.follow("Предметы")
        hand.shows("предметы и отметки")
        hand.follow("Геометрия")
        hand.shows("Средний балл.*Контрольная работа")
        hand.look("subject")

    def send_a_request(self) -> None:
        hand = self.hand
        hand.open("/account/requests")
        hand.shows("Мои заявления")
        hand.follow("Подать заявление")
        hand.shows("Заявление в школу")
        hand.look("request")
        hand.fill("Своими словами", "Отметки за первую четверть")
        hand.press("Отправить и зарегистрировать")
        hand.shows("Заявление зарегистрировано под №")
        hand.look("case")
        fresh()
        (case,) = ServiceRequest.select().where(ServiceRequest.applicant == self.cast.mother)
        assert case.words == "Отметки за первую четверть"
        self.sign_out()

    def enter_marks(self) -> str:
        hand, cast = self.hand, self.cast
        hand.resize(DESK)
        self.sign_in("teacher")
        hand.look("lessons")
        hand.follow(f"Алгебра, {cast.group.name}")
        hand.shows("Тема урока")
        hand.look("lesson")
        for number, (pupil, text) in enumerate(
            zip(cast.pupils, ("5", "н", "4/5"), strict=True), start=1
        ):
            name = f"{pupil.surname} {pupil.given_name}"
            hand.fill(f"Отметка, {name}", text, row=f"{number}. {pupil.surname}", nth=2)
        hand.fill("Тема урока", "Вычитание дробей")
        if not hand.has_script:
            return "into one form"
        # Each cell is saved when it is left, before any button.
        hand.fill("Отметка, Королёв Фёдор", "5")
        wait(lambda: len(marks_of(cast.lesson)) == 3)
        return "each saved when left"

    def save(self) -> None:
        hand, cast = self.hand, self.cast
        hand.press("Сохранить")
        hand.shows(r"Сохранено|Всё сохранено\.")
        hand.look("saved")
        hand.resize(NARROW)
        hand.look("saved-narrow")
        fresh()
        first, second, third = cast.pupils
        assert marks_of(cast.lesson) == [(first.id, "5"), (third.id, "4"), (third.id, "5")]
        assert [
            (row.pupil_id, row.code)
            for row in Attendance.select().where(Attendance.lesson == cast.lesson)
        ] == [(second.id, "н")]
        assert Lesson.get_by_id(cast.lesson.id).topic == "Вычитание дробей"
        hand.resize(PHONE)
        self.sign_out()

    def sign_out(self) -> None:
        hand = self.hand
        hand.follow("Выйти")
        hand.shows("После выхода")
        hand.press("Выйти")
        hand.shows("Вы вышли")


#: In their order; the words are the columns of docs/engines.md.
TASKS: dict[str, Callable[[Day], str | None]] = {
    "enter a code": Day.enter_a_code,
    "sign in": Day.sign_in,
    "read the week": Day.read_the_week,
    "next week": Day.next_week,
    "open a subject": Day.open_a_subject,
    "send a request": Day.send_a_request,
    "enter marks": Day.enter_marks,
    "save": Day.save,
}


def fresh() -> None:
    """See what the program wrote meanwhile."""
    database.close()
    ensure_connection()


def marks_of(lesson: Lesson) -> list[tuple[int, str]]:
    fresh()
    rows = Mark.select().join(Work).where(Work.lesson == lesson.id)
    return [(row.pupil_id, row.value) for row in rows.order_by(Mark.pupil, Mark.position)]


def wait(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not fact():
        assert time.monotonic() < deadline, "nothing was saved when the cells were left"
        time.sleep(0.1)
