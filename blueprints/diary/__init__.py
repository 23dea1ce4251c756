"""What a parent and a pupil see."""

from blueprints.diary.views import blueprint

__all__ = ["blueprint"]
