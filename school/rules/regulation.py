"""A regulation as data: terms with their clauses, who may ask for what, grounds and flags.

Five shipped texts (school/regulations/) are templates; a school's versions are rows that hold
the whole text. Where a text is silent the default of the requirements holds, the strictest of
the five, and says of itself that it is one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from school.rules.regulation_text import RegulationError, RegulationText, quoted, with_lines
from school.rules.terms import Term, Unit

__all__ = ["RegulatedTerm", "Regulation", "RegulationError", "parse_regulation", "with_terms"]

SCHOOL, MUNICIPALITY = "school", "municipality"

BY_DAYS = frozenset({Unit.DAYS, Unit.WORKING_DAYS})
BY_TIME = BY_DAYS | {Unit.HOURS}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the requirements that has a term: its default, and which events may start it,
    each with the units it can be counted in."""

    default: Term
    starts: Mapping[str, frozenset[Unit]]

    @property
    def usual_start(self) -> str:
        return next(iter(self.starts))


#: Requirements, «Defaults». The first event of a row is the usual one.
ROWS: dict[str, Row] = {
    # The consent sheet: from the class teacher to the administrator.
    "A4": Row(Term(1, Unit.WORKING_DAYS), {"sheet_received": BY_TIME}),
    # From the request to the access code.
    "A8": Row(Term(3, Unit.WORKING_DAYS), {"registered": BY_TIME}),
    # Current marks: from the lesson's date, or the date that pupil did the work.
    "C1": Row(Term(3, Unit.DAYS), {"lesson_or_work": BY_TIME}),
    # Period results: from the last day of the period, its calendar end for that grade.
    "C2": Row(Term(2, Unit.DAYS), {"period_end": BY_TIME}),
    # Missed lessons: «в течение суток от даты проведения урока» counts 24 hours from the
    # lesson's end; the other reading counts days from its date.
    "C3": Row(
        Term(24, Unit.HOURS), {"lesson_end": frozenset({Unit.HOURS}), "lesson_date": BY_DAYS}
    ),
    # Final and exam results: from when they came in.
    "C4": Row(Term(24, Unit.HOURS), {"results_received": BY_TIME}),
    # Extract from the class journal.
    "C5": Row(Term(7, Unit.WORKING_DAYS), {"registered": BY_TIME}),
    # Waiting at a visit for oral information.
    "C6": Row(Term(15, Unit.MINUTES), {"arrived": frozenset({Unit.MINUTES})}),
    # The printout of the paper way: by the end of the calendar week.
    "C7": Row(Term(1, Unit.WEEKS), {"week": frozenset({Unit.WEEKS})}),
    # Written information.
    "D3": Row(Term(7, Unit.WORKING_DAYS), {"registered": BY_TIME}),
}
#: Rows that are another row's term.
SAME_AS = {"C8": "A8", "C9": "A4"}

#: Terms of this program, which no regulation knows: H2, and reminders.
OWN_ROWS: dict[str, Row] = {
    # A mark, absence or result can be changed so long after it was first entered.
    "changes_lock": Row(Term(7, Unit.DAYS), {"entered": BY_TIME}),
    # A cell that the deputy head opened stays open so long.
    "opened_for": Row(Term(24, Unit.HOURS), {"opened": BY_TIME}),
    # A teacher is reminded so long before a term ends.
    "remind_before": Row(Term(12, Unit.HOURS), {"due": frozenset({Unit.HOURS})}),
    # A question to the administrator is answered (A13).
    "answer_question": Row(Term(3, Unit.WORKING_DAYS), {"asked": BY_TIME}),
}

GUARDIAN, PUPIL, ADULT_PUPIL = "guardian", "pupil", "adult_pupil"
APPLICANTS = (GUARDIAN, ADULT_PUPIL, PUPIL)
DOCUMENTS = ("application", "consent", "identity", "authority")
INFORMANTS = ("head", "deputy_head", "administrator", "class_teacher")


