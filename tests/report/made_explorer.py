"""A study of two regions and two satellites that carry models, made by hand."""

from datetime import UTC, datetime

import pandas as pd

from fedorbit.data.homes import region_homes
from fedorbit.orbits.walker import Walker, walker_elements
from fedorbit.plans.plan import PlanBuilder
from fedorbit.report.explorer.gather import Study, gather

START = datetime(2026, 3, 20, 12, tzinfo=UTC)
SHELL = Walker(
    pattern="delta",
    planes=3,
    satellites_per_plane=4,
    phasing=1,
    altitude_km=550,
    inclination_deg=53,
)
SETS = walker_elements(SHELL, START)
EAST, WEST = "WALKER-01-01", "WALKER-02-03"
HOMES = region_homes(["Lima", "Quito"], 2)
HOURS = 2.0
EVIL = "</script><img src=x onerror=\"document.title='broken'\"> & 'more'"


def melded(weight=0.25):
    """Return a plan in which what Lima learned flies to Quito and back.

    Quito mixes it in with ``weight`` at 600 s; Lima mixes in half of Quito's model at
    1,100 s. Before, at 5 s, a model that nobody trained is carried to Quito in vain.
    """
    build = PlanBuilder()
    for region in ("Lima", "Quito"):
        build.mix(f"region/{region}", {"initial": 1.0}, (0.0, 0.0), 0)
        build.evaluate(f"region/{region}", 0.0, 0)
    build.mix("kept/Lima/0", {"region/Lima": 1.0}, (2.0, 2.0), 0)
    early = build.mix("carrier/WALKER-03-01/Lima/0", {"kept/Lima/0": 1.0}, (2, 5), 0)
    build.transfer(early, "access", "client/1", "WALKER-03-01", (2.0, 5.0), 8e9)
    train = build.train("region/Lima", [0, 1], 5, (0.0, 50.0), 1)
    for client in (0, 1):
        sent = (10.0 + 5 * client, 20.0 + 5 * client)
        build.transfer(train, "access", f"client/{client}", EAST, sent, 4e9, 0.5)
    build.train("region/Quito", [2, 3], 5, (0.0, 40.0), 1)
    build.train("region/Quito", [2, 3], 5, (40.0, 90.0), 2)
    build.mix("kept/Lima/1", {"region/Lima": 1.0}, (60.0, 60.0), 1)
    load = build.mix(f"carrier/{EAST}/Lima/1", {"kept/Lima/1": 1.0}, (60.0, 70.0), 1)
    build.transfer(load, "access", "client/0", EAST, (60.0, 70.0), 8e9)
    first = {"region/Quito": 0.9, "carrier/WALKER-03-01/Lima/0": 0.1}
    lost = build.mix("region/Quito", first, (300.0, 300.0), 2, staleness=2)
    build.transfer(lost, "carry", *["WALKER-03-01"] * 2, (5.0, 290.0), 8e9)
    shares = {"region/Quito": 1 - weight, f"carrier/{EAST}/Lima/1": weight}
    mixed = build.mix("region/Quito", shares, (600.0, 600.0), 2, staleness=1)
    build.transfer(mixed, "carry", EAST, EAST, (70.0, 500.0), 8e9)
    build.evaluate("region/Quito", 600.0, 2)
    build.mix("kept/Quito/2", {"region/Quito": 1.0}, (610.0, 610.0), 2)
    load = build.mix(f"carrier/{WEST}/Quito/2", {"kept/Quito/2": 1.0}, (610, 620), 2)
    build.transfer(load, "access", "client/2", WEST, (610.0, 620.0), 8e9)
    shares = {"region/Lima": 0.5, f"carrier/{WEST}/Quito/2": 0.5}
    back = build.mix("region/Lima", shares, (1100.0, 1100.0), 1, staleness=1)
    build.transfer(back, "carry", WEST, WEST, (620.0, 1000.0), 8e9)
    build.evaluate("region/Lima", 1100.0, 1)
    return build.build()


def served():
    """Return a plan in which one model goes to a station, and none comes back."""
    build = PlanBuilder()
    build.mix("region/Lima", {"initial": 1.0}, (0.0, 0.0), 0)
    load = build.mix(f"carrier/{EAST}/Lima/1", {"region/Lima": 1.0}, (50.0, 60.0), 1)
    build.transfer(load, "access", "client/0", EAST, (50.0, 60.0), 8e9)
    at = build.mix("ground", {f"carrier/{EAST}/Lima/1": 1.0}, (410.0, 410.0), 1)
    build.transfer(at, "carry", EAST, EAST, (60.0, 400.0), 8e9)
    build.transfer(at, "feeder", EAST, "Kourou", (400.0, 410.0), 16e9)
    build.evaluate("ground", 410.0, 1)
    return build.build()


def record(rows):
    """Return a record of ``model, time_s, accuracy of seed 0, of seed 1``."""
    found = [
        (0, time_s, model, model.split("/")[0], "test", accuracy, seed)
        for model, time_s, *both in rows
        for seed, accuracy in enumerate(both)
    ]
    columns = ["round", "time_s", "model", "group", "part", "accuracy", "seed"]
    return pd.DataFrame(found, columns=columns)


RECORDS = {
    "fedmeld": record(
        [
            ("region/Lima", 0.0, 0.1, 0.1),
            ("region/Quito", 0.0, 0.2, 0.2),
            ("region/Quito", 600.0, 0.5, 0.6),
            ("region/Lima", 1100.0, 0.7, 0.9),
        ]
    ),
    "hfl": record([("ground", 410.0, 0.3, 0.5)]),
}
SITES = pd.DataFrame(
    [("Lima", -12.05, -77.05, 150.0), ("Quito", -0.18, -78.47, 2850.0)],
    columns=["name", "latitude_deg", "longitude_deg", "altitude_m"],
)
STATIONS = pd.DataFrame(
    [("Kourou", 5.25, -52.8, 10.0), ("Troll", -72.0, 2.5, 1300.0)],
    columns=SITES.columns,
)
CONTACTS = pd.DataFrame(
    [(EAST, "Lima", 0.0, 100.0), (EAST, "Quito", 480.0, 700.0)],
    columns=["satellite", "site", "rise_s", "set_s"],
)
COASTLINES = pd.DataFrame(
    [
        *((0, lon, lat) for lon, lat in [(-80, 0), (-50, 0), (-60, -50), (-80, 0)]),
        *((1, lon, lat) for lon, lat in [(-180, 60), (-170, 65), (-180, 70)]),
        *((2, lon, lat) for lon, lat in [(-180, 60), (-180, 70)]),
    ],
    columns=["line", "longitude_deg", "latitude_deg"],
)


def study(description="A study by hand"):
    """Return what the page says of the made study."""
    looks = {
        "fedmeld": {"label": "FedMeld", "color": "#08519C", "is_front": True},
        "hfl": {"label": "Hierarchical FL", "color": "#D94801", "is_front": True},
        "pfl": {"label": "Parallel FL", "color": "#969696", "is_front": False},
    }
    does = {name: f"{look['label']} by hand." for name, look in looks.items()}
    start = START.isoformat()
    return Study("made", description, start, HOURS, "region", looks, does)


def gathered(description="A study by hand", sets=SETS):
    """Return the data of the page of the made study; parallel FL has no plan."""
    nothing = PlanBuilder().build()
    return gather(
        study(description),
        {"fedmeld": melded(), "hfl": served(), "pfl": nothing},
        RECORDS | {"pfl": RECORDS["hfl"].iloc[:0]},
        sets,
        CONTACTS,
        HOMES,
        {"region": SITES, "station": STATIONS},
        COASTLINES,
    )
