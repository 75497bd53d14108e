"""From range, elevation and class of link to bit/s, and to the bits of a pass.

Radio budgets are free-space loss, fixed gains and Shannon's capacity, without
small-scale fading, as the group that wrote FedMeld (arXiv 2412.17231) has them. Links
to the ground can have margins for gases and rain, and the shadowing and clutter of
3GPP TR 38.811. docs/links.md has all equations.
"""

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedorbit.base.settings import Seed, Settings, between
from fedorbit.orbits.clutter import (
    ClutterBand,
    Draw,
    Environment,
    draw_pass,
    loss_db,
    sight_elevation_deg,
)
from fedorbit.orbits.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_S
from fedorbit.orbits.slant import crossings_s, elevation_deg, slant_range_km

CURVE_POINTS = 33  # samples of a rate over a pass; the rate changes by < 5 % between
WEATHER_POINTS = 129  # where the rate depends on the elevation, too: 50 dB are possible
LOWEST_COSECANT_DEG = 5.0  # ITU-R P.676 and P.618 give the law from here upwards
JUMP_S = 1e-6  # a rate jumps at the skyline: samples stand this far to either side


Power = between(float, 1e-15, 1e9)
"""Watt."""


class Radio(Settings):
    """What the budgets of all radio links have in common."""

    carrier_hz: between(float, 1e5, 1e14)
    """Carrier frequency."""
    bandwidth_hz: between(float, 1.0, 1e13)
    """Bandwidth of a beam: the clients of a region share one, and a station has one
    for each satellite."""
    power_w: Power
    """Transmit power of each sender."""
    gain_db: between(float, -300.0, 300.0)
    """Antenna gains of sender and receiver together."""
    attenuation_db: between(float, -300.0, 0.0)
    """Further attenuation, a negative gain."""
    noise_dbm_hz: between(float, -300.0, 100.0)
    """Noise power density."""

    def capacity_bps(
        self, range_km: NDArray, lost_db: ArrayLike, share: float
    ) -> NDArray:
        """Return Shannon's capacity in bit/s, with a share of the band.

        A sender puts its whole power into its share of the bandwidth (FDMA), so ten
        senders with a tenth each carry more bits together than one alone.
        """
        band_hz = share * self.bandwidth_hz
        wavelength_m = SPEED_OF_LIGHT_M_S / self.carrier_hz
        path_db = 20 * np.log10(wavelength_m / (4e3 * math.pi * range_km))
        gain_db = self.gain_db + self.attenuation_db + path_db - lost_db
        noise_w = 10 ** ((self.noise_dbm_hz - 30) / 10) * band_hz
        return band_hz * np.log2(1 + self.power_w * 10 ** (gain_db / 10) / noise_w)


class Weather(Settings):
    """Margins for the air on the way to a satellite, besides ``attenuation_db``."""

    zenith_gas_db: between(float, 0.0, 300.0)
    """Attenuation by gases towards the zenith (ITU-R P.676)."""
    zenith_rain_db: between(float, 0.0, 300.0)
    """Margin for rain towards the zenith (ITU-R P.618)."""


class Clutter(Settings):
    """What stands around the terminals: shadowing and clutter of TR 38.811."""

    environment: Environment
    """Surroundings of the terminals."""
    band: ClutterBand
    """Which of the report's bands stands for the carrier."""
    seed: Seed
    """Draws line of sight and shadowing, equal in links that share a pass."""


