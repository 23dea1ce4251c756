"""Passwords as somebody else would guess them: typed on the other keyboard layout, or spelled in
the other alphabet. Lists of leaked passwords hold Russian ones in Latin letters alone."""

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_LATIN = str.maketrans(_RUSSIAN, _LATIN)
_TO_RUSSIAN = str.maketrans(_LATIN, _RUSSIAN)
_SPELLED = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_TO_SPELLED = str.maketrans(_SPELLED)

#: What people of a school try first, beside names and what is at the top of the lists.
FAVOURITE_WORDS = (
    "любовь", "любимая", "любимый", "солнце", "солнышко", "пароль", "привет", "россия", "москва",
    "урал", "спартак", "зенит", "динамо", "кошка", "котик", "котенок", "собака", "зайка", "семья",
    "мамочка", "доченька", "сынок", "счастье", "весна", "осень", "сентябрь", "победа", "танкист",
    "школа", "школьник", "ученик", "ученица", "учитель", "учительница", "класс", "классный",
    "дневник", "журнал", "листок", "отметка", "пятерка", "отличник", "урок", "математика",
    "директор", "завуч", "родитель", "админ", "администратор", "каникулы",
)  # fmt: skip


def spelled(text: str) -> str:
    """Russian words in Latin letters: «Щукина» → «schukina»."""
    return text.lower().translate(_TO_SPELLED)


def readings(password: str) -> tuple[str, ...]:
    """A password and what else it may be on somebody's list, in lower case: its keys on the
    Latin layout, and the Russian word, however it was typed, in Latin letters."""
    plain = password.lower()
    russian = plain.translate(_TO_RUSSIAN)
    found = (plain, plain.translate(_TO_LATIN), plain.translate(_TO_SPELLED), spelled(russian))
    return tuple(dict.fromkeys(found))
