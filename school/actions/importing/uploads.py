"""An upload from its arrival to its end: read and rehearsed by a sweep, answered, confirmed,
written by a sweep, taken back. The database says where it stands; its files lie in DATA_DIR."""

import csv
import io
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from school import clock
from school.actions.changes import BuiltUpon, Changes, lock_school
from school.actions.history import Act, Fact, move_revisions, record
from school.actions.importing import import_school
from school.actions.importing.checking import VERDICTS, Checked, RowVerdict, check_upload
from school.actions.importing.report import KINDS
from school.database import transaction
from school.exchange.headings import plain
from school.exchange.problems import ImportRefused
from school.exchange.values import neutral
from school.exchange.workbook import SKIP
from school.models import ImportRun, ImportWord, School

WAITING, ASKING, WRONG, CHECKED = "waiting", "asking", "wrong", "checked"
CONFIRMED, DONE, UNDONE, DROPPED = "confirmed", "done", "undone", "dropped"
#: A worker that takes longer than this has died.
LEASE = timedelta(minutes=10)
#: Files of an import are of use for as long as it can be taken back; then they go.
FILES_KEPT = timedelta(days=60)
MOST_FILES = 20
FOLDER = "imports"
_ROWS, _PROGRESS, PASSWORDS = "rows.json", "progress", "passwords.csv"
_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".txt")


class UploadRefused(Exception):
    """The files are not taken; the message says why."""


class NotNow(Exception):
    """An import does not stand where this could be done with it; the message says so."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    name: str
    data: bytes


def folder_of(run: ImportRun, data_dir: Path) -> Path:
    """Where the files of an import lie."""
    return data_dir / FOLDER / str(run.folder)


def start_upload(
    school_id: int, files: Sequence[UploadedFile], *, data_dir: Path, act: Act, request: str
) -> int:
    """Keep uploaded files and have them looked through; returns the import's id. `request` is
    of the form: a form that comes twice makes one import. Raises UploadRefused."""
    present = ImportRun.get_or_none(ImportRun.request == request)
    if present is not None and present.school_id == school_id:
        return int(present.id)
    if not files:
        raise UploadRefused("Выберите хотя бы один файл.")
    if len(files) > MOST_FILES:
        raise UploadRefused(f"За один раз — не больше {MOST_FILES} файлов.")
    for file in files:
        if not file.name.lower().endswith(_ENDINGS):
            raise UploadRefused(
                f"«{file.name}»: такие файлы не читаются. Подойдут XLSX, XLS, ODS и CSV."
            )
    name = secrets.token_hex(16)
    draft = data_dir / FOLDER / f"{name}.new"
    draft.mkdir(parents=True, mode=0o700)
    for number, file in enumerate(files):
        (draft / f"{number}").write_bytes(file.data)
    draft.rename(data_dir / FOLDER / name)
    with transaction():
        run = ImportRun.create(
            school=school_id,
            uploaded_by=act.actor_id,
            created_at=act.at,
            folder=name,
            file_names=json.dumps([file.name[:120] for file in files], ensure_ascii=False),
            request=request,
        )
    return int(run.id)


def answer_questions(run_id: int, answers: Mapping[str, str], *, act: Act) -> None:
    """Keep answers (question → answer), remember for the school what its columns mean, and have
    the files looked through again. Raises NotNow."""
    with transaction():
        run = _locked(run_id, (ASKING, WRONG, CHECKED))
        kept = json.loads(run.answers) | dict(answers)
        for key, value in answers.items():
            kind, _, rest = key.partition(":")
            if kind == "column":
                table, _, heading = rest.partition(":")
                ImportWord.insert(
                    school=run.school_id,
                    table_name=table,
                    heading=plain(heading),
                    meaning="" if value == SKIP else value,
                ).on_conflict(
                    conflict_target=[
                        ImportWord.school, ImportWord.table_name, ImportWord.heading
                    ],
                    preserve=[ImportWord.meaning],
                ).execute()  # fmt: skip
        ImportRun.update(
            state=WAITING, answers=json.dumps(kept, ensure_ascii=False), claimed_until=None
        ).where(ImportRun.id == run_id).execute()
        record(act, run.school_id, [Fact("import_run", run_id, "answers", "", "given")])


def confirm_import(run_id: int, *, act: Act) -> None:
    """Have a rehearsed import written. Raises NotNow."""
    with transaction():
        run = _locked(run_id, (CHECKED, CONFIRMED))
        ImportRun.update(state=CONFIRMED, claimed_until=None).where(
            ImportRun.id == run.id, ImportRun.state == CHECKED
        ).execute()


def drop_import(run_id: int, *, act: Act, data_dir: Path) -> None:
    """Throw an import away that has not been written. Raises NotNow."""
    with transaction():
        run = _locked(run_id, (WAITING, ASKING, WRONG, CHECKED, DROPPED))
        ImportRun.update(state=DROPPED, report="{}", answers="{}", finished_at=act.at).where(
            ImportRun.id == run_id
        ).execute()
    shutil.rmtree(folder_of(run, data_dir), ignore_errors=True)


def undo_import(run_id: int, *, act: Act, data_dir: Path) -> int:
    """Take an import back; returns how many rows. Raises BuiltUpon where something was built on
    it since, NotNow where it is not written."""
    with transaction():
        run = _locked(run_id, (DONE,))
        lock_school(run.school_id)
        changes = Changes.from_text(run.changes)
        built = changes.find_built()
        if built:
            raise BuiltUpon(built)
        count = changes.take_back()
        ImportRun.update(state=UNDONE, changes="", finished_at=act.at).where(
            ImportRun.id == run_id
        ).execute()
        record(act, run.school_id, [Fact("import_run", run_id, "state", DONE, UNDONE)])
        move_revisions(act, [("school", run.school_id)])
    (folder_of(run, data_dir) / PASSWORDS).unlink(missing_ok=True)
    return count


def forget_passwords(run_id: int, *, data_dir: Path) -> None:
    """Delete the list of one-time passwords, which were handed out."""
    run = ImportRun.get_by_id(run_id)
    (folder_of(run, data_dir) / PASSWORDS).unlink(missing_ok=True)


def _locked(run_id: int, states: Sequence[str]) -> Any:
    """An import in one of the states, which nobody changes before the transaction ends."""
    ImportRun.update(folder=ImportRun.folder).where(ImportRun.id == run_id).execute()
    run = ImportRun.get_by_id(run_id)
    if run.state not in states:
        raise NotNow("С этой загрузкой уже что-то сделали: посмотрите, что с ней сейчас.")
    return run


def _act_name(run: Any) -> str:
    """The request id that the history of an import carries."""
    return f"import-{run.folder[:12]}"


# The sweep


def sweep_imports(data_dir: Path, worker: str, now: datetime) -> int:
    """Look through what waits and write what is confirmed; returns how many imports. Each is
    claimed with a lease, so that one whose worker died is taken up again."""
    done = 0
    while (run := _claim(worker, now)) is not None:
        if run.state == WAITING:
            _look_through(run, data_dir, now)
        else:
            _write(run, data_dir, now)
        done += 1
    return done


def forget_old_files(data_dir: Path, now: datetime) -> None:
    """Files of imports that were finished long ago go: they hold children's data."""
    for run in ImportRun.select().where(
        ImportRun.finished_at.is_null(False), ImportRun.finished_at < now - FILES_KEPT
    ):
        shutil.rmtree(folder_of(run, data_dir), ignore_errors=True)
    ImportRun.update(changes="", report="{}", answers="{}").where(
        ImportRun.finished_at.is_null(False), ImportRun.finished_at < now - FILES_KEPT
    ).execute()


