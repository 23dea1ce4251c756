"""Forms of the administrator's room."""

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from blueprints.forms import Form
from school.rules.register import without_controls

TOO_OLD = "Страница устарела. Проверьте адрес и нажмите кнопку ещё раз."


class TrialLetterForm(Form):
    address = StringField(
        "Адрес",
        validators=[InputRequired("Введите адрес."), Length(max=300, message="Слишком длинно.")],
        filters=[lambda text: text and without_controls(text)],
    )
    #: One page, one letter: pressing the button twice sends no second one.
    request = HiddenField(validators=[Length(max=40)])
