"""Teaching groups with their subjects, teachers and pupils."""

from collections import defaultdict
from datetime import date, timedelta

from school.actions.importing.enrolments import Enrolled
from school.actions.importing.ledger import Running
from school.exchange.school_rows import GROUPS, PLANS, PUPILS, GroupKey, group_key
from school.exchange.values import fold
from school.models import (
    GroupMembership,
    GroupTeacher,
    LessonPlanTopic,
    Person,
    Subject,
    TeachingGroup,
)
from school.rules.marks import EXTRACURRICULAR


def put_groups(
    run: Running, classes: dict[str, int]
) -> tuple[dict[GroupKey, TeachingGroup], set[int]]:
    """Bring the year's groups up to date; returns them by key, and the ids of the new ones."""
    subjects = {fold(row.name): row for row in Subject.select().where(Subject.school == run.school)}
    known = {
        group_key(group.subject.name, group.name): group
        for group in TeachingGroup.select(TeachingGroup, Subject)
        .join(Subject)
        .where(TeachingGroup.school == run.school, TeachingGroup.school_year == run.year)
    }
    # Both spellings, «русский язык» and «Русский язык», may stand in one file: the first holds.
    spelled: dict[str, str] = {}
    groups: dict[GroupKey, TeachingGroup] = {}
    new = set()
    class_names = {pupil.code: pupil.class_name for pupil in run.files.pupils}
    for row in run.files.groups:
        run.now_at(GROUPS, row.line)
        name = spelled.setdefault(fold(row.subject), row.subject)
        subject = subjects.get(fold(name))
        if subject is None:
            values = {"school": run.school.id, "name": name}
            subject = subjects[fold(name)] = run.make(Subject, values)
        class_name = row.class_name
        if row.kind == "individual" and not class_name:
            class_name = class_names[row.pupils[0]]
        found = known.pop(row.key, None)
        if not row.line and found is not None:
            groups[row.key] = found
            continue
        values = {
            "school": run.school.id,
            "school_year": run.year.id,
            "subject": subject.id,
            "kind": row.kind,
            "school_class": classes[class_name] if class_name else None,
            "name": row.name,
            "marking": "none" if row.marking == EXTRACURRICULAR else row.marking,
            "is_extracurricular": row.marking == EXTRACURRICULAR,
        }
        group = run.put("teaching_group", TeachingGroup, found, values)
        groups[row.key] = group
        if found is None:
            new.add(group.id)
    run.note_left(
        "учебные группы", (f"{group.subject.name} {group.name}" for group in known.values())
    )
    return groups, new


def put_group_teachers(
    run: Running, groups: dict[GroupKey, TeachingGroup], staff: dict[str, Person]
) -> None:
    """Each group's own teacher. Another one takes over today; a second one, who was added
    beside the file's, stays."""
    held: dict[int, list[GroupTeacher]] = defaultdict(list)
    for tie in GroupTeacher.select().where(GroupTeacher.school == run.school):
        if tie.until_on is None or tie.until_on >= run.today:
            held[tie.teaching_group_id].append(tie)
    for row in run.files.groups:
        if not row.line:
            continue
        run.now_at(GROUPS, row.line)
        group, teacher = groups[row.key], staff[row.teacher]
        present = held[group.id]
        if any(tie.teacher_id == teacher.id for tie in present):
            run.keep("group_teacher")
            continue
        for tie in present:
            if tie.from_on > run.yesterday:
                run.drop("group_teacher", tie)
            else:
                run.put("group_teacher", GroupTeacher, tie, {"until_on": run.yesterday})
        run.add(
            "group_teacher",
            GroupTeacher,
            {
                "school": run.school.id,
                "teaching_group": group.id,
                "teacher": teacher.id,
                "from_on": run.today if present else min(run.year.from_on, run.today),
                "until_on": None,
            },
        )


