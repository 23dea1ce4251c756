"""The form of /view."""

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from blueprints.forms import Form
from school.rules.looks import SCHEMES, SIZES, STEPS, Look

SIZE_WORDS = ("обычные", "125 %", "150 %", "175 %", "200 %, вдвое больше обычных")
SCHEME_WORDS = (
    "как настроено на устройстве",
    "чёрным по белому",
    "белым по чёрному",
    "тёмно-синим по голубому",
    "коричневым по бежевому",
    "зелёным по тёмно-коричневому",
)
STEP_WORDS = ("обычное", "больше", "самое большое")
FONT_WORDS = ("без засечек", "с засечками")


def _number(text: Any) -> int:
    """-1, which no choice has, for what is no number."""
    return int(text) if str(text).isdecimal() else -1


class Choice(RadioField):
    """One of a few numbers; left out, the first."""

    def __init__(
        self, label: str, numbers: tuple[int, ...], words: tuple[str, ...], **more: Any
    ) -> None:
        choices = [SelectChoice(number, told) for number, told in zip(numbers, words, strict=True)]
        super().__init__(label, coerce=_number, choices=choices, default=numbers[0], **more)

    def pre_validate(self, form: Any) -> None:
        if self.data not in [choice.value for choice in self.choices]:
            raise ValidationError("Такого выбора нет. Выберите из списка.")


class LookForm(Form):
    size = Choice("Буквы", SIZES, SIZE_WORDS)
    scheme = Choice("Цвета", SCHEMES, SCHEME_WORDS)
    letters = Choice("Расстояние между буквами", STEPS, STEP_WORDS)
    lines = Choice("Расстояние между строками", STEPS, STEP_WORDS)
    font = Choice("Шрифт", (0, 1), FONT_WORDS)
    one_column = BooleanField("Всё в одну колонку, одно под другим", name="one-column")
    saver = BooleanField("Экономить трафик: только текст, без программ", name="data-saver")
    text = BooleanField("Неделя сплошным текстом, чтобы слушать", name="week-as-text")
    next = HiddenField()

    @property
    def look(self) -> Look:
        """What is chosen in a valid form."""
        return Look(
            size=self.size.data,
            scheme=self.scheme.data,
            letters=self.letters.data,
            lines=self.lines.data,
            serif=bool(self.font.data),
            one_column=self.one_column.data,
            saver=self.saver.data,
            text=self.text.data,
        )


def form_of(look: Look, back: str) -> LookForm:
    """The form that shows a look."""
    return LookForm(
        size=look.size,
        scheme=look.scheme,
        letters=look.letters,
        lines=look.lines,
        font=int(look.serif),
        one_column=look.one_column,
        saver=look.saver,
        text=look.text,
        next=back,
    )
