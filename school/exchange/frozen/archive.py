"""A frozen year as a file: written piece by piece, verified, read back.

It is an ordinary zip of ordinary files. SHA256SUMS names the checksum of each as `sha256sum -c`
reads it; manifest.json says the format, and how many rows each table has. The same files make the
same bytes: no moment of making is in it. Nothing is ever unpacked to disk by the program.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from school.exchange.frozen.tables import FROZEN
from school.wording import plural

FORMAT, VERSION = "listok-frozen-year", 1
SUMS, MANIFEST, README, INDEX = "SHA256SUMS", "manifest.json", "README.txt", "index.html"
#: Larger than any school: what is larger was made to do harm.
MOST_FILES, MOST_BYTES = 50_000, 8_000_000_000
#: Text of a school shrinks to a tenth; what shrinks so much more is a bomb.
MOST_SHRUNK, SMALL = 400, 5_000_000
#: Of manifest and checksums, which are read whole.
MOST_WHOLE = 20_000_000
#: Years that all archives share: a zip wants a date.
DATED = (1980, 1, 1, 0, 0, 0)
PIECE = 1 << 16

_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*(/[a-zA-Z0-9_][a-zA-Z0-9_.-]*)*")
_SUM = re.compile(r"([0-9a-f]{64}) [ *](.+)")


# A worksheet may have been typed in as homework.
csv.field_size_limit(2_000_000)


class ArchiveRefused(Exception):
    """The file is no archive that can be used; `faults` are sentences in Russian."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def table_file(name: str) -> str:
    """Where a table stands in the archive."""
    return f"tables/{name}.csv"


@dataclass(slots=True)
class ArchiveWriter:
    """Writes an archive into a file of its caller's; `close` ends it."""

    path: Path
    #: Name → checksum.
    sums: dict[str, str] = field(default_factory=dict)
    length: int = 0
    _zip: zipfile.ZipFile = field(init=False)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """Add a file; returns its checksum."""
        if name in self.sums or not _NAME.fullmatch(name):
            raise ValueError(f"no name for a file of an archive: {name!r}")
        entry = zipfile.ZipInfo(name, DATED)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        # Children's data: unpacked, its owner alone reads it.
        entry.external_attr = 0o100600 << 16
        digest = hashlib.sha256()
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                self.length += len(piece)
                file.write(piece)
        self.sums[name] = digest.hexdigest()
        return self.sums[name]

    def close(self, facts: dict[str, Any]) -> None:
        """Write the manifest and the checksums, and end the file."""
        manifest = {"format": FORMAT, "version": VERSION, **facts}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        self.add(MANIFEST, [text.encode()])
        sums = "".join(f"{value}  {name}\n" for name, value in sorted(self.sums.items()))
        self.add(SUMS, [sums.encode()])
        self._zip.close()

    def abandon(self) -> None:
        """End without a manifest: what was written is no archive."""
        self._zip.close()


@dataclass(slots=True)
class ArchiveReader:
    """Reads an archive that may be anybody's: never more than it says of itself, nothing outside
    of it. Raises ArchiveRefused where it is no archive."""

    path: Path
    manifest: dict[str, Any] = field(default_factory=dict)
    _zip: zipfile.ZipFile = field(init=False)
    _entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self._zip = zipfile.ZipFile(self.path)
        # The last is what zipfile raises for a zip newer than itself.
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise ArchiveRefused(
                ["Файл не открывается как архив zip: он повреждён или это другой файл."]
            ) from None
        try:
            self._check_entries()
            self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "ArchiveReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _check_entries(self) -> None:
        faults = []
        entries = self._zip.infolist()
        total = sum(entry.file_size for entry in entries)
        if len(entries) > MOST_FILES or total > MOST_BYTES:
            raise ArchiveRefused(
                [
                    f"В архиве {plural(len(entries), 'файл', 'файла', 'файлов')}, распакованными "
                    f"{total // 1_000_000} МБ: в году школы столько не бывает."
                ]
            )
        for entry in entries:
            name = entry.filename
            if not _NAME.fullmatch(name) or len(name) > 200:
                faults.append(f"Имя файла {_shown(name)} недопустимо: таких «Листок» не пишет.")
            elif name in self._entries:
                faults.append(f"Файл {name} в архиве дважды.")
            elif entry.flag_bits & 1:
                faults.append(f"Файл {name} зашифрован.")
            elif entry.file_size > SMALL + MOST_SHRUNK * max(entry.compress_size, 1):
                faults.append(
                    f"Файл {name} распаковывается в {entry.file_size // 1_000_000} МБ: "
                    "так сжаты только подделки."
                )
            self._entries.setdefault(name, entry)
        if faults:
            raise ArchiveRefused(faults)

    def _read_manifest(self) -> None:
        if MANIFEST not in self._entries:
            raise ArchiveRefused([f"Это не архив «Листка»: в нём нет файла {MANIFEST}."])
        try:
            found = json.loads(self.whole(MANIFEST).decode())
        except (ValueError, RecursionError):
            raise ArchiveRefused([f"Файл {MANIFEST} не читается: архив повреждён."]) from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ArchiveRefused([f"Это не архив «Листка»: так говорит файл {MANIFEST}."])
        version = found.get("version")
        if not isinstance(version, int) or version < 1:
            raise ArchiveRefused([f"В файле {MANIFEST} не указан формат: архив повреждён."])
        if version > VERSION:
            raise ArchiveRefused(
                [
                    f"Архив сделан более новой версией программы (формат {version}, эта понимает "
                    f"{VERSION}). Обновите программу и повторите."
                ]
            )
        self.manifest = found

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file; raises ArchiveRefused where they are damaged."""
        entry = self._entries[name]
        length = 0
        try:
            with self._zip.open(entry) as file:
                while piece := file.read(PIECE):
                    length += len(piece)
                    if length > entry.file_size:
                        raise ArchiveRefused([f"Файл {name} длиннее, чем о нём сказано."])
                    yield piece
        except ArchiveRefused:
            raise
        except Exception as error:
            # zipfile's own, zlib.error, and what other ways of compression have.
            raise ArchiveRefused([f"Файл {name} повреждён и не читается."]) from error

    def whole(self, name: str) -> bytes:
        """A small file, all of it."""
        if self._entries[name].file_size > MOST_WHOLE:
            raise ArchiveRefused([f"Файл {name} слишком велик."])
        return b"".join(self.pieces(name))

    def rows(self, name: str) -> Iterator[list[str]]:
        """The cells of a table's file, its headings first."""
        raw = io.BufferedReader(_Stream(self.pieces(name)), PIECE)
        stream = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        try:
            yield from csv.reader(stream, delimiter=";", strict=True)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ArchiveRefused([f"Файл {name} — не таблица CSV: {error}."]) from None