def put_memberships(
    run: Running,
    groups: dict[GroupKey, TeachingGroup],
    new_groups: set[int],
    pupils: dict[str, Enrolled],
) -> None:
    """Who is in which group: dated like the enrolment, and where the list of a group that is
    in use changes, from today."""
    known: dict[tuple[int, int], GroupMembership] = {}
    if not run.is_new:
        # The latest of each pupil in each group.
        for membership in (
            GroupMembership.select()
            .where(GroupMembership.school == run.school)
            .order_by(GroupMembership.from_on)
        ):
            known[membership.teaching_group_id, membership.pupil_id] = membership
    of_file = {enrolled.pupil_id: enrolled for enrolled in pupils.values()}
    lines = {row.code: row.line for row in run.files.pupils}
    of_group: dict[int, dict[int, GroupMembership]] = defaultdict(dict)
    for (group_id, pupil_id), membership in known.items():
        of_group[group_id][pupil_id] = membership
    moved = {pupils[row.code].pupil_id for row in run.files.pupils if row.line}
    for row in run.files.groups:
        group = groups[row.key]
        present = of_group[group.id]
        for code in sorted(run.files.members[row.key]):
            enrolled = pupils[code]
            if not row.line and not lines[code]:
                present.pop(enrolled.pupil_id, None)
                continue
            run.now_at(GROUPS, row.line) if row.line else run.now_at(PUPILS, lines[code])
            _put(run, group.id, enrolled, present.pop(enrolled.pupil_id, None),
                 is_new=group.id in new_groups or enrolled.is_new)  # fmt: skip
        run.now_at(GROUPS, row.line)
        for pupil_id, membership in present.items():
            if pupil_id in of_file and (row.line or pupil_id in moved):
                _end(run, group, membership, of_file[pupil_id])


def _put(
    run: Running,
    group_id: int,
    enrolled: Enrolled,
    last: GroupMembership | None,
    *,
    is_new: bool,
) -> None:
    from_on, until_on = enrolled.from_on, enrolled.until_on
    goes_on = until_on is None or until_on >= run.today
    if last is not None and not _came_back(run, enrolled, last, goes_on=goes_on):
        # Only what began with the enrolment follows it: a stream outlives a change of class.
        starts = from_on if last.from_on == enrolled.from_was else last.from_on
        if until_on is not None and starts > until_on:
            starts = from_on
        values = {"from_on": starts, "until_on": until_on}
        run.put("group_membership", GroupMembership, last, values)
        return
    if goes_on and not is_new:
        from_on = max(from_on, run.today)
    if last is not None and last.until_on is not None:
        from_on = max(from_on, last.until_on + timedelta(days=1))
    run.add(
        "group_membership",
        GroupMembership,
        {
            "school": run.school.id,
            "teaching_group": group_id,
            "pupil": enrolled.pupil_id,
            "from_on": from_on,
            "until_on": until_on,
        },
    )


def _came_back(run: Running, enrolled: Enrolled, last: GroupMembership, *, goes_on: bool) -> bool:
    """Whether the last membership is over, though the pupil is to be in the group."""
    if last.until_on is None or last.until_on in (enrolled.until_on, enrolled.until_was):
        return False
    return last.until_on < enrolled.from_on or (goes_on and last.until_on < run.today)


def _end(
    run: Running,
    group: TeachingGroup,
    membership: GroupMembership,
    enrolled: Enrolled,
) -> None:
    """End the membership of a pupil who is not on the group's list any more: with the last
    day in the group's class for one who went to another, else yesterday."""
    last_day: date = enrolled.left_on.get(group.school_class_id, run.yesterday)
    if membership.until_on is not None and membership.until_on <= last_day:
        return
    if membership.from_on > last_day:
        run.drop("group_membership", membership)
    else:
        run.put("group_membership", GroupMembership, membership, {"until_on": last_day})


def put_plans(run: Running, groups: dict[GroupKey, TeachingGroup]) -> None:
    """Bring lesson plans up to date. The plan of a group that the file names is taken as a
    whole: a topic that is gone from it goes; what was held stands in the lessons."""
    rows = {(groups[row.group].id, row.ordinal): row for row in run.files.plans}
    known = {
        (topic.teaching_group_id, topic.ordinal): topic
        for topic in LessonPlanTopic.select().where(
            LessonPlanTopic.school == run.school,
            LessonPlanTopic.teaching_group.in_({group_id for group_id, _ in rows}),
        )
    }
    for place, topic in known.items():
        if place not in rows:
            run.drop("lesson_plan_topic", topic)
    for (group_id, ordinal), row in rows.items():
        run.now_at(PLANS, row.line)
        values = {
            "school": run.school.id,
            "teaching_group": group_id,
            "ordinal": ordinal,
            "topic": row.topic,
            "material": row.material,
            "homework": row.homework,
        }
        found = known.get((group_id, ordinal))
        if found is None:
            run.add("lesson_plan_topic", LessonPlanTopic, values)
        else:
            run.put("lesson_plan_topic", LessonPlanTopic, found, values)
