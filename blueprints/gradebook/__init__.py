"""The teacher's room: the day's lessons, the register of each, and what is still owed."""

from blueprints.gradebook import (
    changes,
    grid,
    owed,
    papers,
    remarks,
    result_orders,
    results,
    second_looks,
)
from blueprints.gradebook.views import blueprint

__all__ = [
    "blueprint",
    "changes",
    "grid",
    "owed",
    "papers",
    "remarks",
    "result_orders",
    "results",
    "second_looks",
]