class _Stream(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n


def _shown(name: str) -> str:
    return repr(name[:80])


@dataclass(frozen=True, slots=True)
class Verified:
    """What an archive is, all of it found in order."""

    school: str
    year: str
    files: int
    rows: int
    #: Of the whole file, as `sha256sum` prints it.
    checksum: str
    manifest: dict[str, Any]


def verify_archive(path: Path) -> Verified:
    """Compare every file of an archive with its checksum, and the tables with their counts. Raises
    ArchiveRefused with all that was found."""
    with ArchiveReader(path) as archive:
        faults = [*_faults_of_sums(archive)]
        rows = 0
        counts = archive.manifest.get("tables")
        known = {table_file(table.name) for table in FROZEN}
        if not isinstance(counts, dict) or not all(
            isinstance(n, int) and not isinstance(n, bool) for n in counts.values()
        ):
            raise ArchiveRefused([f"В файле {MANIFEST} нет числа строк таблиц."])
        for table in FROZEN:
            file = table_file(table.name)
            if table.name not in counts or file not in archive.names:
                faults.append(f"Нет таблицы {file} ({table.title}): из архива её удалили.")
                continue
            try:
                found = sum(1 for _ in archive.rows(file)) - 1
            except ArchiveRefused as refused:
                faults += [fault for fault in refused.faults if fault not in faults]
                continue
            rows += found
            if found != counts[table.name]:
                faults.append(
                    f"В таблице {file} строк {found}, а должно быть {counts[table.name]}."
                )
        faults += [
            f"Таблица {name} этой версии программы не известна."
            for name in archive.names
            if name.startswith("tables/") and name not in known
        ]
        if faults:
            raise ArchiveRefused(dict.fromkeys(faults))
        return Verified(
            str(archive.manifest.get("school", "")),
            str(archive.manifest.get("year", "")),
            len(archive.names),
            rows,
            file_checksum(path),
            archive.manifest,
        )


def _faults_of_sums(archive: ArchiveReader) -> Iterator[str]:
    if SUMS not in archive.names:
        yield f"Нет файла {SUMS} с контрольными суммами."
        return
    wanted: dict[str, str] = {}
    for line in archive.whole(SUMS).decode("utf-8", "replace").splitlines():
        found = _SUM.fullmatch(line)
        if found is None:
            yield f"В файле {SUMS} непонятная строка {_shown(line)}."
            return
        wanted[found[2]] = found[1]
    for name in wanted.keys() - set(archive.names):
        yield f"Нет файла {_shown(name)}: из архива его удалили."
    for name in archive.names:
        if name == SUMS:
            continue
        if name not in wanted:
            yield f"Файл {name} лишний: контрольной суммы для него нет."
            continue
        digest = hashlib.sha256()
        try:
            for piece in archive.pieces(name):
                digest.update(piece)
        except ArchiveRefused as refused:
            yield from refused.faults
            continue
        if digest.hexdigest() != wanted[name]:
            yield f"Файл {name} изменён: контрольная сумма не сходится."


def file_checksum(path: Path) -> str:
    """Of a whole file, as `sha256sum` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
