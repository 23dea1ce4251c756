"""How somebody wants pages to look: the visually impaired mode and the data saver (H19, H21).

A look is written as a few words joined by dots, the same in the cookie, in the account and in
the `class` of a page: «z150.k2.l1». What a word means is in static/looks.css.
"""

from dataclasses import dataclass

from school.rules.sheets import POINTS

#: Per cent of the ordinary size of letters.
SIZES = (100, 125, 150, 175, 200)
#: From this size on a page has room for one thing beside another only on a wide screen.
BIG = 150
#: From which size of letters on a screen a paper is offered in which points (H17).
LARGE_PRINT = ((175, POINTS[2]), (BIG, POINTS[1]))
#: 0 is what the device wishes; then black on white, white on black, dark blue on light blue,
#: brown on beige, green on dark brown.
SCHEMES = (0, 1, 2, 3, 4, 5)
#: Space between letters and between lines: ordinary, wider, widest.
STEPS = (0, 1, 2)
#: Longer than any look is written: what comes is not ours.
LONGEST = 60

SAVER = "saver"
#: The week as one text, to be read aloud.
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody chose; without arguments, nothing."""

    size: int = 100
    scheme: int = 0
    letters: int = 0
    lines: int = 0
    serif: bool = False
    one_column: bool = False
    #: No script, and nothing that is not text.
    saver: bool = False
    #: A week of lessons as sentences, for a screen reader.
    text: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The look as words of the page's `class`, without the data saver and the week as text,
        which say what a page has and not how it looks."""
        chosen = (
            (f"z{self.size}", self.size != 100),
            ("big", self.size >= BIG),
            (f"k k{self.scheme}", self.scheme != 0),
            (f"l{self.letters}", self.letters != 0),
            (f"i{self.lines}", self.lines != 0),
            ("serif", self.serif),
            ("one", self.one_column),
        )
        return tuple(word for word, is_chosen in chosen if is_chosen)

    @property
    def classes(self) -> str:
        """The page's `class`; empty for an ordinary page, which needs no further style sheet."""
        return " ".join(self.words)

    @property
    def makes_lists(self) -> bool:
        """Whether tables are read row under row: a table of many columns is then of no use, and
        a page that has its twin as a list shows that instead."""
        return self.one_column or self.size >= BIG

    def __str__(self) -> str:
        """What is kept of it: read again by `read_look`; empty where nothing was chosen."""
        told = " ".join(word for word in self.words if word != "big").split()
        more = [SAVER] * self.saver + [TEXT] * self.text
        return ".".join([word for word in told if word != "k"] + more)


NOTHING_CHOSEN = Look()

_NUMBERS = {
    **{f"z{size}": ("size", size) for size in SIZES},
    **{f"k{scheme}": ("scheme", scheme) for scheme in SCHEMES},
    **{f"l{step}": ("letters", step) for step in STEPS},
    **{f"i{step}": ("lines", step) for step in STEPS},
}
_SWITCHES = {"serif": "serif", "one": "one_column", SAVER: "saver", TEXT: "text"}


def read_look(text: str) -> Look:
    """The look behind kept words. Words that mean nothing (any more) are left out, so that an
    old or broken cookie never costs a page."""
    if len(text) > LONGEST:
        return NOTHING_CHOSEN
    values: dict[str, int | bool] = {}
    for word in text.split("."):
        if word in _NUMBERS:
            name, value = _NUMBERS[word]
            values[name] = value
        elif word in _SWITCHES:
            values[_SWITCHES[word]] = True
    return Look(**values)  # type: ignore[arg-type]


def paper_points(look: Look) -> int:
    """The points in which a paper is offered first to whoever has this look: large letters on
    the screen carry over to large print (H17). One of `sheets.POINTS`; any other can be chosen."""
    return next((points for size, points in LARGE_PRINT if look.size >= size), POINTS[0])
