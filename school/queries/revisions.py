"""How often the data behind a pupil's pages changed, and when last."""

from dataclasses import dataclass
from datetime import datetime

from school.database import fetch_all
from school.models.fields import from_milliseconds

VECTOR = """
SELECT 'pupil', r.subject_id, r.n, r.changed_at
FROM revision r WHERE r.scope = 'pupil' AND r.subject_id = ?
UNION ALL
SELECT 'group', m.teaching_group_id, COALESCE(r.n, 0), COALESCE(r.changed_at, 0)
FROM group_membership m
LEFT JOIN revision r ON r.scope = 'group' AND r.subject_id = m.teaching_group_id
WHERE m.pupil_id = ?
UNION ALL
SELECT 'school', e.school_id, COALESCE(r.n, 0), 0
FROM enrolment e
LEFT JOIN revision r ON r.scope = 'school' AND r.subject_id = e.school_id
WHERE e.pupil_id = ?
"""


@dataclass(frozen=True, slots=True)
class Revisions:
    """The state of everything a pupil's pages show."""

    #: Equal texts, equal pages.
    vector: str
    #: When something was last entered for the pupil or one of their groups, UTC.
    last_entry_at: datetime | None


def get_revisions(pupil_id: int) -> Revisions:
    """The revisions of a pupil, of their groups (past ones too) and of their schools, in one
    statement."""
    rows = fetch_all(VECTOR, (pupil_id,) * 3)
    last = max([row[3] for row in rows], default=0)
    return Revisions(
        repr(sorted(rows)),
        from_milliseconds(last) if last else None,
    )
