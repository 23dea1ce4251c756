"""How long a school keeps the log of who looked (H14)."""

from school.actions.history import Act, Fact, record
from school.actions.traces import record_event
from school.database import LEAST_LOG_DAYS, LOG_DAYS, transaction
from school.models import LogTerm

LONGEST_LOG_DAYS = 36500


def choose_log_term(school_id: int, days: int, act: Act) -> bool:
    """Keep the log of a school for so many days; returns whether that changed anything. Raises
    ValueError below a year: a log that can be emptied at will proves nothing."""
    if not LEAST_LOG_DAYS <= days <= LONGEST_LOG_DAYS:
        raise ValueError(days)
    with transaction():
        present = LogTerm.get_or_none(LogTerm.school == school_id)
        old = present.days if present else LOG_DAYS
        if old == days:
            return False
        if present is None:
            present = LogTerm.create(school=school_id, days=days)
        else:
            LogTerm.update(days=days).where(LogTerm.id == present.id).execute()
        record(act, school_id, [Fact("log_term", present.id, "days", str(old), str(days))])
        record_event(
            "log_term",
            act.at,
            person_id=act.actor_id,
            school_id=school_id,
            detail=f"{old} → {days}",
            request_id=act.request_id,
        )
    return True


def get_log_term(school_id: int) -> int:
    """For how many days a school keeps the log."""
    present = LogTerm.get_or_none(LogTerm.school == school_id)
    return present.days if present else LOG_DAYS
