"""Long tests, collected only where this folder is named: `pytest tests/soak`."""

from pathlib import Path

import pytest

from tests.serving.running import serve

__all__ = ["serve"]

HERE = Path(__file__).resolve().parent


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(HERE in (path, *path.parents) for path in named) else True
