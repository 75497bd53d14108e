"""Physical constants, each with its unit and source."""

EARTH_MU_KM3_S2 = 398600.4418  # WGS-84 (NIMA TR8350.2)
EARTH_RADIUS_KM = 6378.137  # WGS-84 equatorial radius
SPEED_OF_LIGHT_M_S = 299792458.0  # exact, SI
DAY_S = 86400.0
EARTH_MEAN_RADIUS_KM = 6371.0088  # (2 a + b) / 3 of WGS-84 (IUGG 1980)
PLANCK_J_S = 6.62607015e-34  # exact, SI
EARTH_J2 = 1.08262668e-3  # EGM-96, unnormalised (NASA/TP-1998-206861)
