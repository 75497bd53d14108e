"""From slant range to bits per second, and how long a transfer takes during a pass.

The budget is the one that SCIENCE.md section A1 collects from the group that wrote
FedMeld (arXiv 2412.17231): free-space loss, a fixed further attenuation, no
small-scale fading, and Shannon's capacity.
"""

import math

import numpy as np
from pydantic import Field, PositiveFloat

from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.settings import Settings

CURVE_POINTS = 33  # samples of a rate over a pass; the rate changes by < 2 % between


class Link(Settings):
    """The budget of one direction of a link."""

    carrier_hz: PositiveFloat
    """Carrier frequency."""
    bandwidth_hz: PositiveFloat
    """Bandwidth that the transfers of one region or station share at a time."""
    power_w: PositiveFloat
    """Transmit power of each sender."""
    gain_db: float
    """Antenna gains of sender and receiver together."""
    attenuation_db: float = Field(le=0)
    """Further attenuation, a negative gain."""
    noise_dbm_hz: float
    """Noise power density."""

    def rate_bps(self, range_km: np.ndarray, share: float = 1.0) -> np.ndarray:
        """Return the capacity in bit/s at slant ranges, with a share of the band.

        A sender puts its whole power into its share of the bandwidth (FDMA), so ten
        senders with a tenth each carry more bits together than one alone.
        """
        band_hz = share * self.bandwidth_hz
        wavelength_m = SPEED_OF_LIGHT_M_S / self.carrier_hz
        path_db = 20 * np.log10(wavelength_m / (4e3 * math.pi * range_km))
        gain = 10 ** ((self.gain_db + self.attenuation_db + path_db) / 10)
        noise_w = 10 ** ((self.noise_dbm_hz - 30) / 10) * band_hz
        return band_hz * np.log2(1 + self.power_w * gain / noise_w)


class Links(Settings):
    """The budgets of all links of a study."""

    access_down: Link
    """Satellite to the clients of a region."""
    access_up: Link
    """Client to satellite."""
    feeder_down: Link
    """Satellite to ground station."""
    feeder_up: Link
    """Ground station to satellite."""


def slant_range_km(
    seconds: np.ndarray,
    times_s: tuple[float, float, float],
    ranges_km: tuple[float, float, float],
) -> np.ndarray:
    """Return the slant range during a pass, from its values at three times.

    ``times_s`` and ``ranges_km`` belong to rise, culmination and set. The square of
    the range is taken as a parabola about the culmination on either side, which for
    low circular orbits is within 0.5 % of the true range.
    """
    rise_s, culmination_s, set_s = times_s
    rise_km, culmination_km, set_km = ranges_km
    before = seconds < culmination_s
    edge_s = np.where(before, rise_s, set_s) - culmination_s
    edge_km = np.where(before, rise_km, set_km)
    fraction = np.divide(
        seconds - culmination_s, edge_s, out=np.zeros_like(seconds), where=edge_s != 0
    )
    return np.sqrt(culmination_km**2 + (edge_km**2 - culmination_km**2) * fraction**2)


def capacity_curve(
    link: Link,
    times_s: tuple[float, float, float],
    ranges_km: tuple[float, float, float],
    share: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return times during a pass, and the bits that the link has carried until each.

    Both have shape (``CURVE_POINTS``,) and grow; the bits start from zero at rise.
    """
    seconds = np.linspace(times_s[0], times_s[2], CURVE_POINTS)
    rate = link.rate_bps(slant_range_km(seconds, times_s, ranges_km), share)
    steps = np.diff(seconds) * (rate[1:] + rate[:-1]) / 2
    return seconds, np.concatenate([[0.0], np.cumsum(steps)])
