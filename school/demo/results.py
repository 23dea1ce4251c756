"""Results of study periods that are over, in every state: decided by the proposal and outside it,
missing, deferred, retaken, corrected, closed; an exam; who has read them."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from school import clock
from school.database import as_date, bulk_insert, execute, fetch_all
from school.demo.storage import insert_numbered
from school.demo.year import first_day
from school.models import (
    Acknowledgement,
    ChangeRequest,
    Closing,
    Deferral,
    Exam,
    History,
    PeriodResult,
    ResultPolicy,
    ResultVerdict,
    Retake,
)
from school.models.fields import from_milliseconds, to_milliseconds
from school.queries.grading import get_policies
from school.queries.missing_results import OF_PERIODS
from school.queries.regulations import find_regulation
from school.queries.results import get_result_policy, presence_of
from school.rules.grading import GradedMark, round_average
from school.rules.proposals import (
    FEW_MARKS,
    NOT_ATTESTED,
    Proposal,
    propose_period,
)
from school.rules.timeliness import RESULT_ROW, result_due_at, result_key

HOUR = 60 * 60 * 1000
DAY = 24 * HOUR

WHY_FEW = "Мало отметок при одном уроке в неделю, учтены устные ответы"
WHY_HIGHER = "Последние работы написаны лучше, тема усвоена"
WHY_CORRECTED = "Не была учтена контрольная, написанная после болезни"
WHY_ASKED = "контрольная, написанная после болезни, не вошла в средний балл"

MARKS = """
SELECT gm.pupil_id, g.subject_id, p.id, m.id, m.value, w.weight, k.is_important
FROM study_period p
JOIN lesson l ON l.school_id = p.school_id AND l.held_on BETWEEN p.from_on AND p.until_on
JOIN teaching_group g ON g.id = l.teaching_group_id
JOIN work w ON w.school_id = l.school_id AND w.lesson_id = l.id
JOIN mark m ON m.school_id = w.school_id AND m.work_id = w.id
JOIN work_kind k ON k.id = w.work_kind_id
JOIN group_membership gm ON gm.school_id = l.school_id AND gm.teaching_group_id = g.id
     AND gm.pupil_id = m.pupil_id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
WHERE p.school_id = ? AND p.id = ?
GROUP BY gm.pupil_id, g.subject_id, p.id, m.id, m.value, w.weight, k.is_important, l.held_on
ORDER BY l.held_on, m.id
"""
PRESENCE = """
SELECT gm.pupil_id, g.subject_id, COALESCE(a.code, ''), COUNT(DISTINCT l.id)
FROM study_period p
JOIN lesson l ON l.school_id = p.school_id AND l.held_on BETWEEN p.from_on AND p.until_on
     AND l.cancelled_at IS NULL
JOIN teaching_group g ON g.id = l.teaching_group_id AND g.marking <> 'none'
JOIN group_membership gm ON gm.school_id = l.school_id AND gm.teaching_group_id = g.id
     AND l.held_on >= gm.from_on AND (gm.until_on IS NULL OR l.held_on <= gm.until_on)
LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id
     AND a.pupil_id = gm.pupil_id
WHERE p.school_id = ? AND p.id = ?
GROUP BY gm.pupil_id, g.subject_id, COALESCE(a.code, '')
"""
GROUPS = """
SELECT g.id, g.marking, (SELECT w.teacher_id FROM group_teacher w
                         WHERE w.school_id = g.school_id AND w.teaching_group_id = g.id
                         ORDER BY w.id LIMIT 1)
