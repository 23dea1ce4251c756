"""Papers: documents that are asked for, made into PDF by school/printing.py and kept a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from school.actions.history import Act
from school.database import transaction
from school.models import AccessLog, Paper

#: How long a paper is kept; one with passwords only until it is surely printed.
KEPT = timedelta(days=30)
SECRET_KEPT = timedelta(hours=2)

KINDS = {
    "strips": "полоски отметок",
    "report": "отчёт классного руководителя",
    "remarks": "замечания к журналам",
    "register": "журнал урока",
    "passwords": "временные пароли",
    "hand_overs": "реестр передачи кодов",
    "request_notice": "уведомление по заявлению",
    "request_register": "книга заявлений",
    "request_form": "бланк",
    "destruction_act": "акт об уничтожении данных",
    "changes": "изменения в расписании",
    "substitutions": "журнал пропущенных и заменённых уроков",
    "summary": "сводная ведомость",
    "register_pages": "страницы журнала",
    "terms": "отчёт о сроках",
    "extract": "выписка из классного журнала",
    "written_information": "письменная информация",
    "issued_register": "реестр выданных бумаг",
    "visits": "журнал личного приёма",
    "statistics": "статистика",
}
#: Papers of which a copy stays in the school as long as the school itself keeps them (D2, D3).
KEPT_FOR_GOOD = ("extract", "written_information")


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A document to be made: `source` is its whole page, CSS and all, `path` the page of the
    program that shows the same. The same `key` is one paper, however often it is asked for."""

    key: str
    kind: str
    school_id: int
    title: str
    source: str
    points: int
    path: str = ""
    is_secret: bool = False


def put_paper(paper: NewPaper, act: Act) -> int:
    """Keep a document to be printed, and that it was (H14). Returns its id."""
    if paper.kind not in KINDS:
        raise ValueError(f"no kind of paper: {paper.kind!r}")
    with transaction():
        row, is_new = Paper.get_or_create(
            key=paper.key,
            defaults={
                "kind": paper.kind,
                "school": paper.school_id,
                "asked_by": act.actor_id,
                "title": paper.title,
                "source": paper.source,
                "points": paper.points,
                "path": paper.path,
                "is_secret": paper.is_secret,
                "asked_at": act.at,
                "due_at": act.at,
            },
        )
        if is_new:
            AccessLog.create(
                at=act.at,
                school=paper.school_id,
                person=act.actor_id,
                event="print",
                detail=paper.title[:250],
                request=act.request_id,
            )
    return int(row.id)


def try_again(paper_id: int, act: Act) -> bool:
    """Put a paper that could not be made back to be made. Returns whether it was one."""
    count: int = (
        Paper.update(state="waiting", tries=0, due_at=act.at, problem="", claimed_until=None)
        .where(Paper.id == paper_id, Paper.state == "failed", Paper.source != "")
        .execute()
    )
    return bool(count)


def forget_old_papers(data_dir: Path, now: datetime) -> int:
    """Erase papers that had their time, page and file; the row stays and says that there was
    one. Returns how many."""
    old = (
        (Paper.state != "removed")
        & Paper.kind.not_in(KEPT_FOR_GOOD)
        & (
            (Paper.asked_at < now - KEPT)
            | (Paper.is_secret & (Paper.asked_at < now - SECRET_KEPT))
            # A clock that was set back must not keep passwords.
            | (Paper.is_secret & (Paper.asked_at > now + SECRET_KEPT))
        )
    )
    found = list(Paper.select(Paper.id, Paper.file_name).where(old))
    for row in found:
        if row.file_name:
            (data_dir / "papers" / row.file_name).unlink(missing_ok=True)
        Paper.update(state="removed", source="", claim="", claimed_until=None).where(
            Paper.id == row.id
        ).execute()
    return len(found)