def _claim(worker: str, now: datetime) -> Any | None:
    due = ImportRun.state.in_((WAITING, CONFIRMED)) & (
        ImportRun.claimed_until.is_null() | (ImportRun.claimed_until < now)
    )
    run = ImportRun.select(ImportRun.id).where(due).order_by(ImportRun.id).first()
    if run is None:
        return None
    claimed = (
        ImportRun.update(claimed_by=worker, claimed_until=now + LEASE)
        .where(ImportRun.id == run.id, due)
        .execute()
    )
    return ImportRun.get_by_id(run.id) if claimed else None


def _paths(run: Any, data_dir: Path) -> dict[str, Path]:
    folder = folder_of(run, data_dir)
    found: dict[str, Path] = {}
    for number, name in enumerate(json.loads(run.file_names)):
        shown = name if name not in found else f"{name} ({number + 1})"
        found[shown] = folder / str(number)
    return found


def _say_progress(run: Any, data_dir: Path, words: str) -> None:
    # A file and no row: while the rows are written nobody would see a row of ours change.
    path = folder_of(run, data_dir) / _PROGRESS
    if path.parent.exists():
        path.write_text(words, encoding="utf-8")


def find_progress(run: Any, data_dir: Path) -> str:
    """What is being done with an import just now."""
    path = folder_of(run, data_dir) / _PROGRESS
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _look_through(run: Any, data_dir: Path, now: datetime) -> None:
    _say_progress(run, data_dir, "Читаю файлы и сверяю строки со школой")
    started = time.monotonic()
    checked = _check(run, data_dir, now)
    state = ASKING if checked.questions else CHECKED if checked.may_be_written else WRONG
    report = _as_report(checked) | {"seconds": round(time.monotonic() - started, 1)}
    _keep_rows(run, data_dir, checked.rows)
    ImportRun.update(
        state=state, report=json.dumps(report, ensure_ascii=False), claimed_until=None
    ).where(
        ImportRun.id == run.id, ImportRun.state == WAITING, ImportRun.claimed_by == run.claimed_by
    ).execute()
    _say_progress(run, data_dir, "")