class Link(Radio):
    """The budget of one direction of a link between a satellite and the ground."""

    weather: Weather | None = None
    """Margins for gases and rain; none if not given."""
    clutter: Clutter | None = None
    """Shadowing and clutter; a clear sky around the terminals if not given."""

    @property
    def _zenith_db(self) -> float:
        """Return what is lost in the air towards the zenith."""
        if self.weather is None:
            return 0.0
        return self.weather.zenith_gas_db + self.weather.zenith_rain_db

    @property
    def is_clear(self) -> bool:
        """Return whether the range alone sets the rate, not the elevation."""
        return self._zenith_db == 0 and self.clutter is None

    def draw(self, satellite: str, site: str, rise_s: float) -> Draw | None:
        """Return the draw of a pass for ``rate_bps``, ``None`` without clutter."""
        if self.clutter is None:
            return None
        return draw_pass(self.clutter.seed, satellite, site, rise_s)

    def rate_bps(
        self,
        range_km: NDArray,
        elevation_deg: ArrayLike,
        share: float = 1.0,
        draw: Draw | None = None,
    ) -> NDArray:
        """Return the capacity in bit/s at slant ranges and elevations.

        A link with clutter needs the draw of the pass.
        """
        lost_db = self._zenith_db * cosecant(elevation_deg)
        if self.clutter is not None:
            if draw is None:
                raise ValueError("a link with clutter needs the draw of a pass")
            environment, band = self.clutter.environment, self.clutter.band
            lost_db = lost_db + loss_db(environment, band, elevation_deg, draw)
        return self.capacity_bps(range_km, lost_db, share)


class RadioIsl(Radio):
    """The budget of a radio link between two satellites."""

    def rate_bps(self, range_km: NDArray, share: float = 1.0) -> NDArray:
        """Return the capacity in bit/s at ranges; there is no air on the way."""
        return self.capacity_bps(range_km, 0.0, share)


class OpticalIsl(Settings):
    """The budget of a laser link between two satellites."""

    wavelength_m: between(float, 1e-8, 1e-3)
    """Wavelength."""
    power_w: Power
    """Transmit power."""
    divergence_rad: between(float, 1e-9, 3.0)
    """Full angle of the beam, between the points of 1/e^2 of the peak intensity."""
    pointing_error_rad: between(float, 0.0, 3.0)
    """Angle between the beam's axis and the receiver."""
    aperture_m: between(float, 1e-4, 100.0)
    """Diameter of the receiving telescope."""
    efficiency: between(float, 1e-6, 1.0)
    """Part of the light that the optics of sender and receiver together let pass."""
    photons_per_bit: between(float, 1e-3, 1e9)
    """Sensitivity of the receiver with its margin, at the aimed-at error rate."""
    max_rate_bps: between(float, 1.0, 1e24)
    """What the modem can do, however strong the light."""

    def rate_bps(self, range_km: NDArray, share: float = 1.0) -> NDArray:
        """Return bit/s at ranges, for a share of the time.

        The far field of a Gaussian beam (Saleh and Teich, "Fundamentals of
        Photonics", section 3.1) lights an aperture that is small against the spot;
        then as many bits as the photons pay for, up to the modem's limit.
        """
        half_rad = self.divergence_rad / 2
        spot_m = 1e3 * range_km * half_rad
        off_axis = math.exp(-2 * (self.pointing_error_rad / half_rad) ** 2)
        intensity_w_m2 = 2 * self.power_w / (math.pi * spot_m**2) * off_axis
        received_w = intensity_w_m2 * math.pi * self.aperture_m**2 / 4 * self.efficiency
        photon_j = PLANCK_J_S * SPEED_OF_LIGHT_M_S / self.wavelength_m
        paid_bps = received_w / (photon_j * self.photons_per_bit)
        return share * np.minimum(paid_bps, self.max_rate_bps)


class Links(Settings):
    """The budgets of all classes of links of a study."""

    access_down: Link
    """Satellite to the clients of a region."""
    access_up: Link
    """Client to satellite."""
    feeder_down: Link
    """Satellite to ground station."""
    feeder_up: Link
    """Ground station to satellite."""
    isl_radio: RadioIsl
    """Satellite to satellite by radio."""
    isl_optical: OpticalIsl
    """Satellite to satellite by laser."""


LinkClass = Literal[
    "access_down", "access_up", "feeder_down", "feeder_up", "isl_radio", "isl_optical"
]


