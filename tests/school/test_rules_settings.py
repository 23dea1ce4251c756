"""The environment as settings (school/settings.py)."""

import os
import stat
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from school.settings import Settings, SettingsError, is_loopback

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def read(tmp_path):
    def from_environment(**values: str) -> Settings:
        return Settings.from_environment({"DATA_DIR": str(tmp_path), **values})

    return from_environment


def test_without_settings_it_is_this_machine_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url == "sqlite:///var/listok.db"
    assert settings.data_dir == Path("var")
    assert (settings.smtp_url, settings.sms_url, settings.demo) == (None, None, False)
    assert settings.is_local
    assert not settings.is_secure
    assert (tmp_path / "var" / "secret-key").exists()


def test_an_empty_setting_is_none(read):
    settings = read(HOST="", PORT="", BASE_URL="", SMTP_URL="", DEMO="", SECRET_KEY="")
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.smtp_url is None
    assert settings.secret_key


@pytest.mark.parametrize(
    ("host", "base_url", "local", "secure"),
    [
        ("127.0.0.1", "https://diary.example.org/", False, True),
        ("127.0.0.1", "http://localhost:8000", True, False),
        ("0.0.0.0", "http://127.0.0.1:8000", False, False),
        ("0.0.0.0", "https://diary.example.org", False, True),
        ("localhost", "", True, False),
        ("127.0.0.1", "https://localhost.example.org", False, True),
    ],
)
def test_where_people_reach_it(read, host, base_url, local, secure):
    settings = read(HOST=host, BASE_URL=base_url)
    assert (settings.is_local, settings.is_secure) == (local, secure)
    assert not settings.base_url.endswith("/")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"]
)  # fmt: skip
def test_this_very_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [None, "", "0.0.0.0", "::", "192.168.0.1", "127.0.0.1.example.org", "localhost.example.org",
     "example.org", "128.0.0.1", "2130706433"],
)  # fmt: skip
def test_another_machine(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"PORT": "восемь"}, "PORT"),
        ({"PORT": "80a"}, "PORT"),
        ({"PORT": "8000.0"}, "PORT"),
        ({"BASE_URL": "diary.example.org"}, "BASE_URL"),
        ({"BASE_URL": "ftp://diary.example.org"}, "BASE_URL"),
        ({"BASE_URL": "https://"}, "BASE_URL"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "var/listok.db"}, "DATABASE_URL"),
        ({"DEMO": "1", "HOST": "0.0.0.0"}, "DEMO"),
        ({"DEMO": "1", "HOST": "192.168.1.5"}, "DEMO"),
        ({"DEMO": "1", "BASE_URL": "https://diary.example.org"}, "DEMO"),
        ({"DEMO": "yes", "HOST": "example.org"}, "DEMO"),
    ],
)
def test_a_wrong_setting_is_named(read, values, name):
    with pytest.raises(SettingsError, match=name):
        read(**values)


@pytest.mark.parametrize(("value", "on"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_demo_is_shown_on_this_machine(read, value, on):
    assert read(DEMO=value).demo is on


def test_beyond_this_machine_without_the_demo(read):
    assert read(HOST="0.0.0.0", DEMO="0").host == "0.0.0.0"


def test_the_secret_is_made_once_and_is_nobody_elses(read, tmp_path):
    mask = os.umask(0)
    try:
        first = read().secret_key
    finally:
        os.umask(mask)
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert read().secret_key == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret-key"]


def test_a_given_secret_is_not_written_down(read, tmp_path):
    assert read(SECRET_KEY="given").secret_key == "given"
    assert list(tmp_path.iterdir()) == []


def test_installations_have_different_secrets(tmp_path):
    places = [tmp_path / "one", tmp_path / "two"]
    keys = {Settings.from_environment({"DATA_DIR": str(p)}).secret_key for p in places}
    assert len(keys) == 2


RACE = """
import sys, time
from pathlib import Path
from school.settings import Settings

data_dir = Path(sys.argv[1])
(data_dir / f"ready-{sys.argv[2]}").touch()
while not (data_dir / "go").exists():
    time.sleep(0.0005)
print(Settings.from_environment({"DATA_DIR": str(data_dir / "kept")}).secret_key)
"""


def test_processes_that_start_at_once_have_one_secret(tmp_path):
    """Web and worker, on several machines with one DATA_DIR: all wait for one whistle."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(tmp_path), str(n)],
            env=environment, stdout=subprocess.PIPE, text=True,
        )
        for n in range(6)
    ]  # fmt: skip
    while not all((tmp_path / f"ready-{n}").exists() for n in range(6)):
        assert all(racer.poll() is None for racer in racers)
    (tmp_path / "go").touch()
    keys = [racer.communicate(timeout=30)[0].strip() for racer in racers]
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["secret-key"]


def test_the_slower_process_takes_the_secret_of_the_faster(read, tmp_path, monkeypatch):
    """The other one finishes while this one is about to write: the worst moment, on purpose."""
    make = os.open

    def open_late(path, *arguments):
        (tmp_path / "secret-key").write_text("theirs")
        return make(path, *arguments)

    monkeypatch.setattr(os, "open", open_late)
    assert read().secret_key == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_settings_do_not_change_under_way(read):
    with pytest.raises(FrozenInstanceError):
        read().demo = True  # type: ignore[misc]
