"""Many constellations at once: what strategies can do with each, by plans alone."""
