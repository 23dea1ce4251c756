"""Pages for everybody, and the way from «/» to one's own first page."""

from blueprints.public import setup  # noqa: F401 - its views join the blueprint
from blueprints.public.views import blueprint

__all__ = ["blueprint"]
