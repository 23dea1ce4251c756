"""How often the data behind a pupil's pages changed."""

from school.database import fetch_all

VECTOR = """
SELECT 'pupil', r.subject_id, r.n FROM revision r WHERE r.scope = 'pupil' AND r.subject_id = ?
UNION ALL
SELECT 'group', m.teaching_group_id, COALESCE(r.n, 0)
FROM group_membership m
LEFT JOIN revision r ON r.scope = 'group' AND r.subject_id = m.teaching_group_id
WHERE m.pupil_id = ?
UNION ALL
SELECT 'school', e.school_id, COALESCE(r.n, 0)
FROM enrolment e
LEFT JOIN revision r ON r.scope = 'school' AND r.subject_id = e.school_id
WHERE e.pupil_id = ?
"""


def get_revision_vector(pupil_id: int) -> str:
    """The revisions of a pupil, of their groups (past ones too) and of their schools, as one
    text: equal texts, equal pages."""
    rows = fetch_all(VECTOR, (pupil_id,) * 3)
    return " ".join(sorted(f"{scope}:{subject}:{n}" for scope, subject, n in rows))