@dataclass(frozen=True, slots=True)
class RegulatedTerm:
    """What a regulation promises for a row: how long, from which event, by which clause."""

    row: str
    term: Term
    starts: str
    clause: str = ""
    #: The regulation is silent: the requirements' default holds.
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class RequestRule:
    """A kind of request: who may make it and what has to be shown (A1, A3)."""

    kind: str
    #: Of APPLICANTS.
    who: tuple[str, ...]
    #: Of DOCUMENTS.
    documents: tuple[str, ...]
    #: Whether words of one's own will do, without the form.
    free_form: bool = False
    #: The act that the form is approved by.
    form: str = ""
    clause: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason that the regulation lists; `key` stays when the words change."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What may be answered no, or ended, and why (A3, A11)."""

    items: tuple[Ground, ...]
    clause: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes, no, or None: the regulation is silent and there is no default."""

    value: bool | None
    clause: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Informants:
    """Who informs by word of mouth at a visit (C6)."""

    roles: tuple[str, ...]
    clause: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """The share of marks and absences that has to be in time (C10)."""

    percent: int
    clause: str = ""
    is_default: bool = False


#: Where a text is silent on a kind of request.
REQUESTS: dict[str, RequestRule] = {
    rule.kind: rule
    for rule in (
        RequestRule("ediary", (GUARDIAN, ADULT_PUPIL), ("application", "consent")),
        RequestRule("extract", (GUARDIAN, ADULT_PUPIL), ("application",)),
        RequestRule("written_information", (GUARDIAN, ADULT_PUPIL), ("application",)),
        RequestRule(
            "refusal_of_electronic_form", (GUARDIAN, ADULT_PUPIL), ("application",), free_form=True
        ),
        RequestRule("termination", (GUARDIAN, ADULT_PUPIL), ("application",), free_form=True),
        RequestRule("consultation", (GUARDIAN, ADULT_PUPIL), (), free_form=True),
    )
}
GROUNDS: dict[str, tuple[Ground, ...]] = {
    "acceptance": (Ground("incomplete", "представлен неполный пакет документов"),),
    "refusal": (
        Ground("not_about_progress", "запрошено то, что не относится к текущей успеваемости"),
        Ground("details_missing", "в заявлении не указаны необходимые сведения"),
        Ground("not_representative", "заявитель не является законным представителем ребёнка"),
        Ground("incomplete", "представлен неполный пакет документов"),
    ),
    "ending": (
        Ground("request", "поступило заявление о прекращении"),
        Ground("graduation", "обучающийся завершил обучение"),
        Ground("transfer", "обучающийся переведён в другую организацию"),
    ),
}
FLAGS: dict[str, bool | None] = {
    # The class teacher takes part in the way to the code (A4–A6); without one A8 is met when
    # the code is ready at the office.
    "class_teacher_hands_codes": False,
    # The code goes to that person alone, in person (A6).
    "codes_in_person": True,
    # Every pupil gets a code from the class teacher (A9).
    "codes_for_pupils": True,
    # The paper diary stays obligatory (D4); no default.
    "paper_diary_stays": None,
    # An entry counts as one in the paper diary; no default.
    "entries_count_as_paper": None,
    # At a personal visit an extract is given at once (C5).
    "extract_at_visit": True,
    # Printouts in weeks of holidays too (C7).
    "printouts_in_holidays": False,
}


@dataclass(frozen=True, slots=True)
class Regulation:
    """A regulation that was read and found in order; frozen, so it can be kept and shared."""

    text: str
    title: str
    #: Whose act it is: SCHOOL or MUNICIPALITY; only its holder changes it (G3).
    holder: str
    #: By which act it was approved, in words.
    approved: str
    #: The e-diary system that its text names.
    system: str
    terms: tuple[RegulatedTerm, ...]
    own_terms: tuple[RegulatedTerm, ...]
    requests: tuple[RequestRule, ...]
    grounds: tuple[tuple[str, Grounds], ...]
    flags: tuple[tuple[str, Flag], ...]
    informants: Informants
    share: Share

    def term(self, row: str) -> RegulatedTerm:
        """The term of a row of the requirements («C1»). Raises LookupError."""
        return _find(self.terms, SAME_AS.get(row, row))

    def own_term(self, name: str) -> RegulatedTerm:
        """A term of the program's own, of OWN_ROWS («changes_lock»). Raises LookupError."""
        return _find(self.own_terms, name)

    def request(self, kind: str) -> RequestRule:
        """The rule of a kind of request, of REQUESTS. Raises LookupError."""
        for rule in self.requests:
            if rule.kind == kind:
                return rule
        raise LookupError(kind)

    def grounds_of(self, what: str) -> Grounds:
        """The grounds of `acceptance` (refused), `refusal` or `ending`. Raises KeyError."""
        return dict(self.grounds)[what]

    def flag(self, name: str) -> Flag:
        """A flag, of FLAGS. Raises KeyError."""
        return dict(self.flags)[name]


def _find(terms: Iterable[RegulatedTerm], row: str) -> RegulatedTerm:
    for term in terms:
        if term.row == row:
            return term
    raise LookupError(f"нет строки «{row}»")


SECTIONS = {
    "act", "terms", "own_terms", "requests", "grounds", "flags", "oral_information", "share",
}  # fmt: skip


