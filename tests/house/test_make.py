"""What make does on a machine: the program itself, and the setting up before it."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.house.files import ROOT

#: Generous: two runs of the tests at once make a machine slow.
LONGEST_START = 120


def clean_environment(**values: str) -> dict[str, str]:
    """The caller's environment without the settings and without what this make was told."""
    drop = {
        "HOST", "PORT", "DATABASE_URL", "DATA_DIR", "BASE_URL", "SECRET_KEY", "DEMO", "SMTP_URL",
        "SMS_URL", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "PYTHONPATH",
    }  # fmt: skip
    return {name: value for name, value in os.environ.items() if name not in drop} | values


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ask(port: int, path: str) -> str | None:
    """What a page says, or None where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except OSError:
        return None
    finally:
        connection.close()


def sign_ins(page: str) -> list[str]:
    """The demo sign-ins that the sign-in page lists."""
    _, _, listed = page.partition("Пароль у всех: demo")
    return re.findall(r"<li>(.+?)</li>", listed)


class Run:
    """`make run` in a group of processes of its own, as a terminal starts it."""

    def __init__(self, port: int, data_dir: Path) -> None:
        self.port = port
        self.log = data_dir / "said"
        with self.log.open("w") as said:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=ROOT,
                env=clean_environment(
                    PORT=str(port),
                    DATABASE_URL=f"sqlite:///{data_dir}/run.db",
                    DATA_DIR=str(data_dir),
                ),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_for_the_page(self) -> str:
        deadline = time.monotonic() + LONGEST_START
        while (page := ask(self.port, "/sign-in")) is None:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        return page

    def end(self, stop: signal.Signals) -> None:
        """Ctrl-C reaches the whole group; `kill` reaches make alone."""
        if stop == signal.SIGINT:
            os.killpg(self.process.pid, stop)
        else:
            self.process.send_signal(stop)
        self.process.wait(60)
        deadline = time.monotonic() + 30
        while ask(self.port, "/healthz") is not None:
            assert time.monotonic() < deadline, "make has ended, the server has not"
            time.sleep(0.1)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)


def test_make_run_starts_everything_and_ctrl_c_ends_it(tmp_path):
    port = free_port()
    with Run(port, tmp_path) as run:
        shown = sign_ins(run.wait_for_the_page())
        assert len(shown) > 30
        assert f"http://127.0.0.1:{port}/" in run.said()
        for login in ("parent ", "teacher-nt ", "officer "):
            assert f"\n  {login}" in run.said()
        run.end(signal.SIGINT)
    # A second run makes nothing again and loses nothing.
    with Run(port, tmp_path) as again:
        assert sign_ins(again.wait_for_the_page()) == shown
        assert "Применено" not in again.said()
        assert "Ставлю" not in again.said()
        again.end(signal.SIGTERM)


def test_a_wrong_setting_is_one_sentence(tmp_path):
    result = subprocess.run(
        ["make", "run"],
        cwd=ROOT,
        env=clean_environment(DATA_DIR=str(tmp_path), PORT="восемь"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "PORT — это число" in result.stderr
    assert "Traceback" not in result.stderr


def test_make_soak_runs_what_make_test_leaves_out():
    told = subprocess.run(
        ["make", "--dry-run", "soak"],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "pytest tests/soak" in told.stdout
    counts = {}
    for what in ("tests/soak", "tests"):
        collected = subprocess.run(
            [".venv/bin/python", "-m", "pytest", "--collect-only", "-q", what],
            cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True,
        )  # fmt: skip
        counts[what] = collected.stdout.count("tests/soak/")
    assert counts["tests/soak"] >= 1
    assert counts["tests"] == 0


def test_make_requirements_lists_rows_with_and_without_tests():
    result = subprocess.run(
        ["make", "requirements"],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "B1 (built): " in result.stdout
    assert "    tests/blueprints/test_road.py::test_what_a_teacher_saves" in result.stdout
    assert "\nRows without a test, " in result.stdout


# Setting up, on a machine made of stand-ins that write down how they were called.

RECORD = 'echo "$(basename "$0") $*" >>"$CALLS"\n'
PYTHON = f"""#!/bin/sh
{RECORD}
case "$1 $2" in
"-m venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-c "*) [ -n "$OLD" ] && exit 1 ;;
"-V "*) echo "Python 3.9.2" ;;
esac
exit 0
"""


class Machine:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.bin = place / "bin"
        self.calls_file = place / "calls"
        self.bin.mkdir()
        (place / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "setup.sh", place / "tools")
        (place / "requirements.txt").write_text("a==1\n")
        (place / "requirements-dev.txt").write_text("b==1\n")
        for tool in ("basename", "cat", "cksum", "cp", "dirname", "env", "grep", "mkdir", "sh"):
            (self.bin / tool).symlink_to(shutil.which(tool) or "")
        self.add("python3", PYTHON)
        self.add("apt-get", f"#!/bin/sh\n{RECORD}")

    def add(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def has(self, packages: str) -> None:
        for name in packages.split():
            self.add(name, "#!/bin/sh\n")

    def set_up(self, purpose: str, *, user: int, **environment: str) -> "Setup":
        self.add("id", f"#!/bin/sh\necho {user}\n")
        self.calls_file.write_text("")
        result = subprocess.run(
            [self.bin / "sh", "tools/setup.sh", purpose],
            cwd=self.place,
            env={"PATH": str(self.bin), "CALLS": str(self.calls_file), "OLD": "", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return Setup(result.returncode, result.stdout, result.stderr, self.calls())

    def calls(self) -> list[str]:
        lines = self.calls_file.read_text().splitlines()
        return [line for line in lines if " -c " not in line and " -V" not in line]


class Setup:
    def __init__(self, status: int, said: str, complained: str, calls: list[str]) -> None:
        self.status, self.said, self.complained, self.calls = status, said, complained, calls

    def of(self, name: str) -> list[str]:
        return [call for call in self.calls if call.startswith(name)]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


PIP = "python -m pip install --quiet --disable-pip-version-check"
RUN_PACKAGES = "wkhtmltopdf fonts-liberation"
TEST_PACKAGES = (
    f"{RUN_PACKAGES} poppler-utils chromium chromium-headless-shell w3m tmux default-jre-headless "
    "orca xvfb openbox xdotool at-spi2-core dbus-daemon"
)
INSTALL = f"apt-get install -y --no-install-recommends {TEST_PACKAGES}"


def test_a_fresh_machine_is_set_up_by_root_and_says_so(machine):
    done = machine.set_up("test", user=0)
    assert done.status == 0, done.complained
    assert f"Ставлю пакеты Debian: {TEST_PACKAGES}" in done.said
    assert done.of("apt-get") == ["apt-get update -qq", INSTALL]
    assert done.of("python3 -m") == ["python3 -m venv --clear .venv"]
    assert done.of("python -m") == [f"{PIP} -r requirements.txt -r requirements-dev.txt"]


def test_for_soak_all_old_engines_come_too(machine):
    done = machine.set_up("soak", user=0)
    assert done.of("apt-get")[-1] == f"{INSTALL} lynx python3-pyqt5.qtwebkit npm"


def test_the_second_time_nothing_is_done(machine):
    machine.has(RUN_PACKAGES)
    machine.set_up("run", user=0)
    again = machine.set_up("run", user=0)
    assert (again.status, again.said, again.complained) == (0, "", "")
    assert again.calls == []


def test_other_requirements_are_installed(machine):
    machine.has(RUN_PACKAGES)
    machine.set_up("run", user=0)
    (machine.place / "requirements.txt").write_text("a==2\n")
    assert machine.set_up("run", user=0).calls == [f"{PIP} -r requirements.txt"]


def test_to_run_goes_on_without_the_printer(machine):
    done = machine.set_up("run", user=1000)
    assert done.of("apt-get") == []
    assert f"sudo apt-get install -y --no-install-recommends {RUN_PACKAGES}" in done.complained
    assert "Пока продолжаю без них." in done.complained
    assert done.of("python -m") == [f"{PIP} -r requirements.txt"]


def test_who_may_not_install_is_told_the_line_and_goes_on(machine):
    done = machine.set_up("test", user=1000)
    assert done.status == 0
    assert done.of("apt-get") == []
    assert f"sudo apt-get update && sudo {INSTALL}" in done.complained
    assert done.of("python -m")


def test_sudo_is_used_only_unasked(machine):
    machine.add("sudo", f'#!/bin/sh\n{RECORD}[ "$1" = -n ] && shift\nexec "$@"\n')
    machine.add("true", "#!/bin/sh\nexit 0\n")
    done = machine.set_up("test", user=1000)
    assert done.of("apt-get") == ["apt-get update -qq", INSTALL]
    assert all(call.startswith("sudo -n ") for call in done.of("sudo"))
    machine.add("sudo", "#!/bin/sh\necho 'a password is required' >&2\nexit 1\n")
    asked = machine.set_up("test", user=1000)
    assert asked.of("apt-get") == []
    assert "Наберите: sudo apt-get" in asked.complained


def test_a_package_that_cannot_be_had_does_not_stop_it(machine):
    machine.add("apt-get", f"#!/bin/sh\n{RECORD}exit 100\n")
    done = machine.set_up("test", user=0)
    assert done.status == 0
    for package in TEST_PACKAGES.split():
        assert f"Не получилось поставить {package}. Позже наберите" in done.complained
    assert done.of("python -m")


def test_packages_that_are_there_are_left_alone(machine):
    machine.has(TEST_PACKAGES)
    done = machine.set_up("test", user=0)
    assert done.of("apt-get") == []


def test_an_old_python_is_refused_in_words(machine):
    machine.has(TEST_PACKAGES)
    done = machine.set_up("test", user=1000, OLD="1")
    assert done.status == 1
    assert "Нужен Python 3.11 или новее, а «python3» — это Python 3.9.2." in done.complained
    assert not (machine.place / ".venv").exists()


def test_no_python_is_said_so(machine):
    (machine.bin / "python3").unlink()
    done = machine.set_up("run", user=1000)
    assert done.status == 1
    assert "Нужен Python 3.11 или новее: команды «python3» нет." in done.complained


def test_a_failed_installation_is_tried_again(machine):
    machine.has(RUN_PACKAGES)
    machine.set_up("run", user=0)
    (machine.place / "requirements.txt").write_text("a==3\n")
    python = machine.place / ".venv" / "bin" / "python"
    whole = python.read_text()
    python.write_text('#!/bin/sh\n[ "$2" = pip ] && exit 1\nexit 0\n')
    assert machine.set_up("run", user=0).status != 0
    python.write_text(whole)
    assert machine.set_up("run", user=0).calls == [f"{PIP} -r requirements.txt"]
