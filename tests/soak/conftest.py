"""Long tests: `make soak` alone collects them."""

from tests.serving.running import (
    new_database,
    postgresql_template,
    serve,
    served_database,
    served_sqlite,
    sqlite_template,
)

__all__ = [
    "new_database",
    "postgresql_template",
    "serve",
    "served_database",
    "served_sqlite",
    "sqlite_template",
]
