"""Mean elements of satellites, with the fields of an Orbit Mean-Elements Message.

An OMM (CCSDS 502.0-B-3) holds what a two-line element set holds, without its limits:
catalogue numbers of nine digits, years of four, and as many decimals as are known.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sgp4.api import WGS72, Satrec

from fedorbit.orbits.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from fedorbit.orbits.limits import LONGEST_NAME

SGP4_EPOCH = datetime(1949, 12, 31, tzinfo=UTC)
SGP4_EPOCH_JD = 2433281.5  # Julian date of it
DAY_US = 86_400_000_000
# As sgp4 turns a TLE's numbers into radians and minutes, to the last bit.
DEG_RAD = math.pi / 180.0
REV_DAY_RAD_MIN = 1440.0 / (2.0 * math.pi)
LARGEST_NUMBER = 999_999_999
# A revolution of 100 days, 900,000 km from the Earth, where the Sun takes over.
LEAST_REV_DAY = 0.01


class Unusable(Exception):
    """A record that is no satellite for SGP4: ``reason`` is counted, ``told`` is said.

    A reason is of a few words, such as ``checksum``; what is told is half a sentence,
    such as ``the checksum is 3 but the line adds up to 4``. ``where`` is its place,
    if that is not the beginning of the record.
    """

    def __init__(self, reason: str, told: str, where: str = ""):
        super().__init__(told)
        self.reason, self.told, self.where = reason, told, where


@dataclass(frozen=True)
class ElementSet:
    """One satellite: its name and its mean elements for SGP4, in TEME and UTC."""

    name: str
    number: int
    """In the catalogue, of up to nine digits; 0 if nobody has given it one."""
    epoch: datetime
    """In UTC, to the microsecond, in which a satellite flies 8 mm."""
    mean_motion_rev_day: float
    """As in a TLE: Kozai's, in revolutions per day."""
    eccentricity: float
    inclination_deg: float
    raan_deg: float
    """Right ascension of the ascending node."""
    argument_of_perigee_deg: float
    mean_anomaly_deg: float
    bstar: float
    """Drag term, per Earth radius."""
    designator: str = ""
    """International designator, such as ``1998-067A``; SGP4 does not use it."""
    mean_motion_dot: float = 0.0
    """In revolutions per day squared, by half; SGP4 does not use it."""
    mean_motion_ddot: float = 0.0
    """In revolutions per day cubed, by a sixth; SGP4 does not use it."""

    def satrec(self) -> Satrec:
        """Return the SGP4 model of this satellite, with WGS-72 gravity as is usual.

        It has no catalogue number, since sgp4 knows none of more than six digits.
        """
        days, rest = divmod(self.epoch - SGP4_EPOCH, timedelta(days=1))
        # Of two integers, so that the eight decimals of a TLE come out as they were.
        fraction = (rest // timedelta(microseconds=1)) / DAY_US
        satrec = Satrec()
        satrec.sgp4init(
            WGS72,
            "i",
            0,
            (SGP4_EPOCH_JD + days) + fraction - SGP4_EPOCH_JD,
            self.bstar,
            self.mean_motion_dot / (REV_DAY_RAD_MIN * 1440.0),
            self.mean_motion_ddot / (REV_DAY_RAD_MIN * 1440.0 * 1440),
            self.eccentricity,
            self.argument_of_perigee_deg * DEG_RAD,
            self.inclination_deg * DEG_RAD,
            self.mean_anomaly_deg * DEG_RAD,
            self.mean_motion_rev_day / REV_DAY_RAD_MIN,
            self.raan_deg * DEG_RAD,
        )
        satrec.jdsatepoch, satrec.jdsatepochF = SGP4_EPOCH_JD + days, fraction
        return satrec


def semi_major_axis_km(mean_motion_rev_day: float) -> float:
    """Return the two-body semi-major axis of a mean motion."""
    motion_rad_s = mean_motion_rev_day * math.tau / 86400.0
    return (EARTH_MU_KM3_S2 / motion_rad_s**2) ** (1 / 3)


def check_elements(found: ElementSet) -> ElementSet:
    """Return ``found``, or raise ``Unusable`` where no satellite flies like that."""
    if len(found.name) > LONGEST_NAME:
        raise _out_of_range(
            "length of the name", len(found.name), f"1 to {LONGEST_NAME}"
        )
    if not 0 <= found.number <= LARGEST_NUMBER:
        raise _out_of_range("catalogue number", found.number, f"0 to {LARGEST_NUMBER}")
    if not 0 <= found.eccentricity < 1:
        raise _out_of_range("eccentricity", found.eccentricity, "0 to below 1")
    if not 0 <= found.inclination_deg <= 180:
        raise _out_of_range("inclination", found.inclination_deg, "0 to 180")
    for name, angle_deg in (
        ("right ascension", found.raan_deg),
        ("argument of perigee", found.argument_of_perigee_deg),
        ("mean anomaly", found.mean_anomaly_deg),
    ):
        if not 0 <= angle_deg <= 360:
            raise _out_of_range(name, angle_deg, "0 to 360")
    if not abs(found.bstar) < 100:
        raise _out_of_range("drag term", found.bstar, "-100 to 100")
    if not LEAST_REV_DAY <= found.mean_motion_rev_day < 100:
        limits = f"{LEAST_REV_DAY} to 17 revolutions a day"
        raise _out_of_range("mean motion", found.mean_motion_rev_day, limits)
    axis_km = semi_major_axis_km(found.mean_motion_rev_day)
    perigee_km = axis_km * (1 - found.eccentricity) - EARTH_RADIUS_KM
    if perigee_km < 0:
        raise Unusable("elements", f"the perigee is {-perigee_km:.0f} km below ground")
    return found


def _out_of_range(name: str, value: float, limits: str) -> Unusable:
    return Unusable("elements", f"the {name} is {value}, which is not {limits}")
