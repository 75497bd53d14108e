"""A constellation whose satellites learn, and settings of all strategies for it."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pandas as pd
from tests.plans.scenes import LINKS, link

from fedorbit.data.homes import orbit_homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.crossings import find_crossings, ranges_of
from fedorbit.orbits.grid import grid_ranges
from fedorbit.orbits.links import OpticalIsl, RadioIsl
from fedorbit.orbits.planes import find_planes, plane_members
from fedorbit.orbits.walker import Walker, walker_elements
from fedorbit.plans.costs import ModelCard, Part, Speeds
from fedorbit.plans.crossings import Crossings
from fedorbit.plans.isls import Isls
from fedorbit.plans.scene import SatelliteClients, Scene
from fedorbit.plans.sky import Sky

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 6.0
ROADS = {"gather": "both_ways", "association": "optimal", "slot_s": 10.0}
SERVER = {"learns": "head", "cached": True, "scheduled": False, "rounds": 3}
ABOARD = {
    "split": ROADS
    | {"learns": "head", "cached": True, "inter_orbit": "earliest", "rounds": 3},
    "onboard": {
        "learns": "head",
        "cached": True,
        "inter_orbit": "earliest",
        "rounds": 3,
    },
    "raw_download": ROADS | {"learns": "head", "rounds": 3},
    "fedavg_satellites": SERVER | {"participants": None},
    "fedprox_satellites": SERVER
    | {"participants": 9, "proximal": 0.1, "most_steps": 50},
    "fedbuff_satellites": SERVER
    | {"buffer_size": 5, "server_rate": 1.0, "staleness_exponent": 0.5},
    "autoflsat": {
        "learns": "head",
        "cached": True,
        "inter_orbit": "earliest",
        "most_rounds": 4,
        "exchanges": 3,
    },
}
"""Settings of every strategy whose clients are satellites."""
PARTS = {
    "embedding": Part(
        bits=1e6,
        flop_per_sample=2e6,
        forward_flop_per_sample=1e6,
        output_numbers=1000,
    ),
    "backbone": Part(
        bits=1e8,
        flop_per_sample=3e8,
        forward_flop_per_sample=1e8,
        passing_flop_per_sample=2e8,
        output_numbers=100,
    ),
    "adapter": Part(
        bits=1e6,
        flop_per_sample=2.5e8,
        forward_flop_per_sample=1e8,
        passing_flop_per_sample=2e8,
        output_numbers=100,
    ),
    "head": Part(
        bits=1e5,
        flop_per_sample=3e4,
        forward_flop_per_sample=1e4,
        passing_flop_per_sample=2e4,
        output_numbers=10,
    ),
}


@cache
def star_scene(planes: int = 3, satellites: int = 9) -> Scene:
    """Return a star at 1,000 km, three stations, and links of 1 Gbit/s and less."""
    walker = Walker(
        pattern="star",
        planes=planes,
        satellites_per_plane=satellites,
        phasing=1,
        altitude_km=1000.0,
        inclination_deg=90.0,
    )
    element_sets = walker_elements(walker, START)
    found = find_planes(element_sets, START)
    columns = ["name", "latitude_deg", "longitude_deg", "altitude_m"]
    places = [("Kiruna", 67.9, 21.0, 400.0), ("Troll", -72.0, 2.5, 1300.0)]
    sites = pd.DataFrame(places, columns=columns).assign(min_elevation_deg=10.0)
    contacts = find_contacts(element_sets, sites, START, HOURS)
    crossings = find_crossings(
        element_sets, found, START, HOURS, 80.0, None, carrier_hz=12e9
    )
    radio = link(50e6, 200.0).model_dump(include=set(RadioIsl.model_fields))
    optical = LINKS.isl_optical.model_copy(update={"max_rate_bps": 1e9})
    links = LINKS.model_copy(
        update={
            "feeder_down": link(100e6, 100.0),
            "feeder_up": link(100e6, 100.0),
            "isl_radio": RadioIsl(**radio),
            "isl_optical": OpticalIsl(**optical.model_dump()),
        }
    )
    aboard = SatelliteClients(
        home="satellites",
        compute_flop_s=1e10,
        samples=400,
        bits_per_number=16,
        raw_bits_per_number=16,
    )
    return Scene(
        sky=Sky(contacts),
        links=links,
        homes=orbit_homes(plane_members(found)),
        stations=["Kiruna", "Troll"],
        horizon_s=3600 * HOURS,
        card=ModelCard(1.02e8, 3.02e8, PARTS, sample_numbers=500),
        compute_flop_s=1e10,
        local_steps=2,
        batch_size=8,
        evaluation_interval=2,
        speeds=Speeds(station_flop_s=1e13),
        isls=Isls(grid_ranges(element_sets, START, HOURS), links.isl_optical),
        crossings=Crossings(
            crossings, ranges_of(element_sets, crossings, START), links.isl_radio
        ),
        antennas_per_station=1,
        aboard=aboard,
    )


def without_crossings(scene: Scene) -> Scene:
    return replace(scene, crossings=None)


def trained(plan) -> pd.DataFrame:
    """Return the trainings of a plan."""
    return plan.ops[plan.ops["op"] == "train"]
