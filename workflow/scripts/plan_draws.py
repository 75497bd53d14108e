"""Plan strategies on drawn skies with drawn ground stations, and train nothing."""

from dataclasses import replace
from datetime import datetime

import pandas as pd

import _job
from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.plans.check import check_plan
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.readings.draws import KEY, Draws, drawn, plan_row
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategy import Needs, find_strategy
from fedorbit.report.numbers.draws import spread

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
scenario, settings = params.sky["scenario"], Draws(**params.settings)
masks = (scenario[kind]["min_elevation_deg"] for kind in ("regions", "stations"))
sites = read_masked_sites([*zip((paths.regions, paths.candidates), masks, strict=True)])
satellites, homes = read_constellation(paths.constellation), Homes.read(paths.homes)
of_study = SceneSettings(**params.scene)
strategies = {name: find_strategy(name) for name in settings.strategies}
own = {name: s.settings(**params.strategies[name]) for name, s in strategies.items()}
for name, strategy in strategies.items():
    if replace(strategy.needs(own[name]), stations=False) != Needs():
        raise SettingsError(
            f"draws.strategies names {name!r}, which plans with more than passes and "
            "stations; remove it there."
        )


def row(contacts: pd.DataFrame, name: str, stations: list[str]) -> dict[str, float]:
    """Return what a plan with these stations tells."""
    seen = contacts[contacts["site"].isin([*homes.names, *stations])]
    scene = Scene.of(seen.reset_index(drop=True), homes, stations, of_study)
    try:
        plan = strategies[name].plan(scene, own[name])
    except TooShort:
        plan = PlanBuilder().build()
    check_plan(plan, scene)
    return plan_row(plan, homes, scene.horizon_s)


# Sites that the constellation never sees are no stations for it.
candidates = read_table(paths.stations).query("passes > 0")["station"].sort_values()
start, rows = datetime.fromisoformat(scenario["start"]), []
try:
    skies = drawn(settings, start, candidates.tolist())
except ValueError as error:
    raise SettingsError(
        f"draws.stations asks for {error} that see a satellite; lower it, or add sites "
        "to candidate_stations."
    ) from None
for sky in skies:
    there = sites[sites["name"].isin([*homes.names, *sky.stations])]
    hours = scenario["hours"]
    contacts = find_contacts(satellites, there.reset_index(drop=True), sky.start, hours)
    for name, strategy in strategies.items():
        needs_any = strategy.needs(own[name]).stations
        for count in settings.stations if needs_any else [0]:
            stations = sky.stations[:count]
            key = (sky.number, sky.start.isoformat(), name, count, "; ".join(stations))
            rows.append(
                dict(zip(KEY, key, strict=True)) | row(contacts, name, stations)
            )
table = pd.DataFrame(rows)
write_table(table, snakemake.output.draws)
found = spread(table)
write_table(found, snakemake.output.spread)
print(found.to_string(index=False))