@lru_cache(maxsize=128)
def parse_regulation(text: str) -> Regulation:
    """Read the text of a regulation. Raises RegulationError with line and reason for what it
    does not know: an unknown term or key, a negative number, a unit that does not fit."""
    source = RegulationText(text)
    for name in source.values:
        if name not in SECTIONS:
            raise source.wrong(name, "", f"незнакомый раздел или ключ «{name}»")
    act = _known(source, "act", {"title", "holder", "approved", "system"})
    title = _words(source, "act", act, "title")
    if not title:
        raise source.wrong("act", "title", "нужно название регламента: title")
    holder = _words(source, "act", act, "holder")
    if holder not in (SCHOOL, MUNICIPALITY):
        raise source.wrong("act", "holder", "holder бывает school или municipality")
    return Regulation(
        text=text,
        title=title,
        holder=holder,
        approved=_words(source, "act", act, "approved"),
        system=_words(source, "act", act, "system"),
        terms=_terms(source, "terms", ROWS),
        own_terms=_terms(source, "own_terms", OWN_ROWS),
        requests=_requests(source),
        grounds=_grounds(source),
        flags=_flags(source),
        informants=_informants(source),
        share=_share(source),
    )


def with_terms(text: str, changes: Mapping[str, RegulatedTerm | None]) -> str:
    """The text with terms changed: row (or name of an own term) → the new one, or None for
    silence, which brings the default back. Comments stay. Raises RegulationError."""
    before = parse_regulation(text)
    changed = text
    for section, rows in (("terms", ROWS), ("own_terms", OWN_ROWS)):
        lines = {
            row: None if term is None else _term_line(term)
            for row, term in changes.items()
            if row in rows
        }
        if lines:
            changed = with_lines(changed, section, lines)
    after = parse_regulation(changed)
    if replace(after, text="", terms=(), own_terms=()) != replace(
        before, text="", terms=(), own_terms=()
    ):
        raise RegulationError(0, "текст записан необычно: измените срок в самом тексте")
    return changed


def _term_line(term: RegulatedTerm) -> str:
    parts = [f"{term.term.unit.value} = {term.term.amount}", f"from = {quoted(term.starts)}"]
    if term.clause:
        parts.append(f"clause = {quoted(term.clause)}")
    return "{ " + ", ".join(parts) + " }"


# --- reading -----------------------------------------------------------------------------


def _known(source: RegulationText, section: str, keys: Iterable[str]) -> dict[str, Any]:
    values = source.section(section)
    for key in values:
        if key not in keys:
            raise source.wrong(section, key, f"незнакомый ключ «{key}» в разделе [{section}]")
    return values


def _entry(
    source: RegulationText, section: str, key: str, value: Any, allowed: Iterable[str]
) -> dict[str, Any]:
    """A line «key = { … }»."""
    if not isinstance(value, dict) or not source.has_line(section, key):
        raise source.wrong(section, key, f"пишите одной строкой: {key} = {{ … }}")
    for inner in value:
        if inner not in allowed:
            raise source.wrong(section, key, f"«{key}»: незнакомый ключ «{inner}»")
    return value


def _words(source: RegulationText, section: str, values: Mapping[str, Any], key: str) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        raise source.wrong(section, key, f"«{key}» — это слова в кавычках")
    return value.strip()


def _terms(
    source: RegulationText, section: str, rows: Mapping[str, Row]
) -> tuple[RegulatedTerm, ...]:
    values = source.section(section)
    for name in values:
        if name not in rows:
            raise source.wrong(section, name, f"незнакомый срок «{name}»")
    return tuple(
        _term(source, section, name, row, values[name])
        if name in values
        else RegulatedTerm(name, row.default, row.usual_start, is_default=True)
        for name, row in rows.items()
    )


_UNITS = {unit.value: unit for unit in Unit}


def _term(source: RegulationText, section: str, name: str, row: Row, value: Any) -> RegulatedTerm:
    entry = _entry(source, section, name, value, {*_UNITS, "from", "clause"})
    units = [key for key in entry if key in _UNITS]
    if len(units) != 1:
        raise source.wrong(
            section, name, f"«{name}»: нужен ровно один срок, например days = 3 или hours = 24"
        )
    unit = _UNITS[units[0]]
    try:
        term = Term(entry[units[0]], unit)
    except ValueError as error:
        raise source.wrong(section, name, f"«{name}»: {error}") from None
    starts = entry.get("from", row.usual_start)
    if not isinstance(starts, str) or starts not in row.starts:
        raise source.wrong(
            section,
            name,
            f"«{name}»: незнакомое событие «{starts}», бывает: {', '.join(row.starts)}",
        )
    if unit not in row.starts[starts]:
        allowed = ", ".join(sorted(unit.value for unit in row.starts[starts]))
        raise source.wrong(
            section, name, f"«{name}»: от события {starts} считают в {allowed}, не в {unit.value}"
        )
    clause = entry.get("clause", "")
    if not isinstance(clause, str):
        raise source.wrong(section, name, f"«{name}»: clause — это слова в кавычках")
    return RegulatedTerm(name, term, starts, clause.strip())


