"""What people read: a module per page family; frozen dataclasses, never models."""
