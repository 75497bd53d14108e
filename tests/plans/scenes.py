"""A small world whose times and bits can be worked out by hand."""

import math

import numpy as np
import pandas as pd

from fedorbit.data.homes import region_homes
from fedorbit.orbits.constants import SPEED_OF_LIGHT_M_S
from fedorbit.orbits.links import Link, Links, OpticalIsl, RadioIsl
from fedorbit.plans.costs import ModelCard
from fedorbit.plans.isls import Isls
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import Sky

RANGE_KM = 1000.0
MODEL_BITS = 10e6
COMPUTE_S = 30.0


def link(bandwidth_hz, snr):
    """Return a link with a signal-to-noise ratio at 1,000 km over its whole band."""
    carrier_hz, noise_dbm_hz = 10e9, -174.0
    noise_w = 10 ** ((noise_dbm_hz - 30) / 10) * bandwidth_hz
    path = (4 * math.pi * RANGE_KM * 1e3 * carrier_hz / SPEED_OF_LIGHT_M_S) ** 2
    return Link(
        carrier_hz=carrier_hz,
        bandwidth_hz=bandwidth_hz,
        power_w=snr * noise_w * path,
        gain_db=0.0,
        attenuation_db=0.0,
        noise_dbm_hz=noise_dbm_hz,
    )


# Down: 1 MHz log2(1 + 1) = 1 Mbit/s, 10 s for a model of 10 Mbit. Up, two clients
# with half the band each: 0.5 MHz log2(1 + 2 x 1.5) = 1 Mbit/s, 10 s; one client
# with the whole band: 1 MHz log2(2.5), 7.565 s. Feeder: 2 Mbit/s, 5 s.
LINKS = Links(
    access_down=link(1e6, 1.0),
    access_up=link(1e6, 1.5),
    feeder_down=link(2e6, 1.0),
    feeder_up=link(2e6, 1.0),
    isl_radio=RadioIsl(
        carrier_hz=10e9,
        bandwidth_hz=1e6,
        power_w=1.0,
        gain_db=0.0,
        attenuation_db=0.0,
        noise_dbm_hz=-174.0,
    ),
    isl_optical=OpticalIsl(
        wavelength_m=1.5e-6,
        power_w=1.0,
        divergence_rad=1e-5,
        pointing_error_rad=0.0,
        aperture_m=0.1,
        efficiency=1.0,
        photons_per_bit=100.0,
        max_rate_bps=1e9,
    ),
)
PICKUP_S = 10 / math.log2(2.5)


def contacts(passes):
    """Return a contact table of passes (satellite, site, rise, set) at 1,000 km."""
    table = pd.DataFrame(passes, columns=["satellite", "site", "rise_s", "set_s"])
    table = table.astype({"rise_s": float, "set_s": float})
    table["culmination_s"] = (table["rise_s"] + table["set_s"]) / 2
    table["max_elevation_deg"] = 45.0
    for edge in ("rise", "culmination", "set"):
        table[f"range_{edge}_km"] = RANGE_KM
    return table.sort_values(["rise_s", "satellite", "site"], ignore_index=True)


def scene(
    passes, regions, stations=(), horizon_s=400.0, clients=2, homes=None, local_steps=5
):
    """Return a scene with two clients a region that is evaluated every other round.

    Local steps take COMPUTE_S, however many they are.
    """
    batch_size = 4
    each = COMPUTE_S / (local_steps * batch_size)
    return Scene(
        sky=Sky(contacts(passes)),
        links=LINKS,
        homes=homes or region_homes(list(regions), clients),
        stations=list(stations),
        horizon_s=horizon_s,
        card=ModelCard(MODEL_BITS, flop_per_sample=each),
        compute_flop_s=1.0,
        local_steps=local_steps,
        batch_size=batch_size,
        evaluation_interval=2,
    )


# Three satellites, two regions and a station, as the tests by hand describe them.
PASSES = [
    ("S1", "A", 0, 100),
    ("S1", "B", 80, 160),
    ("S1", "G", 150, 200),
    ("S2", "B", 0, 100),
    ("S2", "G", 90, 120),
    ("S2", "A", 140, 240),
    ("S2", "B", 300, 350),
    ("S3", "B", 0, 25),
    ("S3", "A", 30, 60),
    ("S3", "G", 90, 110),
    ("S3", "A", 120, 200),
]

# Between satellites 2 Mbit/s at 1,000 km: a model takes 5 s, and light LIGHT_S more.
ISL = RadioIsl(**link(2e6, 1.0).model_dump(include=set(RadioIsl.model_fields)))
LIGHT_S = RANGE_KM * 1e3 / SPEED_OF_LIGHT_M_S


def isls(ranges_km, step_s=1000.0):
    """Return links from pairs such as ``A-B`` to a range or ranges at each sample."""
    count = max(np.size(values) for values in ranges_km.values())
    count = max(count, 2)
    rows = []
    for pair, values in ranges_km.items():
        for sample, range_km in enumerate(np.broadcast_to(values, count)):
            rows.append((*pair.split("-"), sample * step_s, range_km))
    columns = ["satellite_a", "satellite_b", "time_s", "range_km"]
    return Isls(pd.DataFrame(rows, columns=columns), ISL)