def _several(
    source: RegulationText, section: str, key: str, value: Any, allowed: Iterable[str]
) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise source.wrong(section, key, f"«{key}»: здесь нужен список в квадратных скобках")
    for item in value:
        if item not in allowed:
            raise source.wrong(
                section, key, f"«{key}»: незнакомо «{item}», бывает: {', '.join(allowed)}"
            )
    return tuple(dict.fromkeys(value))


def _requests(source: RegulationText) -> tuple[RequestRule, ...]:
    values = source.section("requests")
    for kind in values:
        if kind not in REQUESTS:
            raise source.wrong("requests", kind, f"незнакомый вид заявления «{kind}»")
    found = []
    for kind, default in REQUESTS.items():
        if kind not in values:
            found.append(replace(default, is_default=True))
            continue
        entry = _entry(
            source, "requests", kind, values[kind],
            {"who", "documents", "free_form", "form", "clause"},
        )  # fmt: skip
        who = _several(source, "requests", kind, entry.get("who", list(default.who)), APPLICANTS)
        if not who:
            raise source.wrong("requests", kind, f"«{kind}»: скажите, кто может обратиться (who)")
        free_form = entry.get("free_form", False)
        if not isinstance(free_form, bool):
            raise source.wrong("requests", kind, f"«{kind}»: free_form бывает true или false")
        documents = entry.get("documents", list(default.documents))
        found.append(
            RequestRule(
                kind,
                who,
                _several(source, "requests", kind, documents, DOCUMENTS),
                free_form,
                _inner_words(source, "requests", kind, entry, "form"),
                _inner_words(source, "requests", kind, entry, "clause"),
            )
        )
    return tuple(found)


def _inner_words(
    source: RegulationText, section: str, key: str, entry: Mapping[str, Any], inner: str
) -> str:
    value = entry.get(inner, "")
    if not isinstance(value, str):
        raise source.wrong(section, key, f"«{key}»: {inner} — это слова в кавычках")
    return value.strip()


def _grounds(source: RegulationText) -> tuple[tuple[str, Grounds], ...]:
    _known(source, "grounds", GROUNDS)
    found = []
    for what, default in GROUNDS.items():
        section = f"grounds.{what}"
        values = source.section(section)
        if not values:
            found.append((what, Grounds(default, is_default=True)))
            continue
        clause = _words(source, section, values, "clause")
        items = tuple(
            Ground(key, _words(source, section, values, key)) for key in values if key != "clause"
        )
        if not items or not all(item.text for item in items):
            raise source.wrong(section, "", f"[{section}]: нужно хотя бы одно основание словами")
        found.append((what, Grounds(items, clause)))
    return tuple(found)


def _flags(source: RegulationText) -> tuple[tuple[str, Flag], ...]:
    values = _known(source, "flags", FLAGS)
    found = []
    for name, default in FLAGS.items():
        if name not in values:
            found.append((name, Flag(default, is_default=default is not None)))
            continue
        entry = _entry(source, "flags", name, values[name], {"value", "clause"})
        if not isinstance(entry.get("value"), bool):
            raise source.wrong("flags", name, f"«{name}»: value бывает true или false")
        found.append(
            (name, Flag(entry["value"], _inner_words(source, "flags", name, entry, "clause")))
        )
    return tuple(found)


def _informants(source: RegulationText) -> Informants:
    values = _known(source, "oral_information", {"by", "clause"})
    if "by" not in values:
        return Informants(INFORMANTS, is_default=True)
    roles = _several(source, "oral_information", "by", values["by"], INFORMANTS)
    return Informants(roles, _words(source, "oral_information", values, "clause"))


def _share(source: RegulationText) -> Share:
    values = _known(source, "share", {"percent", "clause"})
    if "percent" not in values:
        return Share(100, is_default=True)
    percent = values["percent"]
    if isinstance(percent, bool) or not isinstance(percent, int) or not 0 <= percent <= 100:
        raise source.wrong("share", "percent", f"доля — целое число от 0 до 100, а не «{percent}»")
    return Share(percent, _words(source, "share", values, "clause"))