def _check(run: Any, data_dir: Path, now: datetime) -> Checked:
    school = School.get_by_id(run.school_id)
    return check_upload(
        run.school_id,
        _paths(run, data_dir),
        answers=json.loads(run.answers),
        today=clock.local(now, school.time_zone).date(),
        act=Act(now, run.uploaded_by_id, _act_name(run)),
    )


def _as_report(checked: Checked) -> dict[str, Any]:
    return {
        "verdicts": {name: checked.count(name) for name in VERDICTS},
        "questions": [asdict(question) for question in checked.questions],
        "remarks": checked.remarks,
        "counts": {
            KINDS[kind]: [counts.new, counts.changed, counts.same]
            for kind, counts in checked.report.counts.items()
            if counts.new or counts.changed or counts.same
        },
    }  # fmt: skip


def _keep_rows(run: Any, data_dir: Path, found: Sequence[RowVerdict]) -> None:
    folder = folder_of(run, data_dir)
    if folder.exists():
        rows = [
            [row.file, row.place, str(row.line or ""), row.who, row.verdict, row.says]
            for row in found
        ]
        (folder / _ROWS).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def list_rows(run: Any, data_dir: Path) -> list[list[str]]:
    """[table, place, line, who, verdict, says] of each row of an import's files."""
    path = folder_of(run, data_dir) / _ROWS
    if not path.exists():
        return []
    found: list[list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(run: Any, data_dir: Path, now: datetime) -> None:
    """Write a confirmed import. The files are read once more: the school may have changed since
    they were rehearsed, and then it is shown anew and not written."""
    _say_progress(run, data_dir, "Проверяю ещё раз и записываю")
    checked = _check(run, data_dir, now)
    report = _as_report(checked)
    confirmed = json.loads(run.report).get("verdicts")
    if checked.files is None or not checked.may_be_written or report["verdicts"] != confirmed:
        report["remarks"].insert(
            0, "Пока загрузка ждала, в школе что-то изменилось. Посмотрите ещё раз и подтвердите."
        )
        _keep_rows(run, data_dir, checked.rows)
        state = ASKING if checked.questions else CHECKED if checked.may_be_written else WRONG
        ImportRun.update(
            state=state, report=json.dumps(report, ensure_ascii=False), claimed_until=None
        ).where(ImportRun.id == run.id, ImportRun.state == CONFIRMED).execute()
        _say_progress(run, data_dir, "")
        return
    act = Act(now, run.uploaded_by_id, _act_name(run))
    try:
        with transaction():
            # Two workers, of which one was thought dead: the second finds it written.
            if _locked_state(run.id) != CONFIRMED:
                return
            made = import_school(checked.files, act=act, chosen=checked.chosen)
            passwords = [(p.name, p.login, p.password) for p in made.passwords]
            if passwords:
                _write_passwords(folder_of(run, data_dir) / PASSWORDS, passwords)
            ImportRun.update(
                state=DONE,
                changes=made.changes,
                report=json.dumps(report | {"done": made.lines()}, ensure_ascii=False),
                finished_at=now,
                claimed_until=None,
            ).where(ImportRun.id == run.id).execute()
    except ImportRefused as refused:
        report["remarks"] = [str(problem) for problem in refused.problems]
        ImportRun.update(
            state=WRONG, report=json.dumps(report, ensure_ascii=False), claimed_until=None
        ).where(ImportRun.id == run.id, ImportRun.state == CONFIRMED).execute()
    _say_progress(run, data_dir, "")


def _locked_state(run_id: int) -> str:
    ImportRun.update(folder=ImportRun.folder).where(ImportRun.id == run_id).execute()
    return str(ImportRun.get_by_id(run_id).state)


def _write_passwords(path: Path, people: Sequence[tuple[str, str, str]]) -> None:
    """The list of one-time passwords, for whoever hands them out."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("Сотрудник", "Логин", "Временный пароль"))
        writer.writerows([neutral(cell) for cell in row] for row in people)


def rows_as_csv(rows: Sequence[Sequence[str]], verdicts: Mapping[str, str]) -> str:
    """The list of verdicts to download."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(("Где", "Строка", "Что", "Итог", "Подробно"))
    for _, place, line, who, verdict, says in rows:
        writer.writerow(
            [neutral(cell) for cell in (place, line, who, verdicts.get(verdict, verdict), says)]
        )
    return "\ufeff" + stream.getvalue()
