"""Forms of the sign-in and the account."""

from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from blueprints.forms import Form
from school.rules.register import without_controls

TOO_OLD = "Страница устарела. Введите пароль ещё раз и нажмите кнопку."
PAGE_TOO_OLD = "Страница устарела. Проверьте, что введено, и нажмите кнопку ещё раз."
NO_COOKIES = (
    "Браузер не сохранил cookie, без них вход невозможен. Разрешите cookie для этого сайта "
    "и введите пароль ещё раз."
)


class SignInForm(Form):
    login = StringField(
        "Логин",
        validators=[InputRequired("Введите логин.")],
        filters=[lambda text: text and without_controls(text)],
    )
    password = PasswordField("Пароль", validators=[InputRequired("Введите пароль.")])
    own_device = BooleanField("Мой телефон", name="own-device")


class PasswordForm(Form):
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


class EmailForm(Form):
    address = StringField(
        "Адрес электронной почты",
        validators=[InputRequired("Введите адрес."), Length(max=300, message="Слишком длинно.")],
        filters=[lambda text: text and without_controls(text)],
    )


class CodeForm(Form):
    code = StringField(
        "Код из письма",
        validators=[InputRequired("Введите код из письма.")],
        filters=[lambda text: text and without_controls(text)],
    )


class SignOutForm(Form):
    pass


class ConfirmForm(Form):
    present = PasswordField("Пароль", validators=[InputRequired("Введите пароль.")])


class UnlockForm(Form):
    present = PasswordField("Пароль", validators=[InputRequired("Введите пароль.")])


class InvitationForm(Form):
    code = StringField(
        "Код с памятки",
        validators=[InputRequired("Введите код с памятки.")],
        filters=[lambda text: text and without_controls(text)[:200]],
    )


class RegistrationForm(Form):
    """Login and password of one's own; the address is optional."""

    login = StringField(
        "Логин",
        validators=[InputRequired("Придумайте логин.")],
        filters=[lambda text: text and without_controls(text)],
    )
    password = PasswordField("Пароль", validators=[InputRequired("Придумайте пароль.")])
    again = PasswordField(
        "Пароль ещё раз",
        validators=[
            InputRequired("Повторите пароль."),
            EqualTo("password", "Пароли не совпали. Введите пароль в оба поля."),
        ],
    )
    email = StringField(
        "Почта (не обязательно)",
        validators=[Length(max=300, message="Слишком длинно.")],
        filters=[lambda text: text and without_controls(text)],
    )
    own_device = BooleanField("Мой телефон", name="own-device")


class NewPasswordForm(Form):
    password = PasswordField("Новый пароль", validators=[InputRequired("Придумайте пароль.")])
    again = PasswordField(
        "Новый пароль ещё раз",
        validators=[
            InputRequired("Повторите пароль."),
            EqualTo("password", "Пароли не совпали. Введите пароль в оба поля."),
        ],
    )


class ForgottenForm(Form):
    login = StringField(
        "Логин или адрес почты",
        validators=[InputRequired("Введите логин или адрес почты."), Length(max=300)],
        filters=[lambda text: text and without_controls(text)],
    )


class LoginForm(Form):
    login = StringField(
        "Новый логин",
        validators=[InputRequired("Введите новый логин.")],
        filters=[lambda text: text and without_controls(text)],
    )


class PhoneForm(Form):
    phone = StringField(
        "Телефон",
        validators=[Length(max=60, message="Слишком длинно.")],
        filters=[lambda text: text and without_controls(text)],
    )
