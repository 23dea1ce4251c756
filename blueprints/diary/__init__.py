"""What a parent and a pupil see, and what they tell the school."""

from blueprints.diary import excuses
from blueprints.diary.views import blueprint

__all__ = ["blueprint", "excuses"]
