"""Instructions that libraries compute with: one file for each ``engine.numerics``."""