FROM teaching_group g WHERE g.school_id = ?
"""


@dataclass(slots=True)
class Draft:
    """A result on its way into the database."""

    row: dict[str, Any]
    class_id: int
    #: (moment, old, new, why) in order.
    told: list[tuple[int, str, str, str]] = field(default_factory=list)
    row_id: int = 0


@dataclass(frozen=True, slots=True)
class ResultPlan:
    """Whose results tell a story."""

    school_id: int
    time_zone: str
    #: The class of the demo's sign-ins, its pupil, teacher and mother.
    class_id: int
    pupil_id: int
    teacher_id: int
    parent_id: int
    deputy_id: int
    leader_id: int


def make_results(plan: ResultPlan, seed: int, today: date, moment: int) -> None:
    """The results of a school's study periods that are over; `moment` is the present one in
    milliseconds."""
    maker = _Maker(plan, random.Random(f"{seed}:results:{plan.school_id}"), today, moment)
    maker.make()


class _Maker:
    def __init__(self, plan: ResultPlan, rng: random.Random, today: date, moment: int) -> None:
        self.plan, self.rng, self.today, self.moment = plan, rng, today, moment
        self.drafts: list[Draft] = []
        self.groups = {row[0]: row[1:] for row in fetch_all(GROUPS, (plan.school_id,))}

    def make(self) -> None:
        # A quarter of one lesson a week has a mark or two for each pupil.
        ResultPolicy.create(
            school=self.plan.school_id, from_on=first_day(self.today), least_marks=1
        )
        rows = fetch_all(OF_PERIODS.format(only=""), (self.plan.school_id, self.today))
        by_period: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_period.setdefault(row[0], []).append(row)
        for period_id, of_period in by_period.items():
            self._fill(period_id, of_period)
        self._tell_stories()
        self._save()
        self._close(by_period)
        self._give_exam()
        self._revise()

    # --- deciding -------------------------------------------------------------------------

    def _fill(self, period_id: int, rows: list[tuple[Any, ...]]) -> None:
        school_id, until_on = self.plan.school_id, as_date(rows[0][2])
        policies = get_policies(school_id, until_on)
        rules = get_result_policy(school_id, until_on)
        marks: dict[tuple[int, int], list[GradedMark]] = {}
        for pupil_id, subject_id, _, _, value, weight, important in fetch_all(
            MARKS, (school_id, period_id)
        ):
            graded = GradedMark(value, Fraction(weight), bool(important))
            marks.setdefault((pupil_id, subject_id), []).append(graded)
        codes: dict[tuple[int, int], dict[str, int]] = {}
        for pupil_id, subject_id, code, count in fetch_all(PRESENCE, (school_id, period_id)):
            codes.setdefault((pupil_id, subject_id), {})[code] = count
        for row in rows:
            marking, teacher_id = self.groups[row[3]]
            place = (row[7], row[5])
            proposal = propose_period(
                marks.get(place, ()),
                policies.of(row[5]),
                rules,
                presence_of(codes.get(place, {})),
                marking,
            )
            self._decide(row, proposal, teacher_id, until_on)

    def _decide(
        self, row: tuple[Any, ...], proposal: Proposal, teacher_id: int, until_on: date
    ) -> None:
        value, why = proposal.value, ""
        if value == NOT_ATTESTED and proposal.reason == FEW_MARKS:
            value, why = self._by_ear(proposal), WHY_FEW
        elif value in ("3", "4") and self.rng.random() < 0.02:
            value, why = str(int(value) + 1), WHY_HIGHER
        draft = Draft(
            {
                "school": self.plan.school_id,
                "school_year": row[14],
                "pupil": row[7],
                "subject": row[5],
                "teaching_group": row[3],
                "study_period": row[0],
                "kind": "period",
                "value": value,
                "proposed": proposal.value,
                "why": why,
                "decided_at": self._entered_at(until_on),
                "decided_by": teacher_id,
            },
            row[11],
        )
        draft.told.append((draft.row["decided_at"], "", value, why))
        self.drafts.append(draft)

    def _by_ear(self, proposal: Proposal) -> str:
        """What a teacher decides where marks are too few."""
        if proposal.average is not None:
            return str(round_average(proposal.average.value, proposal.policy.thresholds))
        if proposal.passed or proposal.failed:
            return "зач"
        return self.rng.choice(("4", "4", "5"))

    def _entered_at(self, until_on: date) -> int:
        """In the last days of the period or within the term; a few come late."""
        late = self.rng.random() < 0.01
        day = until_on + timedelta(
            days=self.rng.choice((4, 5)) if late else self.rng.randint(-1, 2)
        )
        at = to_milliseconds(clock.moment_of(day, "13:00", self.plan.time_zone))
        return min(at + self.rng.randrange(5 * HOUR), self.moment)

    # --- what is there to be seen ---------------------------------------------------------

    def _tell_stories(self) -> None:
        """Of the demo class: missing, deferred, retaken and corrected results. Its period stays
        open; the other classes' are closed."""
        own = [draft for draft in self.drafts if draft.class_id == self.plan.class_id]
        if not own:
            return
        others = [d for d in own if d.row["pupil"] != self.plan.pupil_id]
        pupils = list(dict.fromkeys(d.row["pupil"] for d in others))
        if len(pupils) < 4:
            return
        taught = [d for d in others if d.row["decided_by"] == self.plan.teacher_id]
        missing = [d for d in taught if d.row["pupil"] in pupils[:2]][:2]
        ill = [d for d in others if d.row["pupil"] == pupils[2]]
        deferred = ill[:2]
        self._defer(deferred)
        self.drafts = [d for d in self.drafts if d not in missing and d not in deferred]
        retaken = next((d for d in others if d.row["pupil"] == pupils[3]), None)
        if retaken is not None:
            self._retake(retaken)
        corrected = next(
            (d for d in own if d.row["pupil"] == self.plan.pupil_id and d.row["value"] in "34"
             and d.row["decided_by"] == self.plan.teacher_id),
            None,
        ) or next((d for d in own if d.row["value"] in "34"), None)  # fmt: skip
        if corrected is not None:
            self._correct(corrected)

    def _defer(self, drafts: list[Draft]) -> None:
        until_on = self.today + timedelta(days=9)
        for n, draft in enumerate(drafts):
            made_at = min(draft.row["decided_at"], self.moment)
            row = Deferral.create(
                school=self.plan.school_id, school_year=draft.row["school_year"],
                pupil=draft.row["pupil"], subject=draft.row["subject"],
                study_period=draft.row["study_period"], kind="period", until_on=until_on,
                reason="болезнь", order_name="42-У",
                order_on=from_milliseconds(made_at).date(), made_at=made_at,
                made_by=self.plan.leader_id, request=f"demo-{self.plan.school_id}-{n}",
            )  # fmt: skip
            words = f"до {until_on:%d.%m.%Y}, приказ № 42-У"
            self._history(made_at, self.plan.leader_id, "deferral", row.id, "deferral", "", words,
                          "болезнь", draft.row["pupil"])  # fmt: skip

    def _retake(self, draft: Draft) -> None:
        """Failed first, and made good."""
        first = draft.told[0]
        draft.told[0] = (first[0], "", "2", "")
        held_on = from_milliseconds(first[0]).date() + timedelta(days=12)
        at = min(first[0] + 12 * DAY, self.moment)
        draft.told.append((at, "2", "3", f"Пересдача {held_on:%d.%m.%Y}"))
        draft.row |= {"value": "3", "why": draft.told[-1][3], "decided_at": at}

    def _correct(self, draft: Draft) -> None:
        old = draft.row["value"]
        new = str(int(old) + 1)
        at = min(draft.row["decided_at"] + 10 * DAY, self.moment - HOUR)
        draft.told.append((at, old, new, WHY_CORRECTED))
        draft.row |= {"value": new, "why": WHY_CORRECTED, "decided_at": at}

    # --- writing --------------------------------------------------------------------------

    def _save(self) -> None:
        ids = insert_numbered(PeriodResult, [draft.row for draft in self.drafts])
        history, verdicts = [], []
        versions: dict[date, Any] = {}
        for draft, row_id in zip(self.drafts, ids, strict=True):
            draft.row_id = row_id
            for at, old, new, why in draft.told:
                history.append(
                    _line(at, self.plan.school_id, draft.row["decided_by"], "period_result", row_id,
                          "period_result", old, new, why, draft.row["pupil"])
                )  # fmt: skip
            verdicts.append(self._verdict(draft, versions))
        history.sort(key=lambda line: (line["at"], line["row"]))
        bulk_insert(History, history)
        bulk_insert(ResultVerdict, [row for row in verdicts if row])
        for draft in self.drafts:
            if len(draft.told) > 1 and draft.told[1][3].startswith("Пересдача"):
                at, was, value, why = draft.told[1]
                Retake.create(
                    school=self.plan.school_id, result=draft.row_id, ordinal=1,
                    held_on=from_milliseconds(at).date(), was=was, value=value, made_at=at,
                    made_by=draft.row["decided_by"],
                )  # fmt: skip
            elif len(draft.told) > 1:
                self._ask(draft)

    def _ask(self, draft: Draft) -> None:
        """The request by which a result was corrected."""
        at, was, wanted, _ = draft.told[1]
        ChangeRequest.create(
            school=self.plan.school_id, result=draft.row_id, pupil=draft.row["pupil"],
            field="period_result", was=was, wanted=wanted, reason=WHY_ASKED, asked_at=at - 5 * HOUR,
            asked_by=draft.row["decided_by"], request=f"demo-result-{draft.row_id}",
            decision="opened", decided_at=at - 2 * HOUR, decided_by=self.plan.deputy_id,
            open_until=at + 22 * HOUR, changed_at=at,
        )  # fmt: skip

    def _verdict(self, draft: Draft, versions: dict[date, Any]) -> dict[str, Any] | None:
        row = draft.row
        until_on = self._until_on(row["study_period"])
        if until_on not in versions:
            versions[until_on] = find_regulation(self.plan.school_id, until_on)
        found = versions[until_on]
        if found is None:
            return None
        due = result_due_at(
            found.regulation.term(RESULT_ROW["period"]), self.plan.time_zone, lambda _day: True,
            event=until_on,
        )  # fmt: skip
        key = result_key(
            "period", row["study_period"], row["school_year"], row["subject"], row["pupil"]
        )
        return {
            "school": self.plan.school_id, "key": key, "kind": "period",
            "school_year": row["school_year"], "study_period": row["study_period"],
            "pupil": row["pupil"], "subject": row["subject"],
            "teaching_group": row["teaching_group"], "teacher": row["decided_by"],
            "event_on": until_on, "entered_at": draft.told[0][0], "due_at": due,
            "deferral": None, "regulation_version": found.version_id,
        }  # fmt: skip

    def _until_on(self, period_id: int) -> date:
        if not hasattr(self, "_ends"):
            self._ends = {
                row[0]: as_date(row[1])
                for row in fetch_all(
                    "SELECT id, until_on FROM study_period WHERE school_id = ?",
                    (self.plan.school_id,),
                )
            }
        return self._ends[period_id]

    def _close(self, by_period: dict[int, list[tuple[Any, ...]]]) -> None:
        """All classes but the demo's are closed by the deputy head."""
        rows = []
        for period_id, lines in by_period.items():
            end = to_milliseconds(
                clock.moment_of(as_date(lines[0][2]) + timedelta(days=6), "16:00",
                                self.plan.time_zone)
            )  # fmt: skip
            if end > self.moment:
                continue
            for class_id in sorted({line[11] for line in lines} - {self.plan.class_id}):
                rows.append(
                    {
                        "school": self.plan.school_id, "school_year": lines[0][14],
                        "school_class": class_id, "study_period": period_id, "kind": "period",
                        "closed_at": end, "closed_by": self.plan.deputy_id,
                    }
                )  # fmt: skip
        for row_id, row in zip(insert_numbered(Closing, rows), rows, strict=True):
            self._history(row["closed_at"], self.plan.deputy_id, "closing", row_id, "closing", "",
                          "закрыто", "", None)  # fmt: skip

    def _give_exam(self) -> None:
        """A test in one subject of the demo class, whose results came in yesterday; one pupil's
        is missing. The family has read the period's results."""
        own = [d for d in self.drafts if d.class_id == self.plan.class_id]
        taught = [d for d in own if d.row["decided_by"] == self.plan.teacher_id]
        if not taught:
            return
        group_id = taught[0].row["teaching_group"]
        came_in_at = self.moment - 20 * HOUR
        held_on = from_milliseconds(self.moment - 5 * DAY).date()
        exam = Exam.create(
            school=self.plan.school_id, school_year=taught[0].row["school_year"],
            teaching_group=group_id, kind="exam", title="Диагностическая работа",
            held_on=held_on, made_at=self.moment - 9 * DAY, made_by=self.plan.teacher_id,
            came_in_at=came_in_at, recorded_at=came_in_at + HOUR,
            recorded_by=self.plan.teacher_id,
        )  # fmt: skip
        self._history(came_in_at + HOUR, self.plan.teacher_id, "exam", exam.id, "exam", "",
                      f"Диагностическая работа, {held_on:%d.%m.%Y}", "", None)  # fmt: skip
        # Late in the year a pupil has a draft of each period; an exam is one.
        drafts = {d.row["pupil"]: d for d in taught if d.row["teaching_group"] == group_id}.values()
        for draft in sorted(drafts, key=lambda d: d.row["pupil"] == self.plan.pupil_id)[1:]:
            value = draft.row["value"] if draft.row["value"] in "2345" else "3"
            row = PeriodResult.create(
                **{**draft.row, "study_period": None, "kind": "exam", "value": value,
                   "proposed": "", "why": "", "decided_at": came_in_at + 2 * HOUR}
            )  # fmt: skip
            self._history(came_in_at + 2 * HOUR, self.plan.teacher_id, "period_result", row.id,
                          "exam_result", "", value, "", draft.row["pupil"])  # fmt: skip
        period = taught[0].row["study_period"]
        from_on = as_date(
            fetch_all("SELECT from_on FROM study_period WHERE id = ?", (period,))[0][0]
        )
        Acknowledgement.create(
            school=self.plan.school_id, pupil=self.plan.pupil_id, person=self.plan.parent_id,
            what="period", about_on=from_on, study_period=period, at=self.moment - 3 * DAY,
        )  # fmt: skip

    def _history(
        self, at: int, actor_id: int, table: str, row_id: int, what: str, old: str, new: str,
        why: str, pupil_id: int | None,
    ) -> None:  # fmt: skip
        line = _line(
            at, self.plan.school_id, actor_id, table, row_id, what, old, new, why, pupil_id
        )
        bulk_insert(History, [line])

    def _revise(self) -> None:
        """The revision of a pupil says when the newest entry was made."""
        rows = fetch_all(
            "SELECT pupil_id, MAX(at) FROM history WHERE school_id = ? AND pupil_id IS NOT NULL "
            "GROUP BY pupil_id",
            (self.plan.school_id,),
        )
        for pupil_id, at in rows:
            execute(REVISE, (pupil_id, at))


REVISE = """
INSERT INTO revision (scope, subject_id, n, changed_at) VALUES ('pupil', ?, 1, ?)
ON CONFLICT (scope, subject_id) DO UPDATE SET changed_at = excluded.changed_at
"""


def _line(
    at: int, school_id: int, actor_id: int, table: str, row_id: int, what: str, old: str, new: str,
    why: str, pupil_id: int | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "at": at, "school": school_id, "actor": actor_id, "table_name": table, "row": row_id,
        "pupil": pupil_id, "field": what, "old": old, "new": new, "why": why,
    }  # fmt: skip
