"""Forms of the sign-in and the account."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

TOO_OLD = "Страница устарела. Введите пароль ещё раз и нажмите кнопку."


class SignInForm(FlaskForm):
    login = StringField("Логин", validators=[InputRequired("Введите логин.")])
    password = PasswordField("Пароль", validators=[InputRequired("Введите пароль.")])
    own_device = BooleanField("Мой телефон", name="own-device")


class PasswordForm(FlaskForm):
    present = PasswordField(
        "Нынешний пароль", validators=[InputRequired("Введите нынешний пароль.")]
    )
    new = PasswordField("Новый пароль", validators=[InputRequired("Придумайте новый пароль.")])
    again = PasswordField(
        "Новый пароль ещё раз",
        validators=[
            InputRequired("Повторите новый пароль."),
            EqualTo("new", "Пароли не совпали. Введите новый пароль в оба поля."),
        ],
    )


class SignOutForm(FlaskForm):
    pass
