"""Volumes of planes on their way to ground stations: optimum, plans and baselines."""
