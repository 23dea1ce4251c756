"""Papers: documents for the printer."""

from blueprints.papers import issued
from blueprints.papers.views import blueprint

__all__ = ["blueprint", "issued"]
