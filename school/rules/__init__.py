"""Pure functions over plain values, importing nothing but the standard library."""
