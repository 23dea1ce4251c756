"""Signing in and out, and one's own account."""

from blueprints.auth import invitation, letters, locks, login, own, requests
from blueprints.auth.cli import issue_account
from blueprints.auth.views import blueprint

blueprint.cli.add_command(issue_account)

__all__ = ["blueprint", "invitation", "letters", "locks", "login", "own", "requests"]
