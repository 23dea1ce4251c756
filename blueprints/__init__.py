"""HTTP only: parse, permit, call school/, respond."""
