"""Orbits: element sets to contact windows and link rates."""
