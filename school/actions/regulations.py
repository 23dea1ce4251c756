"""The versions of a regulation: the first from its template, others by an order."""

from dataclasses import dataclass
from datetime import date

from school.actions.history import Act, Fact, move_revisions, record
from school.database import execute, is_sqlite, transaction
from school.models import RegulationAct, RegulationVersion, School
from school.regulations import HOLD_FROM_ON, read_template
from school.rules.regulation import MUNICIPALITY, RegulationError, parse_regulation

__all__ = ["NewVersion", "RegulationError", "add_version", "check_version", "start_regulation"]


def start_regulation(school: School, *, act: Act) -> int:
    """Put a new school under the shipped regulation it names, from 1 September 2025: its own
    act with a first version, or the municipality's act, which is made once. Returns the act's
    id; a school that has one keeps it. To be called inside the action that makes the school.

    Raises LookupError where `school.regulation` is no shipped name.
    """
    text = read_template(school.regulation)
    is_municipal = parse_regulation(text).holder == MUNICIPALITY
    mine = RegulationAct.school == school.id
    if is_municipal:
        mine = (
            RegulationAct.school.is_null()
            & (RegulationAct.municipality == school.municipality_id)
            & (RegulationAct.template == school.regulation)
        )
    with transaction():
        if is_municipal:
            _lock_municipality(school.municipality_id)
        found = RegulationAct.get_or_none(mine)
        if found is not None:
            return int(found.id)
        made = RegulationAct.create(
            municipality=school.municipality_id,
            school=None if is_municipal else school.id,
            template=school.regulation,
        )
        RegulationVersion.create(
            act=made,
            from_on=HOLD_FROM_ON,
            text=text,
            at=act.at,
            request=f"template:{made.id}",
        )
    return int(made.id)


def _lock_municipality(municipality_id: int) -> None:
    """Two schools made at once make one municipal act; SQLite has one writer anyway."""
    if not is_sqlite():
        execute("SELECT id FROM municipality WHERE id = ? FOR UPDATE", (municipality_id,))


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A text, the day it holds from, and the order that says so."""

    text: str
    from_on: date
    order_name: str
    order_on: date


def check_version(act_id: int, new: NewVersion, *, today: date) -> None:
    """Say whether a version could be added. Raises RegulationError with line and reason for
    what is wrong: the text, a day that is past, a day that has a version, a missing order."""
    regulation = parse_regulation(new.text)
    act = RegulationAct.get_by_id(act_id)
    if (regulation.holder == MUNICIPALITY) != (act.school_id is None):
        raise RegulationError(0, "чей это акт (holder), здесь не меняют")
    if not new.order_name.strip():
        raise RegulationError(0, "напишите номер приказа")
    if new.from_on < today:
        raise RegulationError(
            0, "срок прошлых дней изменить нельзя: назовите сегодняшний день или более поздний"
        )
    if new.order_on > new.from_on:
        raise RegulationError(0, "приказ не может быть позже дня, с которого он действует")
    taken = RegulationVersion.act == act_id, RegulationVersion.from_on == new.from_on
    if RegulationVersion.select().where(*taken).exists():
        raise RegulationError(
            0, f"с {new.from_on:%d.%m.%Y} уже действует другая редакция: выберите другой день"
        )


def add_version(act_id: int, new: NewVersion, *, today: date, act: Act) -> int:
    """Add a version of an act (G3: with the order's number and date) and return its id; the
    same request again returns the same version. What was judged by older versions stays.

    `today` is the date where the schools are. Raises RegulationError with line and reason, and
    then the old version stays in force.
    """
    with transaction():
        if not is_sqlite():
            execute("SELECT id FROM regulation_act WHERE id = ? FOR UPDATE", (act_id,))
        done = RegulationVersion.get_or_none(RegulationVersion.request == act.request_id)
        if done is not None:
            if done.act_id != act_id:
                raise RegulationError(0, "эта форма уже отправлена для другого регламента")
            return int(done.id)
        check_version(act_id, new, today=today)
        of = RegulationAct.get_by_id(act_id)
        version = RegulationVersion.create(
            act=act_id,
            from_on=new.from_on,
            text=new.text.replace("\r\n", "\n"),
            order_name=new.order_name.strip(),
            order_on=new.order_on,
            at=act.at,
            made_by=act.actor_id,
            request=act.request_id,
        )
        words = f"{new.order_name.strip()} от {new.order_on:%d.%m.%Y}"
        fact = Fact("regulation_version", version.id, "from_on", "", f"{new.from_on} {words}")
        record(act, of.school_id, [fact])
        move_revisions(act, [("school", school_id) for school_id in _schools_under(of)])
    return int(version.id)


def _schools_under(act: RegulationAct) -> list[int]:
    if act.school_id is not None:
        return [act.school_id]
    under = (School.municipality == act.municipality_id) & (School.regulation == act.template)
    return [school.id for school in School.select(School.id).where(under)]
