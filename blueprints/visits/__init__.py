"""Personal visits: who waits, who is seen, what was answered (C6)."""

from blueprints.visits import journal
from blueprints.visits.views import blueprint

__all__ = ["blueprint", "journal"]
