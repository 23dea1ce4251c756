"""A school year worth freezing: something in most tables, and texts that break what is careless."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from school import clock
from school.actions.history import Act, Fact, record
from school.exchange.frozen.archive import MANIFEST, SUMS, ArchiveWriter, table_file
from school.exchange.frozen.tables import FROZEN, csv_chunks
from school.models import (
    Attendance,
    Deferral,
    Homework,
    LessonComment,
    LessonPlanTopic,
    Mark,
    PeriodResult,
    Retake,
    Revision,
    StudyPeriod,
    Work,
    WorkKind,
)
from tests.town import Town, today, year_start

TRICKY = (
    '=HYPERLINK("http://x")', "'кавычка", "с;точкой", "две\nстроки", '«ёлочки» "лапки"', "-5",
)  # fmt: skip


def fill_year(town: Town) -> None:
    """Marks, absences, homework, results and their history."""
    kind = WorkKind.get(WorkKind.school == town.school)
    act = Act(clock.now(), town.teacher.id, "r1")
    for n, text in enumerate(TRICKY, 1):
        work = Work.create(
            school=town.school, lesson=town.yesterday, work_kind=kind, ordinal=n, title=text,
            weight="5/2",
        )  # fmt: skip
        Mark.create(school=town.school, work=work, pupil=town.pupil, position=1, value="5")
        facts = [Fact("work", work.id, "mark", "", text, town.pupil.id, town.yesterday.id)]
        record(act, town.school.id, facts)
        LessonPlanTopic.create(
            school=town.school, teaching_group=town.group, ordinal=n, topic=f"{text} {n}"
        )
    Attendance.create(
        school=town.school, lesson=town.lesson, pupil=town.classmate, code="о", late_minutes=5
    )
    Homework.create(school=town.school, lesson=town.lesson, text="№ 5\r\n№ 6")
    Homework.create(school=town.school, lesson=town.lesson, pupil=town.pupil, text="=5")
    LessonComment.create(school=town.school, lesson=town.lesson, pupil=town.pupil, text="'молодец'")
    period = StudyPeriod.create(
        school=town.school, school_year=town.year, kind="quarter", ordinal=1, name="1-я четверть",
        from_grade=1, until_grade=11, from_on=year_start(), until_on=today() - timedelta(days=1),
    )  # fmt: skip
    result = PeriodResult.create(
        school=town.school, school_year=town.year, pupil=town.pupil, subject=town.group.subject_id,
        teaching_group=town.group, study_period=period, kind="period", value="4",
        decided_at=act.at, decided_by=town.teacher,
    )  # fmt: skip
    Retake.create(
        school=town.school, result=result, ordinal=1, held_on=today(), was="2", value="4",
        made_at=act.at, made_by=town.teacher,
    )  # fmt: skip
    Deferral.create(
        school=town.school, school_year=town.year, pupil=town.classmate, study_period=period,
        kind="period", until_on=today(), reason="болезнь", order_name="7", order_on=today(),
        made_at=act.at, made_by=town.deputy_head, request="d1",
    )  # fmt: skip
    record(
        act,
        town.school.id,
        [
            Fact("period_result", result.id, "period_result", "2", "4", town.pupil.id),
            # No archive has what a family gave its consent to.
            Fact("consent", 1, "entered", "", "тайна согласия", town.pupil.id),
        ],
    )
    Revision.create(scope="pupil", subject=town.pupil.id, n=3, changed_at=act.at)


def empty_archive(path: Path) -> Path:
    """An archive of a school without rows: whole, and small."""
    writer = ArchiveWriter(path)
    counts = {}
    for table in FROZEN:
        writer.add(table_file(table.name), csv_chunks(table.columns, []))
        counts[table.name] = 0
    writer.close({"school": "Школа", "short_name": "school-2", "year": "2026/27", "tables": counts})
    return path


def files_of(path: Path) -> dict[str, bytes]:
    """Name → bytes."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, files: dict[str, bytes], *, sums: bool = True) -> None:
    """Write files as an archive, with checksums that fit them."""
    if sums:
        files[SUMS] = "".join(
            f"{sha256(body).hexdigest()}  {name}\n" for name, body in files.items() if name != SUMS
        ).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    path.write_bytes(stream.getvalue())


def with_manifest(files: dict[str, bytes], **facts: object) -> dict[str, bytes]:
    """The files with other facts in their manifest."""
    manifest = json.loads(files[MANIFEST]) | facts
    return files | {MANIFEST: json.dumps(manifest).encode()}
