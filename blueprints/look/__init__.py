"""How pages look: the visually impaired mode and the data saver."""

from blueprints.look.views import blueprint

__all__ = ["blueprint"]
