"""Fly a plan made with old elements as satellites really come, with each patience."""

from datetime import datetime

import pandas as pd

import _job
from fedorbit.base.errors import Infeasible
from fedorbit.base.files import write_table
from fedorbit.data.homes import Homes
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.drift import drifted
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.perturbation import Perturbation
from fedorbit.plans.moves.refly import refly
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.plans.readings.exchanges import exchanges
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld import FedMeld

_job.start(snakemake)
params, paths, out = snakemake.params, snakemake.input, snakemake.output
values, scenario = params.values, params.values["scenario"]
settings = Perturbation(**values["perturbation"])
meld = FedMeld(**values["strategies"]["fedmeld"])
old = read_constellation(paths.constellation)
new = drifted(old, float(snakemake.wildcards.age_days), settings.drift)
sites = read_masked_sites([(paths.regions, scenario["regions"]["min_elevation_deg"])])
start = datetime.fromisoformat(scenario["start"])
contacts = find_contacts(new, sites, start, scenario["hours"])
scene = Scene.of(contacts, Homes.read(paths.homes), [], SceneSettings(**params.scene))
planned, tables = Plan.read(paths.ops, paths.ledger), []
for patience_s in settings.patiences_s:
    try:
        flown = refly(planned, scene, meld, patience_s)
    except Infeasible as error:
        flown = PlanBuilder().build()
        _job.say(
            f"Flown with elements {snakemake.wildcards.age_days} days old: {error}"
        )
    check_plan(flown, scene)
    table = exchanges(planned, flown, scene, meld.round_interval, patience_s)
    tables.append(table.assign(patience_s=patience_s))
    if patience_s == settings.patience_s:
        flown.write(out.ops, out.ledger)
write_table(pd.concat(tables, ignore_index=True), out.exchanges)
