"""Pages for everybody, and the way from «/» to one's own first page."""

from blueprints.public import blank_forms, schools, setup  # noqa: F401 - their views join
from blueprints.public.views import blueprint

__all__ = ["blueprint"]
