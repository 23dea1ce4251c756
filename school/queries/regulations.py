"""Which regulation a school answers for, on which day; its versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from school.database import as_date, fetch_all
from school.models.fields import from_milliseconds
from school.queries.lessons import full_name
from school.rules.access import ActPlace
from school.rules.regulation import Regulation, parse_regulation


class NoRegulation(LookupError):
    """The school has no regulation on that day."""


@dataclass(frozen=True, slots=True)
class RegulationInForce:
    """A version that holds on a day; verdicts keep `version_id`."""

    version_id: int
    regulation: Regulation
    from_on: date
    order_name: str
    order_on: date | None


# A school answers for its own act, or for the municipality's of the template it started under.
ACT = """
SELECT a.id FROM regulation_act a JOIN school s ON s.id = ?
WHERE a.school_id = s.id
   OR (a.school_id IS NULL AND a.municipality_id = s.municipality_id AND a.template = s.regulation)
ORDER BY a.school_id IS NULL, a.id LIMIT 1
"""
IN_FORCE = """
SELECT v.id, v.text, v.from_on, v.order_name, v.order_on
FROM regulation_version v WHERE v.act_id = ? AND v.from_on <= ?
ORDER BY v.from_on DESC LIMIT 1
"""
OF_SCHOOL = IN_FORCE.replace("v.act_id = ?", f"v.act_id = ({ACT})")


def find_act_of_school(school_id: int) -> int | None:
    """The id of the act a school answers for, or None."""
    rows = fetch_all(ACT, (school_id,))
    return rows[0][0] if rows else None


def find_regulation(school_id: int, on: date) -> RegulationInForce | None:
    """The version that a school is under on a local day; None before its first one."""
    return _version(fetch_all(OF_SCHOOL, (school_id, on)))


def get_regulation(school_id: int, on: date) -> RegulationInForce:
    """The version that a school is under on a local day. Raises NoRegulation."""
    found = find_regulation(school_id, on)
    if found is None:
        raise NoRegulation(f"на {on:%d.%m.%Y} у школы нет регламента")
    return found


def find_version_in_force(act_id: int, on: date) -> RegulationInForce | None:
    """The version of an act that holds on a day, or None."""
    return _version(fetch_all(IN_FORCE, (act_id, on)))


def _version(rows: list[tuple[Any, ...]]) -> RegulationInForce | None:
    if not rows:
        return None
    version_id, text, from_on, order_name, order_on = rows[0]
    return RegulationInForce(
        version_id, parse_regulation(text), as_date(from_on), order_name, as_date(order_on)
    )


def list_regulations(school_id: int) -> tuple[RegulationInForce, ...]:
    """All versions a school is or was or will be under, oldest first: for sweeps that look at
    many days. The one that holds on a day is the last with `from_on` not after it."""
    sql = f"""
    SELECT v.id, v.text, v.from_on, v.order_name, v.order_on
    FROM regulation_version v WHERE v.act_id = ({ACT}) ORDER BY v.from_on
    """
    return tuple(
        RegulationInForce(
            row[0], parse_regulation(row[1]), as_date(row[2]), row[3], as_date(row[4])
        )
        for row in fetch_all(sql, (school_id,))
    )


@dataclass(frozen=True, slots=True)
class ActHead:
    """An act as pages name it."""

    act_id: int
    municipality_id: int
    #: None: the municipality's act.
    school_id: int | None
    template: str
    #: A time zone of a school that is under it, for «today».
    time_zone: str
    #: The schools under it: ids, and names in the same order.
    school_ids: tuple[int, ...]
    schools: tuple[str, ...]

    @property
    def place(self) -> ActPlace:
        """What decides who may read and change it."""
        return ActPlace(self.municipality_id, self.school_id, frozenset(self.school_ids))


def find_act(act_id: int) -> ActHead | None:
    """An act, or None."""
    rows = fetch_all(
        "SELECT id, municipality_id, school_id, template FROM regulation_act WHERE id = ?",
        (act_id,),
    )
    if not rows:
        return None
    found, municipality_id, school_id, template = rows[0]
    schools = fetch_all(
        """
        SELECT s.id, s.name, s.time_zone FROM school s
        WHERE s.id = ? OR (? = 1 AND s.municipality_id = ? AND s.regulation = ?
          AND NOT EXISTS (SELECT 1 FROM regulation_act o WHERE o.school_id = s.id))
        ORDER BY s.id
        """,
        (school_id or 0, int(school_id is None), municipality_id, template),
    )
    return ActHead(
        found,
        municipality_id,
        school_id,
        template,
        schools[0][2] if schools else "UTC",
        tuple(school[0] for school in schools),
        tuple(school[1] for school in schools),
    )


def list_acts_of(school_ids: Iterable[int], municipality_ids: Iterable[int]) -> tuple[ActHead, ...]:
    """The acts that some schools answer for, and all those of some municipalities."""
    found = {find_act_of_school(school_id) for school_id in school_ids}
    for municipality_id in municipality_ids:
        sql = "SELECT id FROM regulation_act WHERE municipality_id = ?"
        found.update(act_id for (act_id,) in fetch_all(sql, (municipality_id,)))
    heads = (find_act(act_id) for act_id in sorted(found - {None}, key=lambda n: n or 0) if act_id)
    return tuple(head for head in heads if head is not None)


@dataclass(frozen=True, slots=True)
class Version:
    """One version, whether it holds or not."""

    version_id: int
    act_id: int
    from_on: date
    text: str
    order_name: str
    order_on: date | None


def find_version(version_id: int) -> Version | None:
    """A version of an act, or None."""
    sql = """
    SELECT id, act_id, from_on, text, order_name, order_on FROM regulation_version WHERE id = ?
    """
    rows = fetch_all(sql, (version_id,))
    if not rows:
        return None
    found, act_id, from_on, text, order_name, order_on = rows[0]
    return Version(found, act_id, as_date(from_on), text, order_name, as_date(order_on))


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version as the list of versions shows it."""

    version_id: int
    from_on: date
    order_name: str
    order_on: date | None
    at: datetime
    #: Who made it; empty for the shipped text.
    made_by: str


def list_versions(act_id: int) -> tuple[VersionLine, ...]:
    """The versions of an act, newest first."""
    sql = """
    SELECT v.id, v.from_on, v.order_name, v.order_on, v.at, p.surname, p.given_name, p.patronymic
    FROM regulation_version v LEFT JOIN person p ON p.id = v.made_by_id
    WHERE v.act_id = ? ORDER BY v.from_on DESC
    """
    return tuple(
        VersionLine(
            row[0],
            as_date(row[1]),
            row[2],
            as_date(row[3]),
            from_milliseconds(row[4]),
            full_name(*row[5:8]) if row[5] else "",
        )
        for row in fetch_all(sql, (act_id,))
    )
