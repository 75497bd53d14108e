"""Physical constants, each with its unit and source."""

EARTH_MU_KM3_S2 = 398600.4418  # WGS-84 (NIMA TR8350.2)
EARTH_RADIUS_KM = 6378.137  # WGS-84 equatorial radius
SPEED_OF_LIGHT_M_S = 299792458.0  # exact, SI
DAY_S = 86400.0
