"""What values of scenarios and sites may be, for the command and for studies alike."""

LONGEST_NAME = 100  # characters, of a satellite or a site
FIRST_YEAR, LAST_YEAR = 1957, 2056  # a TLE has two digits for the year
SHORTEST_H = 0.001  # a few seconds
YEAR_H = 8766.0  # longer than any element set is good for
LOWEST_MASK_DEG, HIGHEST_MASK_DEG = -89.9, 89.9
SITE_LIMITS = {
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 360.0),
    "altitude_m": (-500.0, 100_000.0),
    "min_elevation_deg": (LOWEST_MASK_DEG, HIGHEST_MASK_DEG),
}
"""Lowest and highest value of each number of a site."""
