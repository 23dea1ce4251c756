"""Pages for everybody, and the way from «/» to one's own first page."""

from blueprints.public import schools, setup  # noqa: F401 - their views join the blueprint
from blueprints.public.views import blueprint

__all__ = ["blueprint"]