def rate_bps(
    links: Links,
    link_class: LinkClass,
    range_km: NDArray,
    elevation_deg: ArrayLike | None = None,
    share: float = 1.0,
    draw: Draw | None = None,
) -> NDArray:
    """Return what a class of links carries, in bit/s, at ranges and elevations.

    Between satellites there is no elevation. ``share`` is the part of the band, or of
    the time of a laser; ``draw`` is that of the pass, for links with clutter.
    """
    if link_class not in get_args(LinkClass):
        raise ValueError(f"there is no class of links {link_class!r}")
    budget = getattr(links, link_class)
    if isinstance(budget, Link):
        if elevation_deg is None:
            raise ValueError(f"a rate of {link_class} needs the elevation")
        return budget.rate_bps(range_km, elevation_deg, share, draw)
    return budget.rate_bps(range_km, share)


def cosecant(elevation_deg: ArrayLike) -> NDArray:
    """Return the path through a flat layer of air, in units of that to the zenith.

    This is the law of ITU-R P.676 (Annex 2) for gases and that of P.618 for the way
    below the height of rain, both from 5 degrees upwards; lower it is held at its
    value at 5 degrees, 11.5, and is then too small.
    """
    return 1 / np.sin(np.radians(np.maximum(elevation_deg, LOWEST_COSECANT_DEG)))


def carried_bits(seconds: NDArray, rates_bps: NDArray) -> NDArray:
    """Return the bits carried until each time, the integral of a rate from the first.

    The rate is taken as linear between the times, which run along the last axis.
    """
    means_bps = (rates_bps[..., 1:] + rates_bps[..., :-1]) / 2
    bits = np.zeros_like(rates_bps)
    np.cumsum(np.diff(seconds) * means_bps, axis=-1, out=bits[..., 1:])
    return bits


def clear_curves(
    link: Link, times_s: NDArray, ranges_km: NDArray, share: float = 1.0
) -> tuple[NDArray, NDArray]:
    """Return times during many passes, and the bits carried until each.

    ``times_s`` and ``ranges_km`` have the shape (passes, 3), for rise, culmination and
    set; the results have (passes, ``CURVE_POINTS``). The link must be clear: its rate
    follows from the range alone.
    """
    seconds = np.linspace(times_s[:, 0], times_s[:, 2], CURVE_POINTS, axis=-1)
    range_km = slant_range_km(seconds, times_s.T[..., None], ranges_km.T[..., None])
    return seconds, carried_bits(seconds, link.rate_bps(range_km, 90.0, share))


def capacity_curve(
    link: Link,
    times_s: tuple[float, float, float],
    ranges_km: tuple[float, float, float],
    max_elevation_deg: float,
    share: float = 1.0,
    draw: Draw | None = None,
) -> tuple[NDArray, NDArray]:
    """Return times during a pass, and the bits that the link has carried until each.

    ``times_s`` and ``ranges_km`` belong to rise, culmination and set. Both results
    grow; the bits start from zero at rise.
    """
    if link.is_clear:
        curve = clear_curves(link, np.array([times_s]), np.array([ranges_km]), share)
        return curve[0][0], curve[1][0]
    seconds = np.linspace(times_s[0], times_s[2], WEATHER_POINTS)
    if link.clutter is not None and draw is not None:
        skyline_deg = sight_elevation_deg(link.clutter.environment, draw)
        jumps_s = crossings_s(skyline_deg, times_s, ranges_km, max_elevation_deg)
        sides_s = [jump_s + side for jump_s in jumps_s for side in (-JUMP_S, JUMP_S)]
        inside_s = [s for s in sides_s if times_s[0] < s < times_s[2]]
        seconds = np.unique(np.concatenate([seconds, inside_s]))
    range_km = slant_range_km(seconds, times_s, ranges_km)
    elevations_deg = elevation_deg(range_km, ranges_km[1], max_elevation_deg)
    return seconds, carried_bits(
        seconds, link.rate_bps(range_km, elevations_deg, share, draw)
    )
