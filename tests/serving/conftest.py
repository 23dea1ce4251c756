"""The fixtures that start the program."""

from tests.serving.running import house, serve

__all__ = ["house", "serve"]
