"""What a parent and a pupil see, and what they tell the school."""

from blueprints.diary import excuses, results
from blueprints.diary.views import blueprint

__all__ = ["blueprint", "excuses", "results"]
