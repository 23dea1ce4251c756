"""Forms of who answers for a school."""

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length

from blueprints.forms import Form, without_controls
from school.rules.grading import IMPORTANT, PLAIN, WEIGHTED

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
