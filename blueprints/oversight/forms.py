"""Forms of who answers for a school."""

from fractions import Fraction
from typing import Any

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length

from blueprints.forms import Form, without_controls
from school.rules.grading import IMPORTANT, PLAIN, WEIGHTED
from school.rules.proposals import MOST_MARKS_NEEDED, ResultPolicy

TOO_OLD = "Вы входили заново, поэтому ничего ещё не сохранено. Нажмите кнопку ещё раз."

AVERAGES = [
    (WEIGHTED, "с учётом веса работ"),
    (PLAIN, "простое: все отметки равны"),
    (IMPORTANT, "только по важным работам"),
]
THRESHOLD_LABELS = [
    ("1/2", "2,5 / 3,5 / 4,5"),
    ("3/5", "2,6 / 3,6 / 4,6"),
    ("13/20", "2,65 / 3,65 / 4,65"),
]


class GradingForm(Form):
    average = SelectField("Среднее", choices=[SelectChoice(*pair) for pair in AVERAGES])
    threshold = SelectField(
        "С какого среднего — следующая отметка",
        choices=[SelectChoice(*pair) for pair in THRESHOLD_LABELS],
        validators=[AnyOf([value for value, _ in THRESHOLD_LABELS], "Выберите из списка.")],
    )
    ones_allowed = BooleanField("Школа ставит и единицы")


class ResultPolicyForm(Form):
    """By what a school proposes results."""

    least_marks = StringField(
        "Сколько отметок нужно, чтобы предложить результат", filters=[without_controls]
    )
    most_missed = StringField(
        "С какой доли пропущенных уроков предлагать «н/а», в процентах", filters=[without_controls]
    )
    year_threshold = SelectField(
        "С какого среднего по периодам годовая — следующая отметка",
        choices=[SelectChoice(*pair) for pair in THRESHOLD_LABELS],
        validators=[AnyOf([value for value, _ in THRESHOLD_LABELS], "Выберите из списка.")],
    )
    exam_in_year = BooleanField("Экзамен входит в годовую отметку как ещё один период")

    def fill(self, policy: ResultPolicy) -> None:
        self.least_marks.data = str(policy.least_marks)
        self.most_missed.data = str(policy.most_missed)
        self.year_threshold.data = str(policy.year_threshold)
        self.exam_in_year.data = policy.exam_in_year

    def read(self) -> ResultPolicy | None:
        """What was typed, or None with a sentence beside each field that is out of order."""
        good = self.validate()
        least_marks = self._number(self.least_marks, MOST_MARKS_NEEDED, "отметок")
        most_missed = self._number(self.most_missed, 100, "процентов")
        if not good or least_marks is None or most_missed is None:
            return None
        threshold = Fraction(self.year_threshold.data)
        return ResultPolicy(least_marks, most_missed, threshold, bool(self.exam_in_year.data))

    @staticmethod
    def _number(field: Any, most: int, of_what: str) -> int | None:
        text = (field.data or "").strip().rstrip("%").strip()
        if text.isdecimal() and len(text) < 4 and 1 <= int(text) <= most:
            return int(text)
        field.errors = [f"Напишите число {of_what} от 1 до {most}."]
        return None


class KindForm(Form):
    """A kind of work, of the school or as a subject has it."""

    name = StringField("Название", filters=[lambda text: text and without_controls(text)])
    weight = StringField("Вес")
    is_important = BooleanField("Важная: считается в среднем «только по важным работам»")
    marks_expected = BooleanField("Отметка нужна каждому, кто был на уроке")
    is_offered = BooleanField("Предлагать для новых работ")
    of_period = BooleanField("Изменить и работы нынешнего учебного периода, а не только новые")
    as_school = BooleanField("Как в школе: без своих правил для предмета")


class LogTermForm(Form):
    days = StringField(
        "Сколько дней хранить",
        validators=[InputRequired("Напишите число дней."), Length(max=6, message="Слишком много.")],
    )


class DecisionForm(Form):
    """A request to change what is locked: «open» or anything else, with a word."""

    decision = StringField()
    word = TextAreaField("Если нет — почему")
