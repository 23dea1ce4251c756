"""The fixture that starts the program."""

from tests.serving.running import serve

__all__ = ["serve"]
