"""The style sheets: contrast of every scheme, nothing that old engines stumble over, valid CSS."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from school.rules.looks import SCHEMES
from tests.checkers.nu import check_styles
from tests.house.files import ROOT

STATIC = ROOT / "static"
SHEETS = ("site.css", "looks.css", "grid.css")


@dataclass(frozen=True)
class Rule:
    media: str
    selectors: str
    declarations: tuple[tuple[str, str], ...]


def rules_of(css: str) -> Iterator[Rule]:
    """The rules of a sheet, one level of @media deep."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for media, inside, selectors, body in re.findall(
        r"(@[^{]+)\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}|([^{}@]+)\{([^{}]*)\}", css
    ):
        if media:
            for rule in rules_of(inside):
                yield Rule(media.strip(), rule.selectors, rule.declarations)
        else:
            pairs = [pair.split(":", 1) for pair in body.split(";") if ":" in pair]
            declared = tuple((name.strip(), value.strip()) for name, value in pairs)
            yield Rule("", selectors.strip(), declared)


def rules(name: str) -> list[Rule]:
    found = list(rules_of((STATIC / name).read_text(encoding="utf-8")))
    assert len(found) > 20
    return found


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """By WCAG: 1 to 21."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_wcag_does():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.requirement("H19")
@pytest.mark.parametrize("scheme", SCHEMES[1:])
def test_every_scheme_has_the_highest_contrast(scheme):
    """AAA, 7 : 1, for words, lines and buttons."""
    own = {
        rule.selectors: dict(rule.declarations)
        for rule in rules("looks.css")
        if f".k{scheme}" in rule.selectors
    }
    page = own[f".k{scheme}.k{scheme}"]
    assert contrast(page["color"], page["background"]) >= 7
    assert page["border-color"] == page["outline-color"] == page["color"]
    button = own[f".k{scheme}.k{scheme} button"]
    assert (button["color"], button["background"]) == (page["background"], page["color"])


#: What an engine of 2013 knows (PhantomJS), or what is lost without harm where it is not known.
KNOWN = {
    "background", "background-color", "border", "border-bottom", "border-collapse",
    "border-color", "border-left", "border-radius", "border-style", "border-top", "border-width",
    "box-sizing", "clip", "color", "content", "display", "float", "font", "font-family",
    "font-size", "font-weight", "height", "left", "letter-spacing", "line-height", "list-style",
    "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
    "min-height", "min-width", "outline", "outline-color", "outline-offset", "overflow",
    "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "page-break-inside", "position", "text-align", "text-decoration", "top", "vertical-align",
    "white-space", "width", "word-break", "word-spacing", "word-wrap", "-webkit-hyphens",
    "-webkit-text-size-adjust",
}  # fmt: skip
#: Newer ones: what stands in for them in the same rule, or why nothing has to.
FALLBACK = {
    "hyphens": "-webkit-hyphens",
    "overflow-wrap": "word-wrap",
    "scroll-padding": None,  # nothing sticks there, so nothing lies under it
    "scroll-margin-top": None,  # the summary, where one comes from, has the same words
    "color-scheme": None,  # form controls and scroll bars stay light
}
NEW_VALUES = re.compile(
    r"var\(|env\(|clamp\(|min\(|max\(|\bfit-content|\bgrid\b|\bflex\b|\bcontents\b|\banywhere\b"
    r"|#[0-9a-f]{8}\b|#[0-9a-f]{4}\b|\d(dvh|svh|lvh|dvw|cqw|vmin|vmax|ch)\b|\bcolor-mix|oklch"
    r"|/\s*\d+%|\bsticky\b|\brevert",
    re.IGNORECASE,
)
OLD_PSEUDO = {
    "focus", "hover", "first-child", "last-child", "nth-child(2)", "nth-child(3)", "nth-child(4)",
    "nth-child(5)", "nth-child(n+3)", "before", "after", "not", "checked", "disabled", "link",
    "visited",
}  # fmt: skip
#: An engine that does not know a feature takes the whole block for meant for somebody else.
MEDIA = re.compile(
    r"@media (print|screen|screen and \(prefers-(color-scheme: dark|contrast: more)\)"
    r"|\((min|max)-(width|height): [\d.]+rem\))"
)


def too_new(rule: Rule) -> list[str]:
    """What an old engine does not know in a rule and nothing stands in for."""
    found = [] if not rule.media or MEDIA.fullmatch(rule.media) else [rule.media]
    pseudo = re.findall(r"::?([a-z-]+(?:\([^)]*\))?)", rule.selectors)
    # One selector that an engine does not know costs it the whole rule.
    found += [f"{rule.selectors}: {name}" for name in pseudo if name not in OLD_PSEUDO]
    before: list[tuple[str, str]] = []
    for name, value in rule.declarations:
        known = name in KNOWN or (
            name in FALLBACK
            and (FALLBACK[name] is None or FALLBACK[name] in dict(rule.declarations))
        )
        if not known or name.startswith("--"):
            found.append(f"{rule.selectors}: {name}")
        # `position: -webkit-sticky; position: sticky` and the like stand one after the other.
        has_fallback = any(other == name for other, _ in before)
        if NEW_VALUES.search(value) and not value.startswith("-webkit-") and not has_fallback:
            found.append(f"{rule.selectors}: {name}: {value}")
        before.append((name, value))
    return found


@pytest.mark.requirement("H20")
@pytest.mark.parametrize("name", SHEETS)
def test_old_engines_know_all_of_it_or_something_in_its_place(name):
    assert [found for rule in rules(name) for found in too_new(rule)] == []


@pytest.mark.parametrize(
    "css",
    [
        "main { display: flex }", "main { display: grid; gap: 1rem }", "a { color: var(--ink) }",
        ":root { --ink: #000 }", "a:focus-visible { color: #000 }", "p:has(a) { color: #000 }",
        "p { color: #000000cc }", "p { width: clamp(1rem, 2vw, 3rem) }", "p { inset: 0 }",
        "p { margin-inline: 1rem }", "p { position: sticky }", "p { hyphens: auto }",
        "@media (width > 40rem) { p { color: #000 } }", "@supports (gap: 1px) { p { top: 0 } }",
        "@layer base { p { color: #000 } }", "p { color: rgb(0 0 0 / 50%) }",
        "p { height: 100dvh }", "@container (min-width: 9rem) { p { top: 0 } }",
    ],
)  # fmt: skip
def test_a_feature_without_fallback_is_found(css):
    assert [found for rule in rules_of(css) for found in too_new(rule)]


def test_nothing_moves():
    """`prefers-reduced-motion` is followed by having nothing to reduce."""
    for name in SHEETS:
        css = (STATIC / name).read_text(encoding="utf-8")
        assert not re.search(r"transition|animation|@keyframes|scroll-behavior: smooth", css)
    for name in ("app.js", "register.js"):
        assert "smooth" not in (STATIC / name).read_text(encoding="utf-8")


def test_what_the_device_asks_for_is_followed():
    wishes = {rule.media for rule in rules("site.css")}
    assert {
        "@media screen and (prefers-color-scheme: dark)",
        "@media screen and (prefers-contrast: more)",
    } <= wishes


@pytest.mark.requirement("H19")
def test_a_table_laid_row_under_row_by_a_look_says_what_its_cells_are():
    """The heads are hidden then, as on a narrow screen: without its label «5» is no news."""
    labels = {
        rule.selectors: dict(rule.declarations)["content"]
        for rule in rules("site.css")
        if "attr(data-" in str(rule.declarations)
    }
    looks = {rule.selectors: dict(rule.declarations) for rule in rules("looks.css")}
    assert labels
    for selectors, content in labels.items():
        for look in (".one", ".big"):
            assert looks[f"{look} {selectors}"]["content"] == content


def test_style_sheets_are_valid():
    assert check_styles(STATIC) == []
